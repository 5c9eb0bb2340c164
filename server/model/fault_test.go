package model

import (
	"time"

	"rollcall/shared"
)

// The faults of a link. Each is noted before it affects the pipe, because the ends
// may react at once.

func (l *link) cutUp()       { l.damage(&l.upCut); l.far.Cut() }
func (l *link) cutDown()     { l.damage(&l.downCut); l.near.Cut() }
func (l *link) stallUp()     { l.damage(&l.upStalled); l.far.Stall() }
func (l *link) stallDown()   { l.damage(&l.downStalled); l.near.Stall() }
func (l *link) sever()       { l.damage(&l.severed); l.near.Break() }
func (l *link) tear(b *bool) { l.server.w.locked(func() { *b = true }) }

// damage notes a fault, by setting its flag, and when the first fault began.
func (l *link) damage(flag *bool) {
	l.server.w.locked(func() {
		*flag = true
		if l.damaged.IsZero() {
			l.damaged = time.Now()
		}
		l.server.w.disturb(l)
	})
}

// unstall delivers the messages that were held back. One may be the answer to a ping,
// so if the link is also cut, the server can notice that only from now on.
func (l *link) unstall() {
	l.server.w.locked(func() {
		l.server.w.disturb(l)
		switch {
		case !l.upCut && !l.downCut:
			l.damaged = time.Time{}
		case l.upStalled || l.downStalled:
			l.damaged = time.Now()
		}
		l.upStalled, l.downStalled = false, false
	})
	l.near.Unstall()
	l.far.Unstall()
}

// heal repairs all faults that can be repaired.
func (l *link) heal() {
	l.server.w.locked(func() { l.tornUp, l.tornDown, l.panics = false, false, false })
	l.unstall()
}

// sound reports whether each end receives what the other sends now. world.mu is held.
func (l *link) sound() bool {
	return !l.upCut && !l.downCut && !l.upStalled && !l.downStalled && !l.severed && !l.hungUp && !l.closed
}

// overdue describes what the server should have noticed by now, or returns "" if there
// is nothing. world.mu is held, and every goroutine must be blocked.
func (l *link) overdue(now time.Time) string {
	const detection = shared.PingEvery + shared.PongWithin
	held := l.upCut || l.upStalled
	switch {
	case l.ended && now.Sub(l.endedAt) > 2*shared.StuckWriteAfter+slack: // a write may block for so long, and then the last one
		return "it was sent away, and not told"
	case l.ended:
		return ""
	case l.severed:
		return "the connection broke"
	case l.hungUp && !held:
		return "the client closed"
	case !l.damaged.IsZero() && now.Sub(l.damaged) > detection+slack:
		return "the connection is dead for " + now.Sub(l.damaged).String()
	case !l.writing.IsZero() && now.Sub(l.writing) > shared.StuckWriteAfter+slack:
		return "a write is stuck for " + now.Sub(l.writing).String()
	case !l.joined && l.watches == "" && l.writing.IsZero() && now.Sub(l.opened) > shared.JoinWithin+slack: // if a write is under way, the session is already being ended
		return "no join came"
	}
	return ""
}

// slack is the largest error of the hub's timers, which run in steps.
const slack = 20 * time.Millisecond
