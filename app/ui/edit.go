package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// automatic is the choice of the status that the page sees by itself.
const automatic = "automatic"

// statusItem is the status that the person has chosen for this tab.
const statusItem = "rollcall.status"

// onEdit opens the own card: the dialog lies where the card is, and asks for
// what it says.
func (p *Page) onEdit(app.Context, app.Event) { p.edit("") }

// onSheet opens the own card by a click on it. All cards have this one handler,
// for there may be many.
func (p *Page) onSheet(_ app.Context, e app.Event) {
	if e.Get("target").Call("closest", "[aria-current]").Truthy() {
		p.edit("")
	}
}

// edit opens the own card; problem is what was wrong with it, or "".
func (p *Page) edit(problem string) {
	me, here := p.roster.Get(p.you)
	if !here || !p.link.joined {
		return
	}
	p.reveal(p.index(me))
	p.ask(dialog{asks: askEdit, draft: draftOf(p.name), problem: problem, note: me.Note, status: p.fixed})
}

// onCard takes what the person made of the own card. It reports whether the
// dialog may close.
func (p *Page) onCard(name string) (done bool) {
	note := strings.TrimSpace(byID("note-field").Get("value").String())
	if p.dialog.noteProblem = noteProblem(note); p.dialog.noteProblem != "" {
		byID("note-field").Call("focus")
		return false
	}
	if p.dialog.problem = problemOf(p.client.Rename(p.ctx, name)); p.dialog.problem != "" {
		return false
	}
	if p.dialog.noteProblem = problemOf(p.client.SetNote(p.ctx, note)); p.dialog.noteProblem != "" {
		return false
	}
	if me, _ := p.roster.Get(p.you); note != me.Note {
		p.wishNote(note)
	}
	p.fixed = ""
	if chosen := byID("status-field").Get("value").String(); chosen != automatic {
		p.fixed = shared.Status(chosen)
	}
	tab.set(statusItem, string(p.fixed))
	p.watch()
	p.name = name
	local.set(nameItem, name)
	return true
}

// cardFields are what the dialog asks for beside the name.
func (p *Page) cardFields() []app.UI {
	note := app.Elem("input").ID("note-field").Attr("name", "note").Attr("type", "text").Attr("placeholder", string(say.NoteHint)).
		Attr("autocomplete", "off").Attr("enterkeyhint", "done").Dir("auto").
		Attr("aria-describedby", "note-error").OnInput(p.onType)
	if p.dialog.noteProblem != "" {
		note = note.Attr("aria-invalid", true)
	}
	return []app.UI{
		app.Elem("label").Attr("for", "note-field").Text(string(say.Note)),
		note,
		app.Elem("p").ID("note-error").Class("problem").Role("alert").Text(p.dialog.noteProblem),
		app.Elem("label").Attr("for", "status-field").Text(string(say.Status)),
		app.Elem("select").ID("status-field").Attr("name", "status").Body(
			app.Elem("option").Attr("value", automatic).Text(string(say.Automatic)),
			app.Elem("option").Attr("value", string(shared.StatusActive)).Text(string(say.Active)),
			app.Elem("option").Attr("value", string(shared.StatusIdle)).Text(string(say.Idle)),
			app.Elem("option").Attr("value", string(shared.StatusAway)).Text(string(say.Away)),
		),
	}
}

// place puts the open dialog over the own card, as far as it is on the screen;
// it moves with the card.
func (p *Page) place() {
	if p.dialog.asks != askEdit {
		return
	}
	element, card := byID("name-dialog"), one("#people > [aria-current]")
	if !card.Truthy() {
		return
	}
	at := card.Call("getBoundingClientRect")
	window := app.Window()
	width, height := window.Get("innerWidth").Float(), window.Get("innerHeight").Float()
	const edge, least = 16, 340 // CSS pixels
	wide := min(max(at.Get("width").Float(), least), width-2*edge)
	left := min(max(at.Get("left").Float(), edge), width-edge-wide)
	top := min(max(at.Get("top").Float(), edge), max(edge, height-edge-element.Get("offsetHeight").Float()))
	style := element.Get("style")
	style.Set("width", pixels(wide))
	style.Set("left", pixels(left))
	style.Set("top", pixels(top))
}

// unplace gives the dialog back to the style sheet.
func unplace(dialog app.Value) { dialog.Call("removeAttribute", "style") }
