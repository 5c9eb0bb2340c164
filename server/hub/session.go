package hub

import (
	"errors"
	"time"

	"rollcall/shared"
)

// Session is one connection of a peer to a room.
//
// Receive is called by one goroutine at a time; the other methods by any.
type Session struct {
	room *room
	peer Peer

	// Guarded by room.mu, as is all below. These fields, and those above, are
	// what a write round looks at: together, they are one line of cache.
	member  *member // nil until joined and after the end
	cursor  uint64  // the offset of the log up to which the peer has been sent
	direct  []byte  // envelopes for this peer alone, which go first
	fresh   bool    // wants a snapshot before anything else of the log
	writing bool    // whoever set it owns the peer until it has reset it
	ended   bool

	known    *Identity // nil if the peer goes by its key
	index    int       // in room.sessions
	status   shared.Status
	joinBy   *time.Timer // nil once joined
	resynced time.Time
	farewell *farewell // set when the session was ended from this side
	outcome  *Outcome  // set when it has ended
}

// Outcome is what became of a session.
type Outcome struct {
	Room   string
	Member string        // the id; "" if it never joined
	Reason shared.Reason // why it ended
	Code   shared.Code   // what the peer was told; "" if it was told nothing
}

// Outcome returns what became of the session; zero while it goes on.
func (s *Session) Outcome() Outcome {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	if s.outcome == nil {
		return Outcome{}
	}
	return *s.outcome
}

// farewell is how the connection of a session ends that was ended from this side.
type farewell struct {
	code    shared.CloseCode
	message string
}

// maxDirect bounds Session.direct, in bytes. A peer that makes more errors than
// it reads is one that does not listen: further ones are not told.
const maxDirect = 4 << 10

func (r *room) connect(p Peer, known *Identity) (*Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sessions) >= r.hub.config.MaxRoomSessions {
		return nil, shared.Errorf(shared.CodeRoomFull, "the room has as many connections as it may")
	}
	s := &Session{room: r, peer: p, known: known}
	within := r.hub.config.JoinWithin
	s.joinBy = time.AfterFunc(within, func() {
		defer r.hub.rescue(nil)
		s.Fail(shared.Errorf(shared.CodeJoinTimeout, "no %s within %v", shared.EventGotANewUser, within))
	})
	r.enrol(s)
	return s, nil
}

// Receive takes one text message of the peer. Whatever is wrong with it is
// told to the peer and to nobody else, and ends the session if its code is
// fatal.
func (s *Session) Receive(frame []byte) {
	defer s.room.hub.rescue(s.crashed)
	if most := s.room.hub.config.MaxFrame; len(frame) > most {
		s.Fail(shared.Errorf(shared.CodeFrameTooLarge, "a message has at most %d bytes", most))
		return
	}
	if err := shared.ReadClient(frame, inbox{s}); err != nil {
		var why shared.Error
		if !errors.As(err, &why) {
			why = shared.Errorf(shared.CodeInternal, "the server failed")
		}
		s.Fail(why)
	}
}

// Fail tells the peer what it did wrong and, if the code is fatal, ends the
// session.
func (s *Session) Fail(why shared.Error) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	if s.ended {
		return
	}
	if _, fatal := why.Code.Close(); fatal {
		s.dismiss(&why, shared.ReasonClosed)
		return
	}
	s.say(why)
}

// End notes that the connection is gone. Only the first call counts, and none
// after the session was ended from this side.
func (s *Session) End(reason shared.Reason) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	s.end(reason, time.Now())
}

// Silent is End for a peer of which nothing has come since the given time.
func (s *Session) Silent(since time.Time) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	s.end(shared.ReasonTimeout, since)
}

// say has the peer told e, before anything else that waits.
func (s *Session) say(e shared.Event) {
	if len(s.direct) > maxDirect {
		s.room.hub.stats.count(func(c *Stats) { c.Unsaid++ })
		return
	}
	if why, ok := e.(shared.Error); ok {
		s.room.hub.stats.failed(why.Code)
	}
	s.direct = appendEnvelope(s.direct, e)
	s.room.wake(s)
}

// end takes the session out of its room, whose peer gave its last sign of life
// at seen. The member goes, after the grace, if it was the last.
func (s *Session) end(reason shared.Reason, seen time.Time) {
	if s.ended {
		return
	}
	s.ended = true
	s.outcome = &Outcome{Room: s.room.name, Reason: reason}
	if s.joinBy != nil {
		s.joinBy.Stop()
	}
	s.room.discharge(s)
	if m := s.member; m != nil {
		s.member = nil
		s.outcome.Member = m.id
		m.forget(s)
		s.room.lost(m, reason, seen)
	}
	s.room.hub.stats.count(func(c *Stats) { c.Ended[reason]++ })
	s.room.hub.sessions.Add(-1)
}

// dismiss ends the session from this side: the peer is told why, behind what
// was waiting for it alone, and its connection is closed.
func (s *Session) dismiss(why *shared.Error, reason shared.Reason) {
	if s.ended {
		return
	}
	s.end(reason, time.Now())
	s.farewell = &farewell{code: shared.CloseNormal}
	if why != nil {
		s.farewell.code, _ = why.Code.Close()
		s.farewell.message = why.Message
		s.direct = appendEnvelope(s.direct, *why)
		s.outcome.Code = why.Code
		s.room.hub.stats.failed(why.Code)
	}
	if !s.writing { // else whoever writes does it after that
		s.part()
	}
}

// part says farewell on a goroutine of its own, which owns the peer from now on.
func (s *Session) part() {
	s.writing = true
	last, bye := s.direct, *s.farewell
	s.room.hub.running.Go(func() {
		defer s.room.hub.rescue(nil)
		if len(last) > 0 {
			stuck := time.AfterFunc(shared.StuckWriteAfter, func() { s.peer.Close(bye.code, bye.message) })
			_ = s.peer.Write([][]byte{last}) // a failure changes nothing: it is over
			stuck.Stop()
		}
		s.peer.Close(bye.code, bye.message)
	})
}

func appendEnvelope(frame []byte, e shared.Event) []byte {
	if len(frame) > 0 {
		frame = append(frame, shared.Separator)
	}
	return shared.Append(frame, e)
}
