package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"rollcall/shared"
)

const (
	// connectWithin bounds one try to connect.
	connectWithin = 15 * time.Second
	// partWithin bounds how long a server has to answer a goodbye.
	partWithin = time.Second
	// settled is how long a client must have been in the room for the connection
	// to have been a success: a server that lets in and drops is not to be asked
	// without end.
	settled = 5 * time.Second
	// longestWait bounds what a server can ask for with retry_after_ms.
	longestWait = time.Hour
)

// run lives until the client is to end.
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

// attempt connects and stays for as long as it goes well. It returns for how
// long the client was in the room, and what ended it.
func (c *Client) attempt() (lived time.Duration, err error) {
	ctx, cancel := context.WithTimeout(c.ctx, connectWithin)
	conn, err := c.connect(ctx)
	cancel()
	if err != nil {
		return 0, err
	}
	return c.stay(conn)
}

// waitAfter returns how long to wait after err, which was the last of so many
// failures in a row, or false if the client is not to return. The wait is
// random, so that clients who lost the same server don't return as one.
func waitAfter(err error, failures int) (time.Duration, bool) {
	if errors.Is(err, errOverdue) {
		return 0, true // somebody is in front of it
	}
	var most, least time.Duration
	if failures > 0 {
		most = min(shared.RetryFirst<<min(failures, 16), shared.RetryMost)
	}
	code, said := shared.CloseAbnormal, shared.Error{}
	if closed := (CloseError{}); errors.As(err, &closed) {
		code = closed.Code
	}
	if errors.As(err, &said) {
		least = retryAfter(said)
		fatal := false
		if code, fatal = said.Code.Close(); !fatal {
			return least + jitter(most), said.Code == shared.CodeTooOften
		}
	}
	within, ok := code.Returns()
	if said.Code == shared.CodeStopping && least > 0 {
		within = 0 // the server has spread its clients itself
	}
	return least + jitter(max(most, within)), ok
}

// retryAfter is what e asks to wait, within reason.
func retryAfter(e shared.Error) time.Duration {
	if e.RetryAfterMS > longestWait.Milliseconds() {
		return longestWait // more might not fit a Duration
	}
	return max(e.RetryAfter(), 0)
}

// jitter draws from [0, most].
func jitter(most time.Duration) time.Duration { return rand.N(most + 1) }

// pause waits, until RetryNow or the end at most.
func (c *Client) pause(wait time.Duration) {
	cut := make(chan struct{})
	c.mu.Lock()
	c.cut = cut
	c.box.setState(Reconnecting, time.Now().Add(wait))
	c.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-cut:
	case <-c.ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.box.setState(Reconnecting, time.Time{})
}
