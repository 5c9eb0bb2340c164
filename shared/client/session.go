package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/shared"
)

// Why a session ends that the server did not end.
var (
	errSilent   = errors.New("the server was silent for too long")
	errOverdue  = errors.New("the server's heartbeat is overdue")
	errBadFrame = errors.New("the server sent a frame that can't be read")
)

// session is one connection, from the join to the end.
type session struct {
	c    *Client
	conn Conn
	poke chan struct{} // the sender has something to look at
	wait atomic.Int64  // since when it waits for a frame, in ms since 1970; 0 while it does not

	ctx  context.Context         // ends, with the cause, when the session is to end
	part context.CancelCauseFunc // the first call counts
	hard context.Context         // ends when there is no more waiting for the peer
	kill context.CancelFunc

	// Guarded by c.mu.
	asked     bool // got_a_new_user was sent
	joined    bool // and answered
	inStep    bool // events apply to the roster; else a snapshot has to come first
	asking    bool // and was asked for
	badHash   bool // because the roster's hash was not the server's
	parts     bool // of a snapshot have come, and not yet the last
	met       bool // a whole roster was, in the frame at hand
	askFrom   time.Time
	tellFrom  time.Time     // wishes have to wait
	told      shared.Status // "" until told: the server takes the member's last one until then
	liveSince time.Time
	events    []shared.Event // of the frame at hand
	verdict   error          // what the server said that ends the session
}

// stay joins over conn and returns when the connection has ended: for how long
// the client was in the room, and why it no longer is.
func (c *Client) stay(conn Conn) (lived time.Duration, err error) {
	s := &session{c: c, conn: conn, poke: make(chan struct{}, 1)}
	s.ctx, s.part = context.WithCancelCause(c.ctx)
	s.hard, s.kill = context.WithCancel(context.Background())
	defer s.kill()
	c.mu.Lock()
	c.session = s
	c.roster.Interrupt()
	c.mu.Unlock()

	var others sync.WaitGroup
	others.Go(s.sendAll)
	others.Go(s.hangUp)
	s.part(s.readAll())
	others.Wait()

	c.mu.Lock()
	c.session = nil
	c.name.part()
	c.note.part()
	if c.leaving {
		c.end(ErrNotTold) // unless it was told
	}
	c.mu.Unlock()
	return since(s.liveSince), context.Cause(s.ctx)
}

// readAll reads until the connection has ended and returns with what. After
// the session has ended it reads on, so that the peer's goodbye is found.
func (s *session) readAll() error {
	watchdog := time.AfterFunc(shared.SilentAfter, func() { s.part(errSilent) })
	defer watchdog.Stop()
	for {
		watchdog.Reset(shared.SilentAfter)
		s.wait.Store(time.Now().UnixMilli())
		frame, err := s.conn.Read(s.hard)
		s.wait.Store(0)
		watchdog.Stop() // the time that a slow caller of Next takes is not the server's silence
		if err != nil {
			return err
		}
		if err := s.receive(frame); err != nil {
			s.part(err)
		}
	}
}

// hangUp waits for the end of the session and says goodbye.
func (s *session) hangUp() {
	<-s.ctx.Done()
	code := shared.CloseNormal
	switch err := context.Cause(s.ctx); {
	case errors.Is(err, errSilent), errors.Is(err, errOverdue):
		code = shared.CloseSilent
	case errors.Is(err, errBadFrame):
		code = shared.CloseBadRequest
	}
	time.AfterFunc(partWithin, s.kill)
	_ = s.conn.Close(code, "") // it is over either way
}

// overdue reports whether a heartbeat should have come long ago. It goes by the
// clock on the wall: the one that the watchdog goes by may stand still while the
// machine sleeps.
func (s *session) overdue() bool {
	since := s.wait.Load()
	return since != 0 && time.Since(time.UnixMilli(since)) > shared.PingEvery+shared.PongWithin
}

// receive takes in one frame, once the caller of Next is done with the events
// of the one before. An error ends the session.
func (s *session) receive(frame []byte) error {
	c := s.c
	if !s.lockFree() {
		return nil
	}
	defer c.mu.Unlock()
	s.events = nil
	err := shared.ReadServer(frame, (*events)(s))
	s.look()
	if s.inStep && s.liveSince.IsZero() {
		s.liveSince = time.Now()
		c.box.setState(Live, time.Time{})
		closeOnce(c.live)
	}
	if len(s.events) > 0 {
		c.box.put(s.events)
	}
	if err != nil && s.verdict == nil {
		return fmt.Errorf("%w: %v", errBadFrame, err) // not as the shared.Error that a server could have said
	}
	return s.verdict
}

// lockFree locks the client at a moment when the mailbox takes events; false,
// and not locked, if the session ended before.
func (s *session) lockFree() bool {
	for {
		if s.ctx.Err() != nil {
			return false
		}
		s.c.mu.Lock()
		if !s.c.box.busy {
			return true
		}
		s.c.mu.Unlock()
		select {
		case <-s.c.box.freed:
		case <-s.ctx.Done():
		}
	}
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
