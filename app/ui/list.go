package ui

import (
	"strconv"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// list returns the members by arrival, or the part of them that is on the screen, and
// the ghosts among them.
func (p *Page) list(now time.Time) app.UI {
	cards := make([]app.UI, 0, p.window.last-p.window.first)
	whole := p.window == window{last: p.memberList.len()}
	shown := p.memberList.rows(p.window.first, p.window.last)
	words := strings.Join(p.words, " ")
	for i, r := range shown {
		c := &card{User: r.user, Tag: p.memberList.tag(r.user), Gone: r.gone, Words: words}
		c.Day, c.New = dayOf(now), p.arrived.has(r.user.ID)
		c.Full = p.printing
		c.Own = p.conn.joined && c.Gone == "" && c.ID == p.you
		if !whole {
			c.Place, c.Of = p.window.first+i+1, p.memberList.len()
		}
		cards = append(cards, c)
	}
	ul := app.Elem("ul").ID("people").Role("list").Attr("aria-label", string(msgs.People)).OnClick(p.onListClick).Body(cards...)
	if class := p.listSize(); class != "" {
		ul = ul.Class(class)
	}
	if p.conn.stale(now) {
		ul = ul.Class("stale")
	}
	if p.cardOrder.moved(shown, now) {
		ul = ul.Attr("data-still", true)
		p.keepFocus()
	}
	return ul
}

// fewUpTo is the number of members up to which their cards are large.
const fewUpTo = 12

// listSize returns the style sheet's class for a list of this length: in a small room
// the cards are large, and in a large one they all have the same height.
func (p *Page) listSize() string {
	switch n := max(p.memberList.len(), p.total); {
	case n >= windowFrom:
		return "many"
	case max(p.roster.Len(), p.total) <= fewUpTo:
		return "few"
	}
	return ""
}

// belowList returns the line under the list.
func (p *Page) belowList(now time.Time) app.UI {
	text := ""
	switch here := p.roster.Len(); {
	case p.query != "" && p.memberList.len() == 0:
		text = p.searchResult()
	case p.total > here:
		text = msgs.Count(msgs.More, p.total-here)
	case p.total == 0 && !p.conn.stale(now) && p.dialog.kind != dialogJoin: // the form says so, too
		text = string(msgs.Nobody)
	case p.total == 1 && p.conn.connected() && !p.conn.stale(now):
		text = string(msgs.Alone)
	}
	return app.Elem("p").Class("more").Text(text)
}

// card is a member's card. Its fields are plain values, so that go-app skips a card that
// has not changed. It has no hooks and no handlers, since there may be many.
type card struct {
	app.Compo

	shared.User // for a ghost, as last seen

	Words string        // what to mark, as for marked
	Tag   string        // tells the member from others of the same name; "" if there are none
	Gone  shared.Reason // why the member left; "" if present
	Own   bool
	New   bool // arrived a moment ago
	Full  bool // shows the time of arrival in any case
	Day   int  // the current day: times of earlier days are shown with their date
	Place int  // position among Of, from 1; 0 if the whole list is in the document
	Of    int
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
	if c.New {
		li = li.Class("new")
	}
	if c.Place > 0 {
		li = li.Attr("aria-posinset", c.Place).Attr("aria-setsize", c.Of)
	}
	return li.Body(button().Class("card").Attr("aria-haspopup", "dialog").Body(
		face(c.ID, c.Name), box("span", "name", marked(c.Name, c.Words)...).Dir("auto"), box("span", "side", c.side()...), c.line(),
	))
}

// side returns the end of the name's line.
func (c *card) side() (parts []app.UI) {
	if c.Own {
		parts = append(parts, label("b", "", string(msgs.You)))
	}
	if c.Tag != "" {
		parts = append(parts, label("i", "", c.Tag))
	}
	if c.Gone != "" {
		parts = append(parts, app.Text(string(msgs.Gone)))
	}
	if c.Full {
		parts = append(parts, hereSince(c.JoinedAt)...)
	}
	return parts
}

// line returns the line under the name.
func (c *card) line() app.UI {
	status := statusWord(c.Status)
	switch {
	case c.Gone != "":
		return label("span", "line", string(msgs.Reason[string(c.Gone)]))
	case c.Note != "" && status != "":
		return box("span", "line", append([]app.UI{label("span", "sr", status+": ")}, marked(c.Note, c.Words)...)...).Dir("auto")
	case c.Note != "":
		return box("span", "line", marked(c.Note, c.Words)...).Dir("auto")
	case status != "" || c.Full:
		return label("span", "line", statusName(c.Status))
	}
	return box("span", "line", hereSince(c.JoinedAt)...)
}

// hereSince returns the time of a member's arrival, in a sentence.
func hereSince(joinedAt int64) []app.UI {
	t := time.UnixMilli(joinedAt)
	clock := app.Elem("time").Attr("datetime", t.UTC().Format(time.RFC3339)).Text(timeOfDay(t))
	return []app.UI{app.Text(msgs.Since.Before()), clock, app.Text(msgs.Since.After())}
}

// hues are the classes of the style sheet that colour a face.
var hues = func() (names [shared.Hues]string) {
	for i := range names {
		names[i] = "h" + strconv.Itoa(i)
	}
	return names
}()
