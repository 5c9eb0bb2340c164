package client

import (
	"errors"
	"time"

	"rollcall/shared"
)

// How long a server may be silent while the client waits for a frame. The first
// frame of a snapshot is small, so that it arrives in time over a slow link too.
const (
	// joinWithin is the limit for the answer to a join or to a request for the
	// roster.
	joinWithin = 20 * time.Second
	// pongWithin is the limit for a pong.
	pongWithin = 5 * time.Second
)

// Why the client gave up a connection or an attempt to make one.
var (
	errSilent = errors.New("the server was silent for too long")
	errStuck  = errors.New("the server did not read for too long")
	// errDead ends one while a person waits, so the next attempt is immediate.
	errDead = errors.New("the connection is dead")
)

// silenceLimit returns how long the server may be silent now. c.mu is held.
func (s *session) silenceLimit() time.Duration {
	switch {
	case s.partial: // the next chunk is large
		return shared.SilentAfter
	case !s.joined || s.resyncing:
		return joinWithin
	case s.pinging:
		return pongWithin
	}
	return shared.SilentAfter
}

// startRead notes that the reader waits for a frame from now on.
func (s *session) startRead() {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.readingSince = wallClock()
	s.resetWatchdog()
}

// endRead notes that the reader no longer waits: time that a slow caller of Next
// takes does not count as the server's silence.
func (s *session) endRead() {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.readingSince = time.Time{}
	s.watchdog.Stop()
}

// expectReply restarts the watchdog if the reader waits, because the server now
// has to answer. c.mu is held.
func (s *session) expectReply() {
	if !s.readingSince.IsZero() {
		s.resetWatchdog()
	}
}

// resetWatchdog restarts the watchdog with the current limit. c.mu is held.
func (s *session) resetWatchdog() {
	limit := s.silenceLimit()
	s.silentAt = time.Now().Add(limit)
	s.watchdog.Reset(limit)
}

// onSilence ends the session when the watchdog fires.
func (s *session) onSilence() {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	switch {
	case s.readingSince.IsZero() || time.Now().Before(s.silentAt): // a frame has just come
	case s.pinging:
		s.cancel(errDead)
	default:
		s.cancel(errSilent)
	}
}

// overdue reports whether a heartbeat is late by PongWithin. c.mu is held.
func (s *session) overdue() bool {
	return ago(s.readingSince) > shared.PingEvery+shared.PongWithin
}

// wallClock returns the time without its monotonic reading: the monotonic clock
// may stop while the machine sleeps.
func wallClock() time.Time { return time.Now().Round(0) }

// ago returns the wall clock time since t; 0 if t is zero.
func ago(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return wallClock().Sub(t)
}
