package client

import (
	"context"
	"time"

	"rollcall/shared"
)

// State is how a client stands with its server.
type State string

// The states.
const (
	Connecting   State = "connecting"   // the first try
	Live         State = "live"         // in the room; the roster is the server's
	Reconnecting State = "reconnecting" // not, or no longer; trying again
	Closed       State = "closed"       // for good
)

// Update is what has changed since the Update before it.
type Update struct {
	State State
	// RetryAt is when the next try to connect is, while Reconnecting; zero while
	// one is under way.
	RetryAt time.Time
	// Events are what the server said, in order, all of one frame. They are
	// already in the roster. A snapshot that came in several frames is one
	// ExistingUsers. Left out is what says nothing to anybody any more:
	// diffs while the client waits for a new snapshot.
	Events []shared.Event
	You    string // the own member's id; "" until first in the room
}

// Next waits for the next Update: the events of one frame, or a change of
// State, or both, the events first. Changes of State that nobody asked for are
// forgotten for newer ones; events never are.
//
// When the client has ended for good, Next returns an Update that says Closed,
// and why: ErrClosed, a shared.Error of the server, or a CloseError. When ctx
// ends, Next returns its cause and nothing is lost.
func (c *Client) Next(ctx context.Context) (Update, error) {
	c.mu.Lock()
	c.box.release()
	c.mu.Unlock()
	for over := false; ; {
		c.mu.Lock()
		update, ok := c.box.take()
		update.You = c.you
		c.mu.Unlock()
		switch {
		case ok:
			return update, nil
		case over:
			update.State = Closed
			return update, context.Cause(c.ctx)
		}
		select {
		case <-ctx.Done():
			return Update{}, context.Cause(ctx)
		case <-c.box.filled:
		case <-c.done:
			over = true // but first what was there before the end
		}
	}
}

// mailbox holds the next Update. Changes of state are merged into it; events
// have to wait until those before them have been looked at. It is guarded by
// the mutex of its client, but for the channels.
type mailbox struct {
	next   Update
	ready  bool // next has something new
	busy   bool // there are events in next, or a caller of Next looks at some
	filled chan struct{}
	freed  chan struct{}
}

func newMailbox() mailbox {
	return mailbox{next: Update{State: Connecting}, ready: true, filled: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
}

func (m *mailbox) put(events []shared.Event) {
	m.next.Events = events
	m.busy = true
	m.fill()
}

func (m *mailbox) setState(s State, retryAt time.Time) {
	if s == m.next.State && retryAt.Equal(m.next.RetryAt) {
		return
	}
	m.next.State, m.next.RetryAt = s, retryAt
	m.fill()
}

func (m *mailbox) fill() {
	m.ready = true
	signal(m.filled)
}

// take returns next if there is something new in it. The events stay the
// caller's until release.
func (m *mailbox) take() (Update, bool) {
	update := m.next
	ready := m.ready
	if ready {
		m.next.Events, m.ready = nil, false
	}
	return update, ready
}

// release says that what take returned last is no longer looked at.
func (m *mailbox) release() {
	if m.busy && m.next.Events == nil {
		m.busy = false
		signal(m.freed)
	}
}

// signal wakes who waits on c, now or next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
