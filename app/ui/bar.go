package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared/words"
)

// bar is what I can do in the room. The buttons are there before they work, so
// that nothing moves when they do.
func (p *Page) bar() app.UI {
	invite := button().ID("invite").Class("primary").Text(string(say.Invite)).OnClick(p.onInvite)
	edit := button().ID("rename").Text(string(say.Edit)).OnClick(p.onEdit)
	leave := button().ID("leave").Text(string(say.Leave)).OnClick(p.onLeave)
	if !p.link.joined {
		edit, leave = edit.Attr("disabled", true), leave.Attr("disabled", true)
	}
	return app.Elem("div").Class("bar").Body(
		p.finder(),
		p.orderChoice(),
		app.Elem("div").Class("deeds").Body(invite, edit, leave),
	)
}

// finder is the place at the bar's beginning: in a large room for looking for
// somebody, in a small one for who I am. What has once been a search stays one.
func (p *Page) finder() app.UI {
	p.searches = p.searches || p.total >= searchFrom
	if p.searches {
		return app.Elem("div").Class("find").Body(
			app.Elem("input").ID("search").Attr("type", "search").Attr("aria-label", string(say.Search)).Attr("placeholder", string(say.Search)).
				Attr("autocomplete", "off").Attr("enterkeyhint", "search").Spellcheck(false).Dir("auto").
				OnInput(p.onSearch),
		)
	}
	me := app.Elem("p").Class("me")
	if p.link.joined {
		me = me.Body(app.Text(say.YouAre.Before()), app.Elem("bdi").Text(p.name), app.Text(say.YouAre.After()))
	}
	return app.Elem("div").Class("find").Body(me)
}

func (p *Page) orderChoice() app.UI {
	return app.Elem("select").ID("sort").Attr("aria-label", string(say.Sort)).OnChange(p.onSort).Body(
		app.Elem("option").Attr("value", string(orderArrival)).Text(string(say.ByArrival)),
		app.Elem("option").Attr("value", string(orderName)).Text(string(say.ByName)),
	)
}

func (p *Page) onSort(app.Context, app.Event) {
	p.sortBy(order(byID("sort").Get("value").String()))
	p.toTop()
}

// searchSaid is how long the person must have stopped typing before the number
// of those found is said aloud.
const searchSaid = time.Second

func (p *Page) onSearch(app.Context, app.Event) {
	p.find(byID("search").Get("value").String())
	p.toTop()
	asked := p.query
	p.ctx.After(searchSaid, func(app.Context) {
		if asked != "" && asked == p.query {
			p.news.say(p.findings())
		}
	})
}

// findings is what came of the search.
func (p *Page) findings() string {
	if n := p.sheet.len(); n > 0 {
		return say.Count(say.Found, n)
	}
	return say.NoneFound.With("text", words.Isolate(p.query))
}
