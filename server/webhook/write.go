package webhook

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"rollcall/server/store"
)

// nudge wakes the writing goroutine.
func (s *Sender) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// keep writes, and looks for what others have left, until the end.
func (s *Sender) keep() {
	for failed := 0; pace.Wait(s.ctx, s.wake, failed); {
		ctx, cancel := context.WithTimeout(s.ctx, writeWithin)
		err := errors.Join(s.write(ctx), s.look(ctx))
		cancel()
		switch {
		case s.ctx.Err() != nil:
			return
		case err != nil:
			failed++
			s.warning.Log(s.config.Log, "webhooks: the database does not answer, events are sent when it does", "err", err)
		default:
			failed = 0
		}
	}
}

// writeAll writes until nothing is left.
func (s *Sender) writeAll(ctx context.Context) error {
	for {
		if err := s.write(ctx); err != nil {
			return err
		}
		s.mu.Lock()
		left := len(s.add) + len(s.done)
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
	}
}

// cut returns the first writeAtOnce of all, and the others.
func cut[T any](all []T) (now, later []T) {
	n := min(len(all), writeAtOnce)
	return all[:n:n], all[n:]
}

// write writes what is to be written, or the first part of it.
func (s *Sender) write(ctx context.Context) error {
	s.mu.Lock()
	here, gone, ending := s.here, s.gone, s.ending
	add, laterAdd := cut(s.add)
	done, laterDone := cut(s.done)
	s.add, s.done, s.ending = laterAdd, laterDone, nil
	s.here, s.gone = make(map[stay]store.Told), make(map[stay]store.Told)
	b := store.OutboxBatch{Done: done}
	for _, x := range add {
		x.writing = true
		b.Add = append(b.Add, x.Outgoing)
	}
	s.mu.Unlock()
	for _, t := range here {
		b.Here = append(b.Here, t)
	}
	for _, t := range gone {
		b.Gone = append(b.Gone, t)
	}
	byKey := func(a, b store.Told) int {
		return cmp.Or(strings.Compare(a.Room, b.Room), strings.Compare(a.Member, b.Member))
	}
	slices.SortFunc(b.Here, byKey) // nodes that write the same rows wait for each other, and not in a circle
	slices.SortFunc(b.Gone, byKey)
	err := s.config.Store.WriteOutbox(ctx, s.log.Node(), time.Now(), b)
	for _, key := range ending {
		err = errors.Join(err, s.config.Store.EndEndpoint(ctx, key, time.Now()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range add {
		x.writing, x.saved = false, x.saved || err == nil
	}
	if err != nil {
		s.add = append(slices.DeleteFunc(add, func(x *entry) bool { return x.dropped }), s.add...)
		s.done, s.ending = append(done, s.done...), append(ending, s.ending...)
		s.here, s.gone = merge(here, s.here, s.gone), merge(gone, s.gone, s.here)
		return err
	}
	for _, x := range add {
		s.offer(x)
	}
	if len(s.add) > 0 || len(s.done) >= doneAtOnce {
		s.nudge()
	}
	return nil
}

// merge returns older stays and newer ones, without those that are in other.
func merge(older, newer, other map[stay]store.Told) map[stay]store.Told {
	for k, t := range older {
		_, known := newer[k]
		if _, over := other[k]; !known && !over {
			newer[k] = t
		}
	}
	return newer
}

// offer has the queue of an entry that is in the database be sent. mu is held.
func (s *Sender) offer(x *entry) {
	for _, to := range s.endpoints {
		if name, _ := to.bounds(x.Room); to.key == x.Endpoint && to.queues[name] != nil {
			to.offer(to.queues[name])
		}
	}
}
