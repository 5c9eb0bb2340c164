package ui

import (
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// The states of the connection as the page names them (data-state).
const (
	stateConnecting   = "connecting"
	stateLive         = "live"
	stateReconnecting = "reconnecting"
	stateOffline      = "offline"
)

// link is what the page knows about its connection.
type link struct {
	joined  bool // the person wants to be in the room
	state   client.State
	retryAt time.Time
	heard   time.Time   // when the last frame came
	trouble shared.Code // the server's last word, until it is live again
	lost    time.Time   // since when it is not live any more; zero if it is, or never was
	cut     bool        // the browser says that there is no network, and no frame has come since
}

// staleAfter is how long the sheet of one who has lost the connection is taken
// for the present: most connections are back before that.
const staleAfter = 10 * time.Second

// take follows the client.
func (l *link) take(u client.Update, now time.Time) {
	if l.state == client.Live && u.State != client.Live {
		l.lost = now
	}
	l.state, l.retryAt = u.State, u.RetryAt
	if u.State == client.Live {
		l.heard, l.lost, l.cut, l.trouble = now, time.Time{}, false, ""
	}
}

// shown is the state that the page names.
func (l link) shown() string {
	switch {
	case l.cut:
		return stateOffline
	case !l.joined:
		return stateConnecting
	case l.state == client.Live:
		return stateLive
	case l.state == client.Reconnecting:
		return stateReconnecting
	}
	return stateConnecting
}

// label is the pill's text.
func (l link) label() string {
	switch s := l.shown(); {
	case s == stateConnecting && !l.joined:
		return string(say.NotJoined)
	case s == stateReconnecting && (l.trouble == shared.CodeRoomFull || l.trouble == shared.CodeServerFull):
		return string(say.Full)
	case s == stateLive:
		return string(say.Live)
	case s == stateReconnecting:
		return string(say.Reconnecting)
	case s == stateOffline:
		return string(say.Offline)
	}
	return string(say.Connecting)
}

// wait is how many seconds it is until the next try, rounded up; 0 if none is
// planned.
func (l link) wait(now time.Time) int {
	if l.shown() != stateReconnecting || l.retryAt.IsZero() {
		return 0
	}
	return int(max(0, l.retryAt.Sub(now)+time.Second-1) / time.Second)
}

// stale reports whether the sheet shows the past.
func (l link) stale(now time.Time) bool {
	if l.heard.IsZero() {
		return false // it is the server's page
	}
	return !l.joined || l.cut || !l.lost.IsZero() && now.Sub(l.lost) >= staleAfter
}
