package model

import (
	"errors"
	"fmt"

	"rollcall/shared"
)

// stream folds what somebody is told of a room into a map, and notices a hole,
// a repetition, and an arrival or departure that is none. Guarded by world.mu.
type stream struct {
	w     *world
	who   string
	room  string
	epoch string
	rev   uint64
	hash  shared.Hash
	users map[string]shared.User
	half  []shared.User // of a snapshot that has more to come
}

// take folds in one event.
func (s *stream) take(e shared.Event) error {
	var err error
	switch e := e.(type) {
	case shared.ExistingUsers:
		err = s.snapshot(e)
	case shared.Resumed:
		if e.Epoch != s.epoch || e.Rev != s.rev {
			err = errors.New("not what is held")
		}
	case shared.NewUser:
		err = s.next(e.Rev, e.User.ID, false, &e.User)
	case shared.UserUpdated:
		err = s.next(e.Rev, e.User.ID, true, &e.User)
	case shared.DisconnectUser:
		err = s.next(e.Rev, e.ID, true, nil)
	case shared.Heartbeat:
		if e.Rev != s.rev || e.Count != len(s.users) || e.Hash != s.hash {
			err = errors.New("not what is held")
		}
	case shared.Error:
		err = s.told(e)
	}
	if err != nil {
		return fmt.Errorf("%s at %s/%s/%d was told %s %+v: %w", s.who, s.room, s.epoch, s.rev, e.Event(), e, err)
	}
	return nil
}

func (s *stream) snapshot(e shared.ExistingUsers) error {
	if e.Room != s.room {
		return errors.New("another room")
	}
	s.half = append(s.half, e.Users...)
	if e.More {
		return nil
	}
	if e.Epoch == s.epoch && e.Rev < s.rev {
		return errors.New("a step back")
	}
	s.epoch, s.rev, s.hash, s.users = e.Epoch, e.Rev, 0, map[string]shared.User{}
	for _, u := range s.half {
		s.users[u.ID] = u
		s.hash ^= shared.HashUser(u)
	}
	if len(s.users) != len(s.half) {
		return errors.New("somebody is there twice")
	}
	s.half = nil
	return nil
}

// next takes in the next change: of a member who was here, or not, and is now u.
func (s *stream) next(rev uint64, id string, here bool, u *shared.User) error {
	old, was := s.users[id]
	switch {
	case s.half != nil:
		return errors.New("inside a snapshot")
	case rev != s.rev+1:
		return errors.New("not the next revision")
	case was != here:
		return errors.New("which does not alternate")
	case was && u != nil && u.JoinedAt != old.JoinedAt && s.w.mesh == nil: // nodes may learn that somebody else was first
		return errors.New("another member")
	}
	s.rev = rev
	if was {
		s.hash ^= shared.HashUser(old)
		delete(s.users, id)
	}
	if u != nil {
		s.users[id] = *u
		s.hash ^= shared.HashUser(*u)
	}
	return nil
}

// told judges an error: a client of ours does nothing that is wrong.
func (s *stream) told(e shared.Error) error {
	switch e.Code {
	case shared.CodeLeft, shared.CodeStopping, shared.CodeJoinTimeout, shared.CodeTooOften:
		return nil
	}
	return errors.New("for nothing")
}

// point is a room at a revision, and proof what it holds there.
type point struct {
	room, epoch string
	rev         uint64
}

type proof struct {
	hash  shared.Hash
	count int
}

// prove compares what is held with what everybody else held at the same revision.
func (s *stream) prove() error {
	return s.w.agree(point{s.room, s.epoch, s.rev}, proof{s.hash, len(s.users)}, s.who)
}

// agree notes that somebody holds p at a point. All who ever did must agree.
// world.mu is held.
func (w *world) agree(at point, p proof, who string) error {
	if at.epoch == "" { // holds nothing yet
		return nil
	}
	if other, known := w.history[at]; known && other != p {
		return fmt.Errorf("%s holds %+v at %+v, others hold %+v", who, p, at, other)
	}
	w.history[at] = p
	return nil
}

// collector keeps the events of a server's frame.
type collector []shared.Event

func (c *collector) keep(e shared.Event) error { *c = append(*c, e); return nil }

func (c *collector) ExistingUsers(e shared.ExistingUsers) error   { return c.keep(e) }
func (c *collector) Resumed(e shared.Resumed) error               { return c.keep(e) }
func (c *collector) NewUser(e shared.NewUser) error               { return c.keep(e) }
func (c *collector) UserUpdated(e shared.UserUpdated) error       { return c.keep(e) }
func (c *collector) DisconnectUser(e shared.DisconnectUser) error { return c.keep(e) }
func (c *collector) Heartbeat(e shared.Heartbeat) error           { return c.keep(e) }
func (c *collector) Error(e shared.Error) error                   { return c.keep(e) }
func (c *collector) Unknown(event string) error                   { return errors.New("what is " + event) }

func readServer(frame []byte) ([]shared.Event, error) {
	var c collector
	err := shared.ReadServer(frame, &c)
	return c, err
}
