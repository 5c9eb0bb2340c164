package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// toolbar returns what one can do in the room: edit oneself, search, choose what is
// listed, leave, and invite; and below that what was announced. Where there is little space, a menu has what is needed less
// often; elsewhere the style sheet shows the content of the menu in the bar.
func (p *Page) toolbar() app.UI {
	take := button().ID("take").Class("icon").Attr("aria-label", string(msgs.TakeList)).Title(string(msgs.TakeList)).Attr("aria-haspopup", "dialog").
		OnClick(p.onTake).Body(app.Raw(takeIcon))
	leave := button().ID("leave").Text(string(msgs.Leave)).OnClick(p.onLeave)
	if !p.conn.joined {
		leave = leave.Attr("disabled", true)
	}
	bar := box("div", "bar",
		p.ownBar(),
		p.searchBox(),
		button().ID("menu").Class("icon").Attr("aria-label", string(msgs.Menu)).Attr("aria-expanded", p.menuOpen).
			OnClick(p.onMenu).Body(app.Raw(menuIcon)),
		box("div", "menu", p.filters(), p.orderChoice(), take, p.hostButton(), leave).OnClick(p.onMenuClick).On("keydown", p.onMenuKey),
		button().ID("invite").Class("primary").OnClick(p.onInvite).Body(app.Raw(inviteIcon), label("span", "", string(msgs.Invite))),
	)
	return box("div", "tools", bar, p.announcementBox(), app.If(len(p.knocks) > 0 && p.conn.connected() && p.isHost(), p.knocksBar))
}

const (
	menuIcon   = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h.01M12 12h.01M19 12h.01"></path></svg>`
	inviteIcon = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 20c0-4 2-6 5.5-6s5.5 2 5.5 6"></path><path d="M9.5 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM19 8v6M16 11h6"></path></svg>`
	takeIcon   = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11M8 11l4 4 4-4M5 19h14"></path></svg>`
	editIcon   = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 19h3L18.5 8.500l-3-3L5 16Z"></path></svg>`
)

// ownBar returns the user's own name and status, which is the button that changes them.
// It is there before the user has joined, but invisible, so that nothing moves.
func (p *Page) ownBar() app.UI {
	own := button().ID("rename").Class("me").Attr("aria-haspopup", "dialog").OnClick(p.onEdit)
	me, here := p.roster.Get(p.you)
	if !p.conn.joined || !here {
		return own.Attr("disabled", true).Attr("aria-label", string(msgs.Edit))
	}
	status := statusName(me.Status)
	if p.noteWaits && !p.conn.connected() {
		status += " · " + string(msgs.NotSent)
	}
	return own.Attr("data-status", string(me.Status)).Body(
		face(me.ID, p.name),
		box("span", "who", label("bdi", "", p.name), label("small", "", status)).Attr("aria-hidden", true),
		label("span", "sr", msgs.YouAre.With("name", i18n.Isolate(p.name))+", "+status+". "+string(msgs.Edit)),
		app.Raw(editIcon),
	)
}

// searchBox returns the search field of a large room. It stays when the room shrinks.
func (p *Page) searchBox() app.UI {
	p.searchable = p.searchable || p.total >= searchFrom
	box := app.Elem("div").Class("find")
	if !p.searchable {
		return box
	}
	field := app.Elem("input").ID("search").Attr("type", "search").Attr("aria-label", string(msgs.Search)).Attr("placeholder", string(msgs.Search)).
		Attr("autocomplete", "off").Attr("enterkeyhint", "search").Spellcheck(false).Dir("auto").
		OnInput(p.onSearch)
	if p.query == "" {
		return box.Body(field)
	}
	n := msgs.Count(msgs.Found, p.memberList.len()) // screen readers are told by searchResult
	return box.Body(field, label("span", "found", n).Attr("aria-hidden", true))
}

// filters returns how many members have each status, as buttons that list only these. It
// is empty while all have the same status, or the page does not know all members.
func (p *Page) filters() app.UI {
	box := app.Elem("div").Class("filters").Role("group").Attr("aria-label", string(msgs.Status)).OnClick(p.onFilter)
	chips := []app.UI{}
	for _, status := range statuses {
		n, on := p.memberList.tally(status), p.only == status
		if n > 0 || on {
			chips = append(chips, button().Attr("data-status", string(status)).Attr("aria-pressed", on).
				Text(msgs.Tally.With("n", msgs.Number(n), "status", statusName(status))))
		}
	}
	if !p.conn.joined || p.total != p.roster.Len() || len(chips) < 2 {
		return box.Attr("hidden", true)
	}
	return box.Body(chips...)
}

func (p *Page) onFilter(_ app.Context, e app.Event) {
	chip := e.Get("target").Call("closest", "[aria-pressed]")
	if !chip.Truthy() {
		return
	}
	status := shared.Status(chip.Get("dataset").Get("status").String())
	if status == p.only {
		status = ""
	}
	p.setOnly(status)
	p.saveFilter()
	p.scrollToTop()
	p.announcer.announce(p.searchResult())
}

func (p *Page) orderChoice() app.UI {
	option := func(o order, text i18n.Text) app.UI {
		return label("option", "", string(text)).Attr("value", string(o))
	}
	return app.Elem("select").ID("sort").Attr("aria-label", string(msgs.Sort)).OnChange(p.onSort).Body(
		option(orderArrival, msgs.ByArrival), option(orderName, msgs.ByName), option(orderStatus, msgs.ByStatus),
	)
}

func (p *Page) onMenu(app.Context, app.Event) { p.menuOpen = !p.menuOpen }

// onMenuClick closes the menu after a click beside its controls.
func (p *Page) onMenuClick(_ app.Context, e app.Event) {
	if e.Get("target").Call("matches", ".menu").Bool() {
		p.menuOpen = false
	}
}

func (p *Page) onMenuKey(ctx app.Context, e app.Event) {
	if e.Get("key").String() != "Escape" || !p.menuOpen {
		ctx.PreventUpdate()
		return
	}
	p.menuOpen = false
	byID("menu").Call("focus")
}

func (p *Page) onSort(app.Context, app.Event) {
	p.setOrder(order(byID("sort").Get("value").String()))
	p.saveFilter()
	p.scrollToTop()
}

// searchAnnounceDelay is how long typing must have stopped before the number of matches
// is announced.
const searchAnnounceDelay = time.Second

func (p *Page) onSearch(app.Context, app.Event) {
	p.setQuery(byID("search").Get("value").String())
	p.saveFilter()
	p.scrollToTop()
	asked := p.query
	p.ctx.After(searchAnnounceDelay, func(app.Context) {
		if asked != "" && asked == p.query {
			p.announcer.announce(p.searchResult())
		}
	})
}

// searchResult returns the announcement of what was found.
func (p *Page) searchResult() string {
	if n := p.memberList.len(); n > 0 {
		return msgs.Count(msgs.Found, n)
	}
	return msgs.NoneFound.With("text", i18n.Isolate(p.query))
}
