package ui

import (
	"cmp"
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// header returns the room's title or name, its topic, the number of members, for a host who
// is missing, and the state of the connection.
func (p *Page) header(now time.Time) app.UI {
	info := p.roster.Info()
	return app.Elem("header").Body(
		app.Elem("div").Class("brand").Body(
			button().ID("rooms").Attr("aria-label", "Rollcall: "+string(msgs.Rooms)).Attr("aria-haspopup", "dialog").
				OnClick(p.onRooms).
				Body(app.Elem("b").Text("Rollcall")),
			p.notifyButton(),
			p.connectionPill(now),
			app.If(!p.notifyNewsUntil.IsZero(), p.notifyNews),
		),
		app.Elem("h1").Dir("auto").Attr("tabindex", -1).Text(p.roomTitle()),
		app.If(info.Topic != "" || info.Locked, func() app.UI { return topicLine(info) }),
		app.Elem("p").Class("tally").Body(
			app.Elem("strong").ID("count").Body(digits(p.total)...),
			app.Elem("span").Text(p.tallyText(now)),
			p.onlookers(),
		),
		app.If(p.missing.Page+p.missing.Text != "" && p.hosts(), p.missingLine),
	)
}

// roomTitle returns what the room is called: its title, or else its name.
func (p *Page) roomTitle() string { return cmp.Or(p.roster.Info().Title, p.room) }

// topicLine returns whether the room is locked, and its topic.
func topicLine(info shared.RoomInfo) app.UI {
	var parts []app.UI
	if info.Locked {
		parts = append(parts, app.Elem("strong").ID("locked").Text(string(msgs.Locked)), app.Text(" "))
	}
	if info.Topic != "" {
		parts = append(parts, app.Elem("span").Dir("auto").Text(info.Topic))
	}
	return app.Elem("p").Class("topic").Body(parts...)
}

// onlookers returns the number of those who watch the room, which is hidden while nobody
// does.
func (p *Page) onlookers() app.UI {
	say := msgs.Form(msgs.Watching, p.watchers.Count)
	box := app.Elem("span").Body(
		app.Text(say.Before()),
		app.Elem("span").ID("watchers").Text(strconv.Itoa(p.watchers.Count)),
		app.Text(say.After()),
	)
	if p.watchers.Count == 0 {
		return box.Attr("hidden", true)
	}
	return box
}

func (p *Page) tallyText(now time.Time) string {
	switch {
	case p.total < 0:
		return ""
	case p.conn.stale(now):
		return msgs.AsOf.With("time", timeOfDay(p.conn.heardAt))
	case len(p.arrived) > 0:
		return arrivedText(p.arrived.names())
	}
	return string(msgs.HereNow)
}

// digits returns a number in groups, for which the style sheet draws the separators: the
// text of the element stays the bare number. A negative number is not known yet.
func digits(n int) []app.UI {
	if n < 0 {
		return nil
	}
	groups := msgs.Groups(n)
	if len(groups) == 1 {
		return []app.UI{app.Text(groups[0])}
	}
	spans := make([]app.UI, len(groups))
	for i, g := range groups {
		spans[i] = app.Elem("span").Text(g)
	}
	return spans
}

// connectionPill returns the state of the connection. The seconds are outside of the
// live region, or screen readers would read the countdown.
func (p *Page) connectionPill(now time.Time) app.UI {
	conn := p.conn
	conn.offline = conn.offline || !conn.joined && p.unreachable(now) // whatever the browser reports
	state, wait := conn.displayState(), conn.secondsToRetry(now)
	return app.Elem("div").Class("pill").ID("connection").Attr("data-state", state).Body(
		app.Elem("span").Role("status").Text(conn.label()),
		app.If(wait > 0, func() app.UI {
			return app.Elem("span").Attr("aria-hidden", true).Text(msgs.RetryIn.With("n", msgs.Number(wait)))
		}),
		app.If(state == stateReconnecting, func() app.UI {
			return button().ID("retry").Text(string(msgs.TryNow)).OnClick(p.onRetry)
		}),
	)
}

func (p *Page) onRetry(app.Context, app.Event) { p.retryNow() }
