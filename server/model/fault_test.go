package model

import (
	"time"

	"rollcall/shared"
)

// What can go wrong with a link. Each fault is noted first, since what it does
// to the pipe is felt at once.

func (l *link) cutUp()       { l.harm(&l.upCut); l.far.Cut() }
func (l *link) cutDown()     { l.harm(&l.downCut); l.near.Cut() }
func (l *link) stallUp()     { l.harm(&l.upStalled); l.far.Stall() }
func (l *link) stallDown()   { l.harm(&l.downStalled); l.near.Stall() }
func (l *link) sever()       { l.harm(&l.severed); l.near.Break() }
func (l *link) tear(b *bool) { l.server.w.locked(func() { *b = true }) }

func (l *link) harm(flag *bool) {
	l.server.w.locked(func() {
		*flag = true
		if l.hurt.IsZero() {
			l.hurt = time.Now()
		}
		l.server.w.disturb(l)
	})
}

// unstall lets what was held back arrive.
func (l *link) unstall() {
	l.server.w.locked(func() {
		l.server.w.disturb(l)
		l.upStalled, l.downStalled = false, false
		if !l.upCut && !l.downCut {
			l.hurt = time.Time{}
		}
	})
	l.near.Unstall()
	l.far.Unstall()
}

// heal undoes what can be undone.
func (l *link) heal() {
	l.server.w.locked(func() { l.tornUp, l.tornDown = false, false })
	l.unstall()
}

// sound reports whether what one end sends now reaches the other. world.mu is held.
func (l *link) sound() bool {
	return !l.upCut && !l.downCut && !l.upStalled && !l.downStalled && !l.severed && !l.hungUp && !l.closed
}

// overdue says what the server should have noticed by now, "" if nothing.
// world.mu is held; every goroutine waits.
func (l *link) overdue(now time.Time) string {
	const detection = shared.PingEvery + shared.PongWithin
	held := l.upCut || l.upStalled
	switch {
	case l.ended:
		return ""
	case l.severed:
		return "the connection broke"
	case l.hungUp && !held:
		return "the client closed"
	case !l.hurt.IsZero() && now.Sub(l.hurt) > detection+slack:
		return "the connection is dead for " + now.Sub(l.hurt).String()
	case !l.writing.IsZero() && now.Sub(l.writing) > shared.StuckWriteAfter+slack:
		return "a write is stuck for " + now.Sub(l.writing).String()
	case !l.joined && now.Sub(l.opened) > shared.JoinWithin+slack:
		return "no join came"
	}
	return ""
}

// slack is what a timer of the hub that runs in steps may be off.
const slack = 20 * time.Millisecond
