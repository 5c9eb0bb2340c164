package webhook

import (
	"cmp"
	"context"
	"errors"
	"maps"
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

// keep writes, and looks for what others have left, until the end. If it could not write for a
// while, it then does not look for a while: what kept it from writing, as a stall of the database
// or of the machine, may have kept the others.
func (s *Sender) keep() {
	alive := time.Now().Round(0) // not the monotonic clock, which may stand still while the machine does
	for failed := 0; pace.Wait(s.ctx, s.wake, failed); {
		ctx, cancel := context.WithTimeout(s.ctx, writeWithin)
		err := s.write(ctx)
		if now := time.Now().Round(0); err == nil {
			if now.Sub(alive) > lookEvery {
				s.looked = now.Add(lostAfter)
			}
			alive = now
			err = s.look(ctx)
		}
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
		left := len(s.add) + len(s.done) + len(s.here) + len(s.gone)
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
	}
}

// finished notes that an event is done with, without its body. mu is held.
func (s *Sender) finished(o store.Outgoing) {
	o.Body = ""
	s.done = append(s.done, o)
}

// cut returns the first of all, at most so many, and the others.
func cut[T any](all []T, most int) (now, later []T) {
	n := min(len(all), most)
	return all[:n:n], all[n:]
}

// take removes stays from all, at most so many, and returns them.
func take(all map[stay]store.Told, most int) map[stay]store.Told {
	some := make(map[stay]store.Told)
	for k, t := range all {
		if len(some) == most {
			break
		}
		some[k] = t
		delete(all, k)
	}
	return some
}

// portion is what one transaction writes.
type portion struct {
	add        []*entry
	done       []store.Outgoing
	here, gone map[stay]store.Told
	ending     []string
}

// next takes the next portion: that somebody is here before the events, and that they are gone
// after them, so that whoever takes over tells of everybody. mu is held.
func (s *Sender) next() (p portion) {
	p.here = take(s.here, s.atOnce)
	if len(s.here) == 0 {
		p.add, s.add = cut(s.add, s.atOnce)
	}
	if len(s.add) == 0 {
		p.gone = take(s.gone, s.atOnce)
	}
	p.done, s.done = cut(s.done, s.atOnce)
	p.ending, s.ending = s.ending, nil
	for _, x := range p.add {
		x.writing = true
	}
	return p
}

// batch returns a portion as the database takes it. The stays are sorted: nodes that write the
// same rows wait for each other, and not in a circle.
func (p portion) batch() store.OutboxBatch {
	byKey := func(a, b store.Told) int {
		return cmp.Or(strings.Compare(a.Room, b.Room), strings.Compare(a.Member, b.Member))
	}
	b := store.OutboxBatch{
		Done: p.done,
		Here: slices.SortedFunc(maps.Values(p.here), byKey),
		Gone: slices.SortedFunc(maps.Values(p.gone), byKey),
	}
	for _, x := range p.add {
		b.Add = append(b.Add, x.Outgoing)
	}
	return b
}

// write writes what is to be written, or the first part of it.
func (s *Sender) write(ctx context.Context) error {
	s.mu.Lock()
	p := s.next()
	batch := p.batch() // the bodies may change
	s.mu.Unlock()
	err := s.config.Store.WriteOutbox(ctx, s.log.Node(), time.Now(), batch)
	for _, key := range p.ending {
		err = errors.Join(err, s.config.Store.EndEndpoint(ctx, key, time.Now()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range p.add {
		x.writing, x.saved = false, x.saved || err == nil
	}
	if err != nil {
		s.atOnce = max(s.atOnce/2, leastAtOnce)
		s.add = append(slices.DeleteFunc(p.add, func(x *entry) bool { return x.dropped }), s.add...)
		s.done, s.ending = append(p.done, s.done...), append(p.ending, s.ending...)
		s.here, s.gone = merge(p.here, s.here, s.gone), merge(p.gone, s.gone, s.here)
		return err
	}
	s.atOnce = min(2*s.atOnce, writeAtOnce)
	for _, x := range p.add {
		s.offer(x)
	}
	clear(p.add) // the array may live on in s.add
	if len(s.add)+len(s.here)+len(s.gone) > 0 || len(s.done) >= doneAtOnce {
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
