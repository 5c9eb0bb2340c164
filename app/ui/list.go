package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// list is the sheet: everybody here by arrival, or the part of them that is on
// the screen, and whoever left a moment ago.
func (p *Page) list(now time.Time) app.UI {
	cards := make([]app.UI, 0, p.window.last-p.window.first)
	whole := p.window == window{last: p.sheet.len()}
	shown := p.sheet.rows(p.window.first, p.window.last)
	for i, r := range shown {
		c := newCard(r)
		c.Own = p.link.joined && c.Gone == "" && c.ID == p.you
		if !whole {
			c.Place, c.Of = p.window.first+i+1, p.sheet.len()
		}
		cards = append(cards, c)
	}
	ul := app.Elem("ul").ID("people").Role("list").Attr("aria-label", string(say.People)).OnClick(p.onSheet).Body(cards...)
	if p.link.stale(now) {
		ul = ul.Class("stale")
	}
	if p.places.moved(shown, now) {
		ul = ul.Attr("data-still", true)
	}
	return ul
}

// more is what stands under the list.
func (p *Page) more(now time.Time) app.UI {
	text := ""
	switch here := p.roster.Len(); {
	case p.query != "" && p.sheet.len() == 0:
		text = p.findings()
	case p.total > here:
		text = say.Count(say.More, p.total-here)
	case p.total == 0:
		text = string(say.Nobody)
	case p.total == 1 && p.link.joined && !p.link.stale(now):
		text = string(say.Alone)
	}
	return app.Elem("p").Class("more").Text(text)
}

// card is one person on the sheet. Its fields are plain values, so that go-app
// leaves alone the elements of a card that says what it said before. It has no
// hook and no handler: there may be many.
type card struct {
	app.Compo

	ID       string // the member's, also of a ghost
	Name     string
	Hue      int
	Status   shared.Status
	Note     string
	JoinedAt int64         // as in shared.User
	Gone     shared.Reason // "" for one who is here
	Own      bool
	Place    int // among Of, from 1; 0 if all of the list is in the document
	Of       int
}

func newCard(r row) *card {
	return &card{
		ID:       r.user.ID,
		Name:     r.user.Name,
		Hue:      shared.Hue(r.user.ID),
		Status:   r.user.Status,
		Note:     r.user.Note,
		JoinedAt: r.user.JoinedAt,
		Gone:     r.gone,
	}
}

func (c *card) Render() app.UI {
	li := app.Elem("li")
	if c.Gone == "" {
		li = li.Attr("data-member", c.ID).Attr("data-status", string(c.Status))
	} else {
		li = li.Class("gone").Attr("data-ghost", c.ID)
	}
	if c.Own {
		li = li.Attr("aria-current", true)
	}
	if c.Place > 0 {
		li = li.Attr("aria-posinset", c.Place).Attr("aria-setsize", c.Of)
	}
	return li.Body(
		app.Elem("span").Class("face", hues[c.Hue]).Attr("aria-hidden", true).Text(shared.Initials(c.Name)),
		app.Elem("span").Class("name").Dir("auto").Text(c.Name),
		app.Elem("span").Class("side").Body(c.side()...),
		c.line(),
	)
}

// side is the word at the end of the name's line: since when, unless the line
// below says so.
func (c *card) side() []app.UI {
	switch {
	case c.Gone != "":
		return []app.UI{app.Text(string(say.Gone))}
	case c.Own:
		return []app.UI{app.Elem("b").Text(string(say.You))}
	case c.Note != "" || statusWord(c.Status) != "":
		return []app.UI{c.clock()}
	}
	return nil
}

// line is what stands under the name.
func (c *card) line() app.UI {
	line := app.Elem("span").Class("line")
	status := statusWord(c.Status)
	switch {
	case c.Gone != "":
		return line.Text(string(say.Reason[string(c.Gone)]))
	case c.Note != "" && status != "":
		return line.Dir("auto").Body(app.Elem("span").Class("sr").Text(status+": "), app.Text(c.Note))
	case c.Note != "":
		return line.Dir("auto").Text(c.Note)
	case status != "":
		return line.Text(status)
	}
	return line.Body(app.Text(say.Since.Before()), c.clock(), app.Text(say.Since.After()))
}

func (c *card) clock() app.UI {
	t := time.UnixMilli(c.JoinedAt)
	return app.Elem("time").Attr("datetime", t.UTC().Format(time.RFC3339)).Text(timeOfDay(t))
}

// hues are the classes of the style sheet that colour a face.
var hues = func() (names [shared.Hues]string) {
	for i := range names {
		names[i] = "h" + strconv.Itoa(i)
	}
	return names
}()
