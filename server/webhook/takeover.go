package webhook

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/server/events"
	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// look takes over from tellers that are gone, and finds endpoints that are to be tried again,
// if it is time.
func (s *Sender) look(ctx context.Context) error {
	if time.Since(s.looked) < lookEvery {
		return nil
	}
	s.looked = time.Now()
	if s.config.Shared {
		if err := s.takeOver(ctx, time.Now().Add(-lostAfter)); err != nil {
			return err
		}
	}
	ended, err := s.config.Store.EndedEndpoints(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.endpoints {
		if e.ended && !slices.Contains(ended, e.key) && !slices.Contains(s.ending, e.key) {
			e.ended, e.failures, e.after, e.asked = false, 0, time.Time{}, time.Time{}
			s.put(s.gap(""), e)
		}
	}
	return nil
}

// takeOver takes over from tellers that were last seen before a time.
func (s *Sender) takeOver(ctx context.Context, before time.Time) error {
	left, told, err := s.config.Store.TakeOver(ctx, s.log.Node(), before)
	if err != nil {
		return err
	}
	s.mu.Lock()
	for _, o := range left {
		s.adopt(o)
	}
	s.unsure = append(s.unsure, told...)
	told, s.unsure = s.unsure, nil
	s.mu.Unlock()
	slices.SortStableFunc(told, func(a, b store.Told) int { return strings.Compare(a.Room, b.Room) })
	for len(told) > 0 {
		n := 1
		for n < len(told) && told[n].Room == told[0].Room {
			n++
		}
		s.review(told[:n])
		told = told[n:]
	}
	return nil
}

// adopt queues an event that is in the database. mu is held.
func (s *Sender) adopt(o store.Outgoing) {
	i := slices.IndexFunc(s.endpoints, func(e *endpoint) bool { return e.key == o.Endpoint })
	if i < 0 || s.endpoints[i].ended {
		s.finished(o)
		return
	}
	x := &entry{Outgoing: o, saved: true}
	s.queue(s.endpoints[i], x)
	s.offer(x)
}

// review tells of people of a room, of whom a teller that is gone has told, that they left,
// unless they are here.
func (s *Sender) review(told []store.Told) {
	room := told[0].Room
	people, known := s.config.Here(room)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !known {
		s.unsure = append(s.unsure, told...)
		return
	}
	var e api.Event
	for _, t := range told {
		if slices.ContainsFunc(people, func(u shared.User) bool { return u.ID == t.Member }) {
			continue
		}
		u := shared.User{ID: t.Member, JoinedAt: t.JoinedAt, Status: shared.StatusAway}
		e = api.Event{
			ID: events.StayOf(room, u) + "-left", Type: api.MemberLeft, Timestamp: now(), Node: s.log.Node(),
			Data: api.EventData{Room: room, Member: &u, Reason: shared.ReasonNodeLost},
		}
		e.Data.Count, e.Data.Hash = s.log.State(room)
		s.tell(e)
		s.gone[stay{room, t.Member}] = t
	}
	if e.ID != "" && len(people) == 0 {
		e.ID, e.Type, e.Data.Member, e.Data.Reason = events.StayOf(room, *e.Data.Member)+"-vacated", api.RoomVacated, nil, ""
		s.tell(e)
	}
}
