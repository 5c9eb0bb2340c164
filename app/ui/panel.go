package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// A panel is what lies over the page when the person asks for more than the
// room: one at a time, and none before it is asked for.
type panel int

const (
	panelNone panel = iota
	panelInvite
	panelRooms
)

// open shows a panel.
func (p *Page) open(which panel) {
	p.panel, p.opening = which, true
	p.copied, p.roomProblem = false, ""
	p.ctx.Defer(func(app.Context) {
		p.opening = false
		if e := byID("panel"); e.Truthy() && !e.Get("open").Bool() {
			e.Call("showModal")
		}
	})
}

func (p *Page) onInvite(app.Context, app.Event) { p.open(panelInvite) }

func (p *Page) onRooms(app.Context, app.Event) { p.open(panelRooms) }

// onPanelClose is told some time after the panel has closed: the person may have opened
// another since.
func (p *Page) onPanelClose(app.Context, app.Event) {
	if e := byID("panel"); p.opening || e.Truthy() && e.Get("open").Bool() {
		return
	}
	p.panel = panelNone
}

// onPanelCancel closes it by the browser's own method, which gives the focus
// back to where it was.
func (p *Page) onPanelCancel(app.Context, app.Event) { byID("panel").Call("close") }

func (p *Page) panelBox() app.UI {
	box := app.Elem("dialog").ID("panel").Attr("aria-labelledby", "panel-title").Attr("closedby", "any").On("close", p.onPanelClose)
	if p.panel == panelInvite {
		return box.Body(p.invitation()...)
	}
	return box.Body(p.roomChoice()...)
}
