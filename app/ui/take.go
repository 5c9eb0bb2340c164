package ui

import (
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// takeAlong returns the panel that copies or prints the list of everybody.
func (p *Page) takeAlong() []app.UI {
	news, place := "", "sr"
	switch {
	case p.copied:
		news = string(msgs.Copied)
	case p.copyRefused:
		news, place = string(msgs.CopyRefused), "taken"
	}
	return []app.UI{
		label("h2", "", string(msgs.TakeList)).ID("panel-title"),
		label("p", "", msgs.Count(msgs.PeopleHere, p.roster.Len())),
		box("div", "choices",
			button().ID("copy-text").Class("primary").Attr("autofocus", true).Text(string(msgs.CopyText)).OnClick(p.onCopyText),
			button().ID("copy-csv").Text(string(msgs.CopyCSV)).OnClick(p.onCopyCSV),
			button().ID("print").Text(string(msgs.Print)).OnClick(p.onPrint),
			button().Text(string(msgs.Close)).OnClick(p.onPanelCancel),
		),
		label("p", "", news).Role("status"),
		label("textarea", place, "").ID("taken").Attr("readonly", true).Attr("tabindex", -1).Attr("aria-label", string(msgs.TakeList)),
	}
}

func (p *Page) onTake(app.Context, app.Event) { p.open(panelTake) }

func (p *Page) onCopyText(app.Context, app.Event) { p.copyList(p.listText(time.Now())) }

func (p *Page) onCopyCSV(app.Context, app.Event) { p.copyList(p.listCSV()) }

// onPrint prints once this handler has returned, since the list is rendered before.
func (p *Page) onPrint(app.Context, app.Event) {
	app.Window().Call("setTimeout", app.Window().Get("print"), 0)
}

// copyList copies a text, or leaves it in a field where the browser refuses that.
func (p *Page) copyList(text string) {
	byID("taken").Set("value", text)
	p.copy(text, "taken")
}

// copy copies a text, which the field with the given id contains, and shows whether the
// browser has done so.
func (p *Page) copy(text, field string) {
	done := func(ok bool) {
		p.copied, p.copyRefused = ok, !ok
		if !ok {
			p.ctx.Defer(func(app.Context) { byID(field).Call("select") })
		}
	}
	clipboard := app.Window().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() { // without https browsers have only the old way
		byID(field).Call("select")
		done(document().Call("execCommand", "copy").Bool())
		return
	}
	settle(clipboard.Call("writeText", text),
		func(app.Value) { p.ctx.Dispatch(func(app.Context) { done(true) }) },
		func() { p.ctx.Dispatch(func(app.Context) { done(false) }) })
}

// everybody returns all members in the order of the list, whatever is searched.
func (p *Page) everybody() userList { return p.memberList.sorted() }

// listText returns everybody as text, one a line, under a line with the room and the time.
func (p *Page) listText(now time.Time) string {
	var b strings.Builder
	write := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
	}
	all := p.everybody()
	write(p.roomTitle(), " · ", msgs.Count(msgs.PeopleHere, all.Len()), " · ", dateAndTime(now), "\n\n")
	for i := range all.Len() {
		u := all.At(i)
		write(u.Name)
		if tag := p.memberList.tag(u); tag != "" {
			write(" (", tag, ")")
		}
		write(" · ", statusName(u.Status), " · ", msgs.Since.Before(), timeOfDay(time.UnixMilli(u.JoinedAt)), msgs.Since.After())
		if u.Note != "" {
			write(" · ", u.Note)
		}
		write("\n")
	}
	return b.String()
}

// listCSV returns everybody as CSV (RFC 4180), in UTC, with a first line of the names of
// the columns.
func (p *Page) listCSV() string {
	var b strings.Builder
	b.WriteString("name,status,joined_at,note\r\n")
	all := p.everybody()
	for i := range all.Len() {
		u := all.At(i)
		for j, cell := range []string{u.Name, string(u.Status), time.UnixMilli(u.JoinedAt).UTC().Format(time.RFC3339), u.Note} {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(csvCell(cell))
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// csvCell returns a quoted cell. A spreadsheet would calculate what begins like a formula,
// so such a text gets an apostrophe before it.
func csvCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		text = "'" + text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
