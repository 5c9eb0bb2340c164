package hub

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// Session is one connection of a peer to a room.
//
// Receive must not be called concurrently. The other methods may be called at any time.
type Session struct {
	room *room
	peer Peer

	// All fields from here on are guarded by room.mu. A write round reads the first
	// ones of every session, so they fit into one cache line with those above.
	member  *member // nil unless the role is joined, and after it has ended
	cursor  uint64  // offset in the log up to which the peer has been sent everything; of a counter, watching.number
	direct  []byte  // envelopes for this peer alone, which are sent first
	fresh   bool    // needs a snapshot instead of diffs
	writing bool    // the goroutine that set it owns the peer until it resets it
	role    role
	ended   bool
	queued  bool // in fanout.woken
	resumed bool // direct contains a resumed
	ponged  bool // direct contains a pong
	counted bool // in watching.counted

	owesKnocks bool // is to be sent who knocks, if it is a host's

	known       *Identity // nil if the peer has not signed in
	index       int       // in the list of the room that it is in
	status      shared.Status
	timer       *time.Timer // of a pending session or a watcher: when it must have joined, or is counted
	resynced    time.Time
	knock       *knock       // of a watcher; nil until it knocks
	closeReason *closeReason // set while the connection is still to be closed by the server
	outcome     *Outcome     // set when it has ended
	from        netip.Prefix // where the peer connects from; zero if that is not known
	since       int64        // of a member: since when it, or a session that it continues, has been in the room; of a watcher with a sign-in: since when it watches
}

// Outcome says how a session ended.
type Outcome struct {
	Room   string
	Member string        // the id; "" if it never joined
	Reason shared.Reason // why it ended
	Code   shared.Code   // what the peer was told; "" if it was told nothing
}

// Outcome returns how the session ended, or the zero Outcome while it goes on.
func (s *Session) Outcome() Outcome {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	if s.outcome == nil {
		return Outcome{}
	}
	return *s.outcome
}

// closeReason is the close code and message of a connection that the server closes.
type closeReason struct {
	code    shared.CloseCode
	message string
}

// maxDirect bounds the errors that wait in Session.direct, in bytes. Further errors are
// dropped: the peer causes them faster than it reads them.
const maxDirect = 4 << 10

// minPending is how many sessions may wait to join a room, even if fewer may be in it.
const minPending = 64

// connect adds a pending session, which has Config.JoinWithin to join.
func (r *room) connect(p Peer, known *Identity, from netip.Prefix) (*Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errCrashed
	}
	if most := r.hub.config.MaxRoomSessions; r.memberSessions() >= most && r.watchers() >= most {
		return nil, shared.Errorf(shared.CodeRoomFull, "the room has as many connections as it may")
	}
	r.evictPending()
	s := &Session{room: r, peer: p, known: known, from: from}
	s.timer = time.AfterFunc(r.hub.config.JoinWithin, s.joinTimeout)
	addSession(&r.pending, s)
	return s, nil
}

// joinTimeout ends a session that is still pending. It is run by s.timer.
func (s *Session) joinTimeout() {
	r := s.room
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if s.role == rolePending {
		why := shared.Errorf(shared.CodeJoinTimeout, "no %s or %s within %v", shared.EventGotANewUser, shared.EventWatch, r.hub.config.JoinWithin)
		s.dismiss(&why, shared.ReasonClosed)
	}
}

// evictPending closes a random pending session if there are as many as allowed. Clients
// that mean to join do so at once, so they are rarely hit.
func (r *room) evictPending() {
	if len(r.pending) < max(minPending, r.hub.config.MaxRoomSessions) {
		return
	}
	why := shared.Errorf(shared.CodeRoomFull, "too many connections to the room wait to join")
	r.pending[rand.IntN(len(r.pending))].dismiss(&why, shared.ReasonClosed)
}

// Receive handles one text message of the peer. An error in it is sent to this peer
// only, and ends the session if its code is fatal.
func (s *Session) Receive(frame []byte) {
	defer s.room.hub.rescue(s.crashed)
	if most := s.room.hub.config.MaxFrame; len(frame) > most {
		s.Fail(shared.Errorf(shared.CodeFrameTooLarge, "a message has at most %d bytes", most))
		return
	}
	if err := shared.ReadClient(frame, inbox{s}); err != nil {
		s.Fail(shared.AsError(err))
	}
}

