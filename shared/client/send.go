package client

import (
	"time"

	"rollcall/shared"
)

// wake makes the sender look at what there is to say. A nil session has none.
func (s *session) wake() {
	if s != nil {
		signal(s.poke)
	}
}

// sendAll says what there is to say until the session ends, or nothing can be said.
func (s *session) sendAll() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for s.ctx.Err() == nil {
		event, from := s.toSay()
		if event != nil {
			if s.conn.Write(s.hard, shared.Encode(event)) != nil {
				return // the reader finds out why, perhaps from the server itself
			}
			if _, left := event.(shared.Leave); left {
				s.c.end(shared.Errorf(shared.CodeLeft, "left the room"))
			}
			continue
		}
		if !from.IsZero() {
			timer.Reset(time.Until(from))
		}
		select {
		case <-s.poke:
		case <-timer.C:
		case <-s.ctx.Done():
		}
	}
}

// toSay returns the next event for the server and notes it as said; or nil,
// and when there will be one if nothing else happens.
func (s *session) toSay() (event shared.Event, from time.Time) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case !s.asked:
		s.asked = true
		join := shared.GotANewUser{Name: c.name.want, Key: c.key}
		if c.sound {
			join.Resume = &shared.Resume{Epoch: c.roster.Epoch(), Rev: c.roster.Rev()}
		}
		return join, from
	case !s.joined:
		return nil, from
	case c.leaving:
		return shared.Leave{}, from
	case !s.inStep && !s.asking && now.Before(s.askFrom):
		return nil, s.askFrom
	case !s.inStep && !s.asking:
		s.asking, s.askFrom = true, now.Add(shared.ResyncEvery)
		return shared.GotANewUser{Name: c.name.want, Key: c.key, Resume: &shared.Resume{BadHash: s.badHash}}, from
	case !s.inStep: // what is shown of the person is not known
		return nil, from
	case now.Before(s.tellFrom):
		return nil, s.tellFrom
	}
	return s.wishes(), from
}

// wishes returns what the person wants and the server has not been told, as an
// update_user, or nil.
func (s *session) wishes() shared.Event {
	c := s.c
	var update shared.UpdateUser
	if c.name.due() {
		update.Name = c.name.tell()
	}
	if c.note.due() {
		update.Note = c.note.tell()
	}
	if s.told != c.status {
		status := c.status
		s.told, update.Status = status, &status
	}
	if update == (shared.UpdateUser{}) {
		return nil
	}
	return update
}
