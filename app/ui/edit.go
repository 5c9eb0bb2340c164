package ui

import (
	"cmp"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// automatic is the option for the status that the page determines by itself.
const automatic = "automatic"

// statusItem holds the status that the user has chosen in this tab.
const statusItem = "rollcall.status"

// editor is the part of the dialog that edits the own card, beside the name.
type editor struct {
	over        string        // selects the element that the dialog covers
	me          shared.User   // the card when the dialog opens
	noteProblem string        // error shown below the note field
	status      shared.Status // the status chosen by hand; "" for the automatic one
}

// fill fills the fields of a dialog that has just been opened.
func (e *editor) fill() {
	end := endAsIs
	if e.me.NoteUntil == 0 {
		end = endNever
	}
	e.show(e.me.Note, e.status, end)
}

// show fills the fields.
func (e *editor) show(note string, status shared.Status, end string) {
	byID("note-field").Set("value", note)
	byID("status-field").Set("value", cmp.Or(string(status), automatic))
	byID("until-field").Set("value", end)
}

// clear clears the errors below the fields.
func (e *editor) clear() { e.noteProblem = "" }

// onEdit opens the editor of the own card.
func (p *Page) onEdit(app.Context, app.Event) { p.openEditor("#rename", "") }

// openEditor opens the dialog over the element that selector names, which is where the
// user is; problem is the error to show, or "".
func (p *Page) openEditor(selector, problem string) {
	me, here := p.roster.Get(p.you)
	if !here || !p.conn.joined {
		return
	}
	p.setDialog(dialog{kind: dialogEdit, draft: draft{text: p.name, end: 2 * shared.MaxNameRunes, focus: true}, problem: problem, editor: editor{over: selector, me: me, status: p.chosenStatus}})
}

// saveCard sends the edited card and reports whether the dialog may close.
func (p *Page) saveCard(name string) (done bool) {
	note := textIn("note")
	if p.dialog.noteProblem = noteProblem(note); p.dialog.noteProblem != "" {
		byID("note-field").Call("focus")
		return false
	}
	if p.dialog.problem = clientErrorText(p.client.Rename(p.ctx, name)); p.dialog.problem != "" {
		return false
	}
	end := noteEnd(byID("until-field").Get("value").String(), endOf(p.dialog.me), time.Now())
	if note == "" {
		end = time.Time{}
	}
	if p.dialog.noteProblem = clientErrorText(p.client.SetNoteUntil(p.ctx, note, end)); p.dialog.noteProblem != "" {
		return false
	}
	if me, _ := p.roster.Get(p.you); note != me.Note {
		p.savePendingNote(note, end)
	}
	p.chosenStatus = ""
	if chosen := byID("status-field").Get("value").String(); chosen != automatic {
		p.chosenStatus = shared.Status(chosen)
	}
	tab.set(statusItem, string(p.chosenStatus))
	p.updateStatus()
	p.name = name
	local.set(nameItem, name)
	return true
}

// cardFields returns the dialog's fields beside the name.
func (p *Page) cardFields() []app.UI {
	note := textField("note", p.dialog.noteProblem).Attr("placeholder", string(msgs.NoteHint)).OnInput(p.onNameInput)
	option := func(value string, text i18n.Text) app.UI {
		return label("option", "", string(text)).Attr("value", value)
	}
	return []app.UI{
		labelOf("note", string(msgs.Note)),
		note,
		problemOf("note", p.dialog.noteProblem),
		p.presetChoice(),
		labelOf("until", string(msgs.Ends)),
		p.endChoice(),
		labelOf("status", string(msgs.Status)),
		box("select", "",
			option(automatic, msgs.Automatic),
			option(string(shared.StatusActive), msgs.Active),
			option(string(shared.StatusIdle), msgs.Idle),
			option(string(shared.StatusAway), msgs.Away),
		).ID("status-field").Attr("name", "status"),
	}
}

// canEdit reports whether an error of the server is about what the editor can change.
func canEdit(code shared.Code) bool {
	return code == shared.CodeBadName || code == shared.CodeBadNote
}

// placeDialog moves the open editor over the element that it was opened from, as far as
// that is on the screen.
func (p *Page) placeDialog() {
	if p.dialog.kind != dialogEdit {
		return
	}
	element, card := byID("name-dialog"), query(p.dialog.over)
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

// unplaceDialog returns the dialog's position to the style sheet.
func unplaceDialog(dialog app.Value) { dialog.Call("removeAttribute", "style") }
