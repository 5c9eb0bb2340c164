package client

import (
	"errors"
	"slices"
	"time"

	"rollcall/shared"
)

// events is a session as the receiver of what the server says. An error ends
// the session, and with it the frame. The client is locked.
type events session

func (s *events) ExistingUsers(e shared.ExistingUsers) error {
	if err := s.c.roster.Apply(e); err != nil {
		s.joined = true
		return s.lost(err)
	}
	if e.More {
		s.parts = true
		return nil
	}
	if s.parts { // nobody has to wait for, or put together, the frames of one snapshot
		s.parts = false
		e.Users = slices.Collect(s.c.roster.All())
	}
	s.events = append(s.events, e)
	s.inRoom(e.You)
	return nil
}

func (s *events) Resumed(e shared.Resumed) error {
	if s.joined {
		return nil // it answers a join and nothing else
	}
	if err := s.c.roster.Apply(e); err != nil {
		s.joined = true
		return s.lost(err)
	}
	s.events = append(s.events, e)
	s.inRoom(e.You)
	return nil
}

func (s *events) inRoom(you string) {
	s.c.you = you
	s.c.sound, s.joined, s.inStep, s.asking = true, true, true, false
	s.met = true
}

func (s *events) NewUser(e shared.NewUser) error { return s.apply(e) }

func (s *events) UserUpdated(e shared.UserUpdated) error {
	if err := s.apply(e); err != nil {
		return err
	}
	if e.User.ID == s.c.you && s.inStep && !s.met {
		s.c.name.see(e.User.Name)
		s.c.note.see(e.User.Note)
	}
	return nil
}

func (s *events) DisconnectUser(e shared.DisconnectUser) error { return s.apply(e) }
func (s *events) Heartbeat(e shared.Heartbeat) error           { return s.apply(e) }

// apply takes in what follows from the roster. Without one it says nothing.
func (s *events) apply(e shared.Event) error {
	if !s.inStep {
		return nil
	}
	if err := s.c.roster.Apply(e); err != nil {
		return s.lost(err)
	}
	s.events = append(s.events, e)
	return nil
}

// lost notes that the roster is not the server's; the sender asks for it.
func (s *events) lost(err error) error {
	s.c.desyncs++
	s.c.log.Warn("rollcall: asking for the roster again", "because", err)
	s.c.sound, s.inStep, s.asking = false, false, false
	s.badHash = errors.Is(err, shared.ErrBadHash)
	(*session)(s).wake()
	return nil
}

func (s *events) Error(e shared.Error) error {
	s.events = append(s.events, e)
	_, fatal := e.Code.Close()
	switch e.Code {
	case shared.CodeTooOften:
		fatal = !s.joined
	case shared.CodeBadName, shared.CodeBadKey, shared.CodeBadRoom:
		fatal = !s.joined // so the server refuses the join, and always will
	}
	if fatal {
		s.verdict = e
		return e
	}
	switch e.Code {
	case shared.CodeTooOften:
		s.tooOften(e)
	case shared.CodeBadName:
		s.c.name.drop()
	case shared.CodeBadNote:
		s.c.note.drop()
	}
	return nil
}

// tooOften says it all again when the server wants to hear it. Which of it the
// server meant is not known; what it has taken in does no harm again.
func (s *events) tooOften(e shared.Error) {
	s.tellFrom = time.Now().Add(max(retryAfter(e), shared.ResyncEvery))
	s.askFrom = s.tellFrom
	s.asking = false
	s.told = ""
	s.c.name.retell()
	s.c.note.retell()
	(*session)(s).wake()
}

// Unknown passes over the events of a newer server.
func (s *events) Unknown(string) error { return nil }

// look compares the own member with what the person wants.
func (s *session) look() {
	c := s.c
	own, ok := c.roster.Get(c.you)
	if !ok || !s.inStep {
		return
	}
	if s.met {
		s.met = false
		if own.JoinedAt != c.arrived && c.arrived != 0 {
			c.name.reopen()
			c.note.reopen()
		}
		c.arrived = own.JoinedAt
		c.name.meet(own.Name)
		c.note.meet(own.Note)
	}
	if c.name.due() || c.note.due() || s.told != c.status {
		s.wake()
	}
}
