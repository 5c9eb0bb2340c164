package ui

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// printTimeout bounds how long printing waits for the page.
const printTimeout = 10 * time.Second

// onBeforePrint puts the cards of everybody into the document, with times, also in a large
// room and while a part of the list is shown. The browser prints the
// document as it is when this returns, so it lets the program run until the page is
// rendered.
func (p *Page) onBeforePrint() {
	var rendered atomic.Bool
	p.ctx.Dispatch(func(ctx app.Context) {
		p.printing, p.whole = true, true
		p.listChanged()
		ctx.Defer(func(app.Context) { rendered.Store(true) })
	})
	for deadline := time.Now().Add(printTimeout); !rendered.Load() && time.Now().Before(deadline); {
		runtime.Gosched()
	}
}

// onAfterPrint removes them again.
func (p *Page) onAfterPrint() {
	p.ctx.Dispatch(func(app.Context) {
		p.printing, p.whole = false, false
		p.listChanged()
	})
}
