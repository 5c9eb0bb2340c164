package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"rollcall/shared"
)

var errBadFrame = errors.New("the server sent a frame that can't be read")

// session is one connection, from the join to its end.
type session struct {
	c       *Client
	conn    Conn
	wakeups chan struct{} // wakes the sender, which then looks for something to send

	ctx        context.Context         // ends, with the cause, when the session is to end
	cancel     context.CancelCauseFunc // ends ctx; the first call sets the cause
	hardCtx    context.Context         // ends reads and writes, at the latest closeWithin after ctx
	cancelHard context.CancelFunc

	// Guarded by c.mu.
	began        time.Time      // wall clock
	readingSince time.Time      // wall clock; zero while the reader waits for no frame
	watchdog     *time.Timer    // runs while readingSince is set; see silenceLimit
	silentAt     time.Time      // when the watchdog ends the session
	ping         bool           // a ping must be sent
	pinging      bool           // that ping was sent and is unanswered
	confirm      bool           // a ping must be sent after the changes that were sent again
	pinged       bool           // any ping was sent and is unanswered; there is never a second
	watching     shared.Detail  // the detail of the watch that was sent; "" if none was, or got_a_new_user after it
	joinSent     bool           // got_a_new_user or watch was sent
	joined       bool           // and was answered
	synced       bool           // diffs apply to the roster; otherwise a snapshot must come first
	resyncing    bool           // that snapshot was requested
	badHash      bool           // because the roster's hash was not the server's
	partial      bool           // some chunks of a snapshot have come, but not the last
	gotRoster    bool           // the current frame completed a roster
	resyncFrom   time.Time      // no request for the roster before this
	sendFrom     time.Time      // no update_user before this
	asked        []shared.Event // by a host, not sent yet
	knocked      string         // the name of the latest knock that was sent; "" if none waits for an answer
	sentStatus   shared.Status  // "" until one was sent: until then the server keeps the member's last
	liveSince    time.Time
	events       []shared.Event // of the current frame
	verdict      error          // the server's error event that ends the session
}

// runSession joins over conn and returns when the connection has ended: how
// long the client was in the room, and why the session ended.
func (c *Client) runSession(conn Conn) (lived time.Duration, err error) {
	s := &session{c: c, conn: conn, wakeups: make(chan struct{}, 1), began: wallClock()}
	s.ctx, s.cancel = context.WithCancelCause(c.ctx)
	s.hardCtx, s.cancelHard = context.WithCancel(context.Background())
	defer s.cancelHard()
	c.mu.Lock()
	s.watchdog = time.AfterFunc(shared.SilentAfter, s.onSilence)
	c.session = s
	c.roster.Interrupt()
	c.mu.Unlock()

	var others sync.WaitGroup
	others.Go(s.sendAll)
	others.Go(s.hangUp)
	s.cancel(s.readAll())
	others.Wait()

	c.mu.Lock()
	c.session = nil
	c.texts.each((*pendingChange).disconnect)
	if c.leaving {
		c.end(ErrNotTold) // has no effect if the leave was sent
	}
	c.mu.Unlock()
	return since(s.liveSince), context.Cause(s.ctx)
}

// readAll reads until the connection has ended and returns the error of that.
// It goes on after the session has ended, to read the peer's close frame.
func (s *session) readAll() error {
	for {
		s.startRead()
		frame, err := s.conn.Read(s.hardCtx)
		s.endRead()
		if err != nil {
			return err
		}
		if err := s.receive(frame); err != nil {
			s.cancel(err)
		}
	}
}

// hangUp waits for the end of the session and closes the connection.
func (s *session) hangUp() {
	<-s.ctx.Done()
	code := shared.CloseNormal
	switch err := context.Cause(s.ctx); {
	case errors.Is(err, errSilent), errors.Is(err, errStuck), errors.Is(err, errDead):
		code = shared.CloseSilent
	case errors.Is(err, errBadFrame):
		code = shared.CloseBadRequest
	}
	time.AfterFunc(closeWithin, s.cancelHard)
	_ = s.conn.Close(code, "") // it is over either way
}

// receive applies one frame, after the caller of Next has finished with the
// events of the frame before it. An error ends the session.
func (s *session) receive(frame []byte) error {
	c := s.c
	if !s.lockForEvents() {
		return nil
	}
	defer c.mu.Unlock()
	s.events = nil
	err := shared.ReadServer(frame, (*events)(s))
	s.checkOwn()
	if s.synced && s.liveSince.IsZero() {
		s.liveSince = time.Now()
		c.box.setState(Live, time.Time{})
		closeOnce(c.live)
	}
	if len(s.events) > 0 {
		c.box.put(s.events)
	}
	if err != nil && s.verdict == nil {
		return fmt.Errorf("%w: %v", errBadFrame, err) // not wrapped: only the server may end a client with a shared.Error
	}
	return s.verdict
}

// lockForEvents waits until the mailbox accepts events and locks the client. It
// returns false, with the client unlocked, if the session ends first.
func (s *session) lockForEvents() bool {
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
