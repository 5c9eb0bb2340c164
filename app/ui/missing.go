package ui

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// How often the page of a host asks who is missing: in the second tick after somebody has come
// or gone, as it takes a moment until that is written, and otherwise after missingTicks, as the
// list may be changed elsewhere.
const (
	missingTick  = 5 * time.Second
	missingTicks = 12
)

// missing is what a host is told of those who are expected and have not come.
type missing struct {
	shared.Missing
	ticking bool
	ticks   int  // until the next request at the latest
	moved   bool // somebody has come or gone since the last tick
	due     bool // so it was before that
	failed  bool // the last request; then nobody who comes is a reason for another one
}

// hosts reports whether the user is a host in the room, of which attendance is taken.
//
//go:noinline
func (p *Page) hosts() bool {
	me, _ := p.roster.Get(p.you)
	return me.Role == shared.RoleHost && p.conn.joined && p.attendance != ""
}

// tickMissing asks now and then who is missing, as long as the user is a host.
func (p *Page) tickMissing() {
	p.ctx.After(missingTick, func(ctx app.Context) {
		ctx.PreventUpdate()
		if p.missing.ticking = p.hosts(); p.missing.ticking {
			p.countMissing()
			p.tickMissing()
		}
	})
}

// countMissing counts a tick, and asks if it is time to. A page that nobody sees asks when it
// is seen.
func (p *Page) countMissing() {
	m := &p.missing
	m.ticks--
	switch {
	case hidden():
		m.ticks = 0
	case m.due && !m.failed, m.ticks <= 0:
		m.ticks = missingTicks
		p.fetchMissing()
	}
	m.due, m.moved = m.moved, false
}

// fetchMissing asks who is missing today.
func (p *Page) fetchMissing() {
	now := time.Now()
	path := shared.MissingPath(base(), p.room, midnight(now, 0), midnight(now, 1))
	p.fetch(path, cmp.Or(p.token, p.key), func(text string, ok bool) {
		var answer shared.Missing
		if p.missing.failed = !ok || json.Unmarshal([]byte(text), &answer) != nil; !p.missing.failed {
			p.keepList()
			p.missing.Missing = answer
		}
	})
}

// missingLine tells a host who is missing, and leads who may see it to the page of who was there when, which
// lets in whoever this page has let in; see attendance.js.
func (p *Page) missingLine() app.UI {
	m := &p.missing.Missing
	return box("p", "topic",
		app.If(m.Page != "", func() app.UI {
			return label("a", "", m.Page).Attr("href", m.Path).Attr("target", "_blank").Attr("rel", "opener")
		}),
		app.Text(" "),
		label("strong", "", m.Text),
		app.Text(" "+m.Names),
	).ID("missing")
}
