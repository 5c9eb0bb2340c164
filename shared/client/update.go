package client

import (
	"context"
	"time"

	"rollcall/shared"
)

// State is the state of a client's connection.
type State string

// The states of a client. It begins as Connecting; only Closed is final.
const (
	Connecting   State = "connecting"   // the first attempts to join
	Live         State = "live"         // in the room; the roster is the server's
	Reconnecting State = "reconnecting" // an attempt or a connection failed; trying again
	Closed       State = "closed"       // for good
)

// Update is what has changed since the Update before it.
type Update struct {
	State State
	// RetryAt is when the next attempt to connect begins, while Reconnecting; zero
	// while one is under way.
	RetryAt time.Time
	// Events are the server's events of one frame, in order. They are already
	// applied to the roster. A snapshot that came in several frames is one
	// ExistingUsers. Diffs that come while the client waits for a new snapshot
	// are left out.
	Events []shared.Event
	You    string // the own member's id; "" until first in the room
}

// Next waits for the next Update: the events of one frame, or a change of
// State, or both, the events first. A newer State replaces one that Next has
// not returned yet; events are never dropped.
//
// When the client has ended, Next returns an Update with State Closed and the
// reason, now and at every later call: ErrClosed, ErrNotTold, the cause of a
// context of Leave, or a shared.Error. The codes of that are those for which
// Code.Final reports true, and bad_name and bad_key, with which a server rejects
// a join; after Leave it is left. When ctx ends, Next returns context.Cause(ctx)
// and no Update is lost.
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
			over = true // after the updates from before the end
		}
	}
}

// mailbox holds the next Update. A change of state is merged into it; events wait
// until the caller of Next has finished with those before. The client's mutex
// guards all but the channels.
type mailbox struct {
	next   Update
	ready  bool // next has something new
	busy   bool // next has events, or the caller of Next still reads some
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

// take returns next, and whether it is new. The caller reads its events until
// release.
func (m *mailbox) take() (Update, bool) {
	update := m.next
	ready := m.ready
	if ready {
		m.next.Events, m.ready = nil, false
	}
	return update, ready
}

// release accepts new events: the caller has finished with those of the last take.
func (m *mailbox) release() {
	if m.busy && m.next.Events == nil {
		m.busy = false
		signal(m.freed)
	}
}

// signal wakes the receiver of c, which has room for one, or its next receive.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
