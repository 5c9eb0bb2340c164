package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// A panel is a dialog that opens on request, one at a time.
type panel int

const (
	panelNone panel = iota
	panelInvite
	panelRooms
	panelPerson
	panelTake
	panelHost
)

// open opens a panel.
func (p *Page) open(which panel) {
	p.panel, p.panelOpening = which, true
	p.copied, p.copyRefused, p.roomProblem = false, false, ""
	p.ctx.Defer(func(app.Context) {
		p.panelOpening = false
		if e := byID("panel"); e.Truthy() && !e.Get("open").Bool() {
			e.Call("showModal")
		}
	})
}

func (p *Page) onInvite(app.Context, app.Event) { p.open(panelInvite) }

func (p *Page) onRooms(app.Context, app.Event) { p.open(panelRooms) }

// onPanelClose is called some time after a panel has closed. Another may have been
// opened since.
func (p *Page) onPanelClose(app.Context, app.Event) {
	if e := byID("panel"); p.panelOpening || e.Truthy() && e.Get("open").Bool() {
		return
	}
	if p.panel == panelPerson {
		focusCard(p.person.user.ID) // its element may have become another's
	}
	p.panel = panelNone
}

// onPanelCancel closes the panel by the browser's own method, which returns the focus to
// where it was.
func (p *Page) onPanelCancel(app.Context, app.Event) { byID("panel").Call("close") }

func (p *Page) panelBox(now time.Time) app.UI {
	box := app.Elem("dialog").ID("panel").Attr("aria-labelledby", "panel-title").Attr("closedby", "any").On("close", p.onPanelClose)
	switch p.panel {
	case panelInvite:
		return box.Body(p.invitation()...)
	case panelHost:
		return box.Attr("autofocus", true).Body(p.aboutRoom()...) // not the first field: a phone's keyboard would cover the rest
	case panelTake:
		return box.Body(p.takeAlong()...)
	case panelPerson:
		return box.Body(p.aboutPerson(now)...)
	}
	return box.Body(p.roomChoice()...)
}
