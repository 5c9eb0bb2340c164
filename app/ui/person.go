package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// touchEvery is how often input is noticed at all: a pointer that moves sends
// a hundred events a second.
const touchEvery = 5 * time.Second

// listen watches the person, the network and the scroll position.
func (p *Page) listen() {
	on := func(target app.Value, do func(), events ...string) {
		for _, event := range events {
			p.release = append(p.release, listen(target, event, do))
		}
	}
	on(app.Window(), p.onUI(p.touchedElsewhere), "storage")
	on(app.Window(), p.touched(), "pointerdown", "pointermove", "keydown", "wheel", "touchstart")
	on(app.Window(), p.scrolled, "scroll")
	on(app.Window(), p.place, "resize") // OnResize comes when the window has stopped
	on(app.Window(), p.onUI(p.networkChanged), "online", "offline")
	on(document(), p.onUI(p.visibilityChanged), "visibilitychange")
	on(app.Window(), p.onPageHide, "pagehide")
}

// onUI makes a listener that runs do on the UI goroutine.
func (p *Page) onUI(do func()) func() {
	return func() { p.ctx.Dispatch(func(app.Context) { do() }) }
}

// touched is a listener for input.
func (p *Page) touched() func() {
	var last time.Time
	noted := p.onUI(func() {
		p.touch(time.Now())
		local.set(touchedItem, strconv.FormatInt(p.activity.touched.UnixMilli(), 10))
		if p.link.shown() == stateLive {
			p.hurry() // the machine may have slept
		}
	})
	return func() {
		if now := time.Now(); now.Sub(last) >= touchEvery {
			last = now
			noted()
		}
	}
}

// touchedElsewhere is told that another window of the person has kept something:
// input there is input.
func (p *Page) touchedElsewhere() {
	ms, err := strconv.ParseInt(local.get(touchedItem), 10, 64)
	if at := time.UnixMilli(ms); err == nil && at.After(p.activity.touched) {
		p.touch(at)
	}
}

func (p *Page) touch(at time.Time) {
	p.activity.touched = at
	p.watch()
}

func hidden() bool { return document().Get("visibilityState").String() == "hidden" }

func (p *Page) visibilityChanged() {
	if hidden() {
		p.activity.hidden = time.Now()
		p.watch()
		p.store() // nobody may ever see it again
		return
	}
	if p.activity.hidden.IsZero() {
		return
	}
	p.activity.hidden, p.activity.touched = time.Time{}, time.Now()
	p.watch()
	p.hurry()
	p.refresh()
	checkForUpdate()
}

func (p *Page) networkChanged() {
	p.link.cut = !online()
	p.badge()
	if !p.link.cut {
		p.hurry()
		p.refresh()
	}
}

// hurry tries to connect at once if the client waits to, or waits in vain.
func (p *Page) hurry() {
	if p.client != nil {
		p.client.RetryNow()
	}
}

// status is the person's: the one that was chosen, or what the page sees of them.
func (p *Page) status(now time.Time) (s shared.Status, holds time.Duration) {
	if p.fixed != "" {
		return p.fixed, 0
	}
	return p.activity.status(now)
}

// watch tells the room when the person's status has changed, and looks again
// when it will change by itself.
func (p *Page) watch() {
	status, holds := p.status(time.Now())
	if p.client != nil && status != p.reported {
		p.reported = status
		p.client.SetStatus(p.ctx, status)
	}
	due := time.Now().Add(holds)
	if holds == 0 || !p.wake.IsZero() && p.wake.Before(due) {
		return
	}
	p.wake = due
	p.ctx.After(holds, func(app.Context) {
		p.wake = time.Time{}
		p.watch()
	})
}
