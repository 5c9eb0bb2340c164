package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// header says where I am, how many are here, and whether I am live.
func (p *Page) header(now time.Time) app.UI {
	return app.Elem("header").Body(
		app.Elem("div").Class("brand").Body(
			button().ID("rooms").Attr("aria-label", "Rollcall: "+string(say.Rooms)).Attr("aria-haspopup", "dialog").
				OnClick(p.onRooms).
				Body(app.Elem("b").Text("Rollcall")),
			p.bell(),
			p.pill(now),
		),
		app.Elem("h1").Text(p.room),
		app.Elem("p").Class("tally").Body(
			app.Elem("strong").ID("count").Body(digits(p.total)...),
			app.Elem("span").Text(p.tallyText(now)),
		),
	)
}

func (p *Page) tallyText(now time.Time) string {
	switch {
	case p.total < 0:
		return ""
	case p.link.stale(now):
		return say.AsOf.With("time", timeOfDay(p.link.heard))
	}
	return string(say.HereNow)
}

// digits is a number in groups. The separators are the style sheet's, so that
// the text stays the bare number; a number below zero is one that is not known.
func digits(n int) []app.UI {
	if n < 0 {
		return nil
	}
	groups := say.Groups(n)
	if len(groups) == 1 {
		return []app.UI{app.Text(groups[0])}
	}
	spans := make([]app.UI, len(groups))
	for i, g := range groups {
		spans[i] = app.Elem("span").Text(g)
	}
	return spans
}

// pill is the state of the connection. The seconds are outside of the live
// region, or a screen reader would count them down.
func (p *Page) pill(now time.Time) app.UI {
	state, wait := p.link.shown(), p.link.wait(now)
	return app.Elem("div").Class("pill").ID("connection").Attr("data-state", state).Body(
		app.Elem("span").Role("status").Text(p.link.label()),
		app.If(wait > 0, func() app.UI {
			return app.Elem("span").Attr("aria-hidden", true).Text(say.RetryIn.With("n", say.Number(wait)))
		}),
		app.If(state == stateReconnecting, func() app.UI {
			return button().ID("retry").Text(string(say.TryNow)).OnClick(p.onRetry)
		}),
	)
}

func (p *Page) onRetry(app.Context, app.Event) { p.hurry() }
