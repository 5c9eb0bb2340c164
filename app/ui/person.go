package ui

import (
	"cmp"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// onListClick opens the card that was clicked: the own one to be edited, another to be
// read. The list has one handler for all cards, since there may be many.
func (p *Page) onListClick(_ app.Context, e app.Event) {
	li := e.Get("target").Call("closest", "#people > li")
	if !li.Truthy() {
		return
	}
	id := cardID(li)
	if li.Call("hasAttribute", "aria-current").Bool() {
		p.openEditor("#people > [aria-current]", "")
		return
	}
	if u, here := p.roster.Get(id); here {
		p.openPerson(row{user: u})
		return
	}
	for _, g := range p.ghosts {
		if g.user.ID == id {
			p.openPerson(row{g.user, g.reason})
		}
	}
}

// openPerson opens the panel about a member, or about one who has left.
func (p *Page) openPerson(r row) {
	p.person = r
	p.open(panelPerson)
	p.tickPerson(r.user.ID)
}

// tickPerson renders the page once a minute while the panel about a member is open, as it
// says how long that member has been here.
func (p *Page) tickPerson(id string) {
	p.ctx.After(time.Minute, func(app.Context) {
		if p.panel == panelPerson && p.person.user.ID == id {
			p.tickPerson(id)
		}
	})
}

// followPerson takes an event over into the panel about a member.
func (p *Page) followPerson(e shared.Event) {
	switch e := e.(type) {
	case shared.NewUser:
		p.followUser(e.User)
	case shared.UserUpdated:
		p.followUser(e.User)
	case shared.DisconnectUser:
		if e.ID == p.person.user.ID {
			p.person.gone = cmp.Or(e.Reason, shared.ReasonLeft)
		}
	}
}

func (p *Page) followUser(u shared.User) {
	if u.ID == p.person.user.ID {
		p.person = row{user: u}
	}
}

// aboutPerson returns the panel about a member.
func (p *Page) aboutPerson(now time.Time) []app.UI {
	u, gone := p.person.user, p.person.gone
	parts := []app.UI{
		box("div", "person", face(u.ID, u.Name), said("h2", "", u.Name).ID("panel-title"), label("p", "tag", p.memberList.tag(u))).
			Attr("data-status", string(u.Status)),
	}
	since := hereSince(u.JoinedAt)
	if gone != "" {
		parts = append(parts, label("p", "fact", string(msgs.Reason[string(gone)])))
	} else {
		parts = append(parts, said("p", "note", u.Note))
		if end := endOf(u); !end.IsZero() {
			parts = append(parts, label("p", "fact", untilText(end)))
		}
		parts = append(parts, label("p", "fact", statusName(u.Status)+p.forHow(u.StatusSince, now)))
		since = append(since, app.Text(p.forHow(u.JoinedAt, now)))
	}
	parts = append(parts, box("p", "fact", since...))
	if u.Devices > 1 && gone == "" {
		parts = append(parts, label("p", "fact", msgs.Count(msgs.OnDevices, u.Devices)))
	}
	if u.Role == shared.RoleHost {
		parts = append(parts, label("p", "fact", string(msgs.Host)))
	}
	for key, value := range u.Info.All() {
		parts = append(parts, said("p", "fact", key+": "+value))
	}
	if gone == "" && u.Role != shared.RoleHost && u.ID != p.you && p.isHost() {
		parts = append(parts, p.hostTools())
	}
	return append(parts, box("div", "actions", button().Attr("autofocus", true).Text(string(msgs.Close)).OnClick(p.onPanelCancel)))
}

// forHow returns how long ago a time of the server was, after a dot, or "" if it is not
// known or less than a minute ago.
func (p *Page) forHow(at int64, now time.Time) string {
	d := now.Sub(time.UnixMilli(at))
	if at == 0 || d < time.Minute || p.conn.stale(now) {
		return ""
	}
	return " · " + durationText(d)
}

// keepFocus keeps the focus on the card of the same member, although its element is about
// to become another's. If that member's card is not in the document any more, the card in
// its place gets the focus. It is called before a rendering.
func (p *Page) keepFocus() {
	at := document().Get("activeElement")
	if !at.Truthy() || p.ctx.Context == nil {
		return
	}
	li := at.Call("closest", "#people > li")
	if !li.Truthy() {
		return
	}
	id, cards := cardID(li), li.Get("parentElement").Get("children")
	place := 0
	for place < cards.Length() && !cards.Index(place).Equal(li) {
		place++
	}
	p.ctx.Defer(func(app.Context) {
		if focusCard(id) {
			return
		}
		if n := cards.Length(); n > 0 {
			focusOn(cards.Index(min(place, n-1)))
		}
	})
}

// focusCard moves the focus to the card of a member or a ghost, and reports whether it is
// in the document.
func focusCard(id string) bool {
	li := cardOf(id)
	if li.Truthy() {
		focusOn(li)
	}
	return li.Truthy()
}

// cardOf returns the card of a member or a ghost, if it is in the document.
func cardOf(id string) app.Value {
	return query(`#people > :is([data-member="` + id + `"], [data-ghost="` + id + `"])`)
}

func focusOn(li app.Value) {
	li.Get("firstElementChild").Call("focus", map[string]any{"preventScroll": true})
}
