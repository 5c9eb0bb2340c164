package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

const dismissIcon = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"></path></svg>`

// announcementBox returns what was announced to the room last, until the user dismisses it.
// What comes into its live region is read out by screen readers, once.
func (p *Page) announcementBox() app.UI {
	a := p.announced
	line := app.Elem("div").ID("announcement")
	if a.Text == "" {
		return line.Body(app.Elem("div").Role("status"))
	}
	return line.Body(
		app.Elem("div").Role("status").Body(
			said("p", "", a.Text),
			app.If(a.By != "", func() app.UI { return label("small", "", msgs.ByWhom.With("name", i18n.Isolate(a.By))) }),
		),
		button().ID("dismiss").Class("icon").Attr("aria-label", string(msgs.Dismiss)).Title(string(msgs.Dismiss)).
			OnClick(p.onDismiss).Body(app.Raw(dismissIcon)),
	)
}

// announce shows an announcement in the place of the one before.
func (p *Page) announce(a shared.Announcement) {
	if a.Text == p.announced.Text {
		a.Text += "\u00a0" // screen readers ignore a region whose text stays the same
	}
	p.keepList()
	p.announced = a
}

func (p *Page) onDismiss(app.Context, app.Event) {
	p.keepList()
	p.announced = shared.Announcement{}
	query("h1").Call("focus", map[string]any{"preventScroll": true}) // the button that had the focus goes
}

// keepList keeps the list where it is on the screen while the announcement above it comes,
// changes or goes: the page scrolls by as much, for which the style sheet makes it longer
// where necessary. Whoever is asked for a name reads the form, which is above all that.
func (p *Page) keepList() {
	if p.dialog.kind == dialogJoin && listTop() >= 0 {
		return
	}
	top := listTop()
	p.ctx.Defer(func(app.Context) {
		document().Get("documentElement").Get("style").Call("setProperty", "--announced", pixels(announcementHeight()))
		app.Window().Call("scrollBy", 0, listTop()-top)
	})
}

// announcementHeight returns the height of what comes and goes above the list.
func announcementHeight() (sum float64) {
	for _, e := range []string{"announcement", "knocks"} {
		if e := byID(e); e.Truthy() {
			sum += e.Get("offsetHeight").Float()
		}
	}
	return sum
}
