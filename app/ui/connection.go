package ui

import (
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// States of the connection, as the attribute data-state names them.
const (
	stateConnecting   = "connecting"
	stateLive         = "live"
	stateReconnecting = "reconnecting"
	stateOffline      = "offline"
)

// connection is the page's view of its connection.
type connection struct {
	joined    bool // the user wants to be in the room; otherwise the client watches it
	member    bool // the client has been in the room
	state     client.State
	retryAt   time.Time
	heardAt   time.Time   // when the server last reported who is here
	lastError shared.Code // the last error of the server; "" once the connection is live again
	lostAt    time.Time   // when the connection was lost; zero while it is live, and before it was ever live
	offline   bool        // the browser reports no network, and no frame has arrived since
}

// staleAfter is how long the list counts as current without a connection. Most
// connections are back by then, and a page that has not joined has polled again.
const staleAfter = 10 * time.Second

// update takes over the state of the client.
func (c *connection) update(u client.Update, now time.Time) {
	if c.state == client.Live && u.State != client.Live {
		c.lostAt = now
	}
	c.state, c.retryAt, c.member = u.State, u.RetryAt, u.You != ""
	if u.State == client.Live {
		c.heardAt, c.lostAt, c.offline, c.lastError = now, time.Time{}, false, ""
	}
}

// displayState returns the state that the page shows.
func (c connection) displayState() string {
	switch {
	case c.offline:
		return stateOffline
	case !c.joined:
		return stateConnecting
	case c.connected():
		return stateLive
	case c.state == client.Reconnecting:
		return stateReconnecting
	}
	return stateConnecting
}

// label returns the text of the connection pill.
func (c connection) label() string {
	switch s := c.displayState(); {
	case s == stateConnecting && !c.joined:
		return string(msgs.NotJoined)
	case s == stateReconnecting && (c.lastError == shared.CodeRoomFull || c.lastError == shared.CodeServerFull):
		return string(msgs.Full)
	case s == stateLive:
		return string(msgs.Live)
	case s == stateReconnecting:
		return string(msgs.Reconnecting)
	case s == stateOffline:
		return string(msgs.Offline)
	}
	return string(msgs.Connecting)
}

// secondsToRetry returns the number of seconds until the next attempt, rounded up, or 0
// if none is planned.
func (c connection) secondsToRetry(now time.Time) int {
	if c.displayState() != stateReconnecting || c.retryAt.IsZero() {
		return 0
	}
	return int(max(0, c.retryAt.Sub(now)+time.Second-1) / time.Second)
}

// end is called when the page gives up its client.
func (c *connection) end(now time.Time) {
	c.update(client.Update{State: client.Connecting}, now)
	c.joined = false
}

// connected reports whether the user is in the room.
func (c connection) connected() bool { return c.joined && c.member && c.state == client.Live }

// watching reports whether the page sees the room live without being in it.
func (c connection) watching() bool { return !c.joined && c.state == client.Live }

// stale reports whether the list shows the past.
func (c connection) stale(now time.Time) bool {
	switch {
	case c.heardAt.IsZero():
		return false // there is nothing to show
	case c.offline:
		return true
	case c.state == client.Live:
		return false
	}
	since := c.heardAt
	if c.lostAt.After(since) {
		since = c.lostAt // the list was current until then
	}
	return now.Sub(since) >= staleAfter
}
