package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"rollcall/shared"
)

const (
	// connectWithin bounds one attempt: DNS, TCP, TLS and the handshake.
	connectWithin = 10 * time.Second
	// impatientAfter is the age from which RetryNow abandons an attempt for a new
	// one: several round trips, even over a long distance.
	impatientAfter = 2 * time.Second
	// closeWithin bounds how long the server has to answer a close frame.
	closeWithin = time.Second
	// settled is how long a client must have been in the room to reset the
	// backoff: a server that accepts joins and drops them gets no tight loop.
	settled = 5 * time.Second
	// longestWait bounds a server's retry_after_ms.
	longestWait = time.Hour
)

// run connects again and again until the client ends.
func (c *Client) run() {
	defer close(c.done)
	for failures := 0; c.ctx.Err() == nil; {
		lived, err := c.attempt()
		if c.ctx.Err() != nil {
			return
		}
		failures++
		if lived >= settled {
			failures = 0
		}
		wait, ok := waitAfter(err, failures)
		if !ok {
			c.end(err)
			return
		}
		c.log.Debug("rollcall: not connected", "because", err, "again in", wait)
		c.pause(wait)
	}
}

// attempt makes one connection and runs a session on it. It returns how long the
// client was in the room, and what ended the attempt.
func (c *Client) attempt() (lived time.Duration, err error) {
	conn, err := c.dial()
	if err != nil {
		return 0, err
	}
	return c.runSession(conn)
}

// handshake is an attempt to connect that is under way.
type handshake struct {
	began   time.Time // wall clock
	abandon context.CancelCauseFunc
}

// dial makes a connection within connectWithin. It fails early if retry abandons
// the attempt.
func (c *Client) dial() (Conn, error) {
	ctx, abandon := context.WithCancelCause(c.ctx)
	defer abandon(nil)
	c.mu.Lock()
	c.dialing = &handshake{wallClock(), abandon}
	c.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, connectWithin)
	conn, err := c.connect(limited)
	cancel()
	c.mu.Lock()
	c.dialing = nil
	c.mu.Unlock()
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return conn, err
}

// waitAfter returns the backoff after err, the last of so many consecutive
// failures, or false if the client must not reconnect. The wait has full jitter,
// so that clients that lost the same server do not all return at once.
func waitAfter(err error, failures int) (time.Duration, bool) {
	if errors.Is(err, errDead) {
		return 0, true // a person is waiting
	}
	var closed CloseError
	var said shared.Error
	pause := shared.CloseAbnormal.Pause()
	switch {
	case errors.As(err, &said):
		if said.Code.Final() || rejectsJoin(said.Code) {
			return 0, false
		}
		code, _ := said.Code.Close()
		pause = code.Pause()
	case errors.As(err, &closed):
		pause = closed.Code.Pause()
	}
	least := retryAfter(said)
	if said.Code == shared.CodeStopping && least > 0 || said.Code == shared.CodeTooOften {
		pause = 0 // retry_after_ms says when
	}
	var most time.Duration
	if failures > 0 {
		most = min(shared.RetryFirst<<min(failures, 16), shared.RetryMost)
	}
	return least + jitter(max(most, pause)), true
}

// rejectsJoin reports whether code, in answer to a join, means that the same join
// will always fail.
func rejectsJoin(code shared.Code) bool {
	return code == shared.CodeBadName || code == shared.CodeBadKey
}

// retryAfter returns the wait that e asks for, at most longestWait.
func retryAfter(e shared.Error) time.Duration {
	if e.RetryAfterMS > longestWait.Milliseconds() {
		return longestWait // more might not fit a Duration
	}
	return max(e.RetryAfter(), 0)
}

// jitter returns a random duration in [0, most].
func jitter(most time.Duration) time.Duration { return rand.N(most + 1) }

// pause waits, until RetryNow or the end of the client cuts it short.
func (c *Client) pause(wait time.Duration) {
	skip := make(chan struct{})
	c.mu.Lock()
	c.skipWait = skip
	c.box.setState(Reconnecting, time.Now().Add(wait))
	c.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-skip:
	case <-c.ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.box.setState(Reconnecting, time.Time{})
}