// Fail sends an error to the peer and ends the session if the code is fatal.
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

// End ends the session because the connection is gone. It does nothing if the session
// has ended already.
func (s *Session) End(reason shared.Reason) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	s.end(reason, time.Now())
}

// Silent is End for a peer from which nothing was received since the given time.
func (s *Session) Silent(since time.Time) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	s.end(shared.ReasonTimeout, since)
}

// say sends an error to the peer, or drops it if maxDirect bytes are waiting already.
func (s *Session) say(why shared.Error) {
	if len(s.direct) > maxDirect {
		s.room.hub.stats.Count(func(c *stats.Counts) { c.Unsaid++ })
		return
	}
	s.room.hub.stats.Failed(why.Code)
	s.answer(why)
}

// answer queues e for this peer alone, before anything of the log.
func (s *Session) answer(e shared.Event) {
	s.answerEncoded(shared.Append(nil, e))
}

// answerEncoded is answer for encoded envelopes.
func (s *Session) answerEncoded(envelopes []byte) {
	s.room.direct -= len(s.direct)
	s.direct = appendEncoded(s.direct, envelopes)
	s.room.direct += len(s.direct)
	s.room.wake(s)
}

// end removes the session from its room. seen is the time of the peer's last sign of
// life. If the session was its member's last, the member departs after the grace period.
func (s *Session) end(reason shared.Reason, seen time.Time) {
	if s.ended {
		return
	}
	m := s.member
	s.finish(reason)
	s.stopWatching()
	s.forgetKnock()
	s.room.removeSession(s)
	s.room.direct -= len(s.direct)
	if m != nil {
		m.forget(s)
		s.room.startGrace(m, reason, seen)
		s.room.tell(m)
	}
}

// id returns the id of the session's member, or "" if it has none.
func (s *Session) id() string {
	if s.member == nil {
		return ""
	}
	return s.member.id
}

// finish marks the session as ended without changing the room.
func (s *Session) finish(reason shared.Reason) {
	s.ended = true
	s.outcome = &Outcome{Room: s.room.name, Member: s.id(), Reason: reason}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.member = nil
	s.room.hub.stats.Count(func(c *stats.Counts) { c.Ended[reason]++ })
	s.room.hub.sessions.Add(-1)
}

// dismiss ends the session from the server's side: the peer is sent why, after what was
// queued for it alone, and the connection is closed.
func (s *Session) dismiss(why *shared.Error, reason shared.Reason) {
	if s.ended {
		return
	}
	defer s.startClose(why) // also after a panic: a room that crashes then does not know the session any more
	s.end(reason, time.Now())
}

// startClose closes the connection of a session that has ended: now, or after the write
// in progress.
func (s *Session) startClose(why *shared.Error) {
	s.closeReason = &closeReason{code: shared.CloseNormal}
	if why != nil {
		s.closeReason.code, _ = why.Code.Close()
		s.closeReason.message = why.Message
		s.direct = appendEncoded(s.direct, shared.Append(nil, *why))
		s.outcome.Code = why.Code
		s.room.hub.stats.Failed(why.Code)
	}
	if !s.writing { // otherwise the writer does it afterwards
		s.closePeer()
	}
}

// closePeer sends what is left in direct and closes the connection, in a goroutine that
// owns the peer from now on.
func (s *Session) closePeer() {
	s.writing = true
	last, bye := s.direct, *s.closeReason
	s.closeReason = nil
	s.room.hub.running.Go(func() {
		defer s.room.hub.rescue(func() { s.peer.Close(bye.code, bye.message) })
		if len(last) > 0 {
			stuck := time.AfterFunc(shared.StuckWriteAfter, func() { s.peer.Close(bye.code, bye.message) })
			_ = s.peer.Write([][]byte{last}) // the connection is closed in any case
			stuck.Stop()
		}
		s.peer.Close(bye.code, bye.message)
	})
}

// appendEncoded appends envelopes to a message, after a separator if neither is empty.
func appendEncoded(frame, envelopes []byte) []byte {
	if len(frame) > 0 && len(envelopes) > 0 {
		frame = append(frame, shared.Separator)
	}
	return append(frame, envelopes...)
}
