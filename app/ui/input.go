package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// inputInterval is the shortest time between two inputs that are noted: a moving pointer
// sends a hundred events a second.
const inputInterval = 5 * time.Second

// addListeners registers the page's listeners for input, network and scrolling.
func (p *Page) addListeners() {
	on := func(target app.Value, do func(), events ...string) {
		for _, event := range events {
			p.removeListeners = append(p.removeListeners, listen(target, event, do))
		}
	}
	on(app.Window(), p.onUI(p.otherTabInput), "storage")
	on(app.Window(), p.inputListener(), "pointerdown", "pointermove", "keydown", "wheel", "touchstart")
	on(app.Window(), p.scrolled, "scroll")
	on(app.Window(), p.placeDialog, "resize") // OnResize is called only when the resizing has stopped
	on(app.Window(), p.onUI(p.networkChanged), "online", "offline")
	on(document(), p.onUI(p.visibilityChanged), "visibilitychange")
	on(document(), p.onUI(p.checkConnection), "resume") // from being frozen
	on(app.Window(), p.onUI(p.checkConnection), "pageshow")
	on(app.Window(), p.onPageHide, "pagehide")
	on(app.Window(), p.onBeforePrint, "beforeprint")
	on(app.Window(), p.onAfterPrint, "afterprint")
}

// onUI returns a listener that runs do on the UI goroutine.
func (p *Page) onUI(do func()) func() {
	return func() { p.ctx.Dispatch(func(app.Context) { do() }) }
}

// inputListener returns the listener for input.
func (p *Page) inputListener() func() {
	var last time.Time
	noted := p.onUI(func() {
		p.noteInput(time.Now())
		local.set(inputItem, strconv.FormatInt(p.activity.lastInput.UnixMilli(), 10))
		if p.conn.displayState() == stateLive {
			p.retryNow() // the machine may have slept
		}
	})
	return func() {
		if now := time.Now(); now.Sub(last) >= inputInterval {
			last = now
			noted()
		}
	}
}

// otherTabInput counts input in another tab of the same browser as the user's.
func (p *Page) otherTabInput() {
	ms, err := strconv.ParseInt(local.get(inputItem), 10, 64)
	if at := time.UnixMilli(ms); err == nil && at.After(p.activity.lastInput) {
		p.noteInput(at)
	}
}

func (p *Page) noteInput(at time.Time) {
	p.activity.lastInput = at
	p.updateStatus()
}

func hidden() bool { return document().Get("visibilityState").String() == "hidden" }

func (p *Page) visibilityChanged() {
	if hidden() {
		p.activity.hiddenSince = time.Now()
		p.updateStatus()
		p.saveRoom() // the page may never be seen again
		return
	}
	if p.activity.hiddenSince.IsZero() {
		return
	}
	p.activity.hiddenSince, p.activity.lastInput = time.Time{}, time.Now()
	p.readNotify() // the browser's settings may have changed
	p.updateStatus()
	p.checkConnection()
	checkForUpdate()
}

// checkConnection verifies at once that the page is up to date: the machine may have
// slept, or the browser may have frozen the page.
func (p *Page) checkConnection() {
	if p.client != nil {
		p.client.Check()
	}
	p.poll()
}

func (p *Page) networkChanged() {
	p.conn.offline = !online()
	p.badge()
	if !p.conn.offline {
		p.checkConnection()
	}
}

// retryNow connects at once if the client waits for its next attempt, or for an answer
// that is overdue.
func (p *Page) retryNow() {
	if p.client != nil {
		p.client.RetryNow()
	}
}

// status returns the chosen status, or the automatic one and how long it holds.
func (p *Page) status(now time.Time) (s shared.Status, holds time.Duration) {
	if p.chosenStatus != "" {
		return p.chosenStatus, 0
	}
	return p.activity.status(now)
}

// updateStatus reports the user's status to the room if it has changed, and runs again
// when it will change by itself.
func (p *Page) updateStatus() {
	status, holds := p.status(time.Now())
	if p.client != nil && status != p.reportedStatus {
		p.reportedStatus = status
		p.client.SetStatus(p.ctx, status)
	}
	due := time.Now().Add(holds)
	if holds == 0 || !p.statusDue.IsZero() && p.statusDue.Before(due) {
		return
	}
	p.statusDue = due
	p.ctx.After(holds, func(app.Context) {
		p.statusDue = time.Time{}
		p.updateStatus()
	})
}
