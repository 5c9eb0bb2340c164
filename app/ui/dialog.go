package ui

import (
	"errors"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// dialogKind is what the dialog asks for.
type dialogKind int

const (
	dialogNone dialogKind = iota
	dialogJoin            // the name to join with, in the page
	dialogEdit            // name, note and status of the own card, in a dialog element
)

// dialog is what the page asks for. Text being typed stays in the browser's field and is
// read when the form is submitted.
type dialog struct {
	kind    dialogKind
	draft   draft  // content of the name field when the form appears
	problem string // error shown below the name field
	reason  string // why the user is asked again
	opened  bool   // the form has appeared and been filled

	editor // with dialogEdit
}

// setDialog asks for something else, or for nothing (dialog{}).
func (p *Page) setDialog(d dialog) {
	moves := (p.dialog.kind == dialogJoin) != (d.kind == dialogJoin) // the list, below the form for the name
	p.dialog = d
	p.ctx.Defer(func(app.Context) {
		p.dialog.syncElement()
		p.placeDialog()
		if moves {
			p.relayout()
		}
	})
}

// syncElement fills the form after it has appeared, and opens or closes the dialog
// element of the own card. It calls the browser's own methods, since only these keep the
// focus inside and make the page behind inert. go-app does not know of the attribute that
// they set.
func (d *dialog) syncElement() {
	element, field := byID("name-dialog"), byID("name-field")
	if !element.Truthy() {
		return
	}
	open := element.Get("open").Bool()
	if d.kind != dialogEdit && open {
		element.Call("close")
		unplaceDialog(element)
	}
	if d.kind == dialogNone || !field.Truthy() {
		return
	}
	fill := !d.opened && (d.kind == dialogJoin || !open)
	d.opened = true
	if fill && d.kind == dialogEdit {
		element.Call("showModal")
		d.editor.fill()
	}
	if fill {
		field.Set("value", d.draft.text)
	}
	if fill && d.draft.focus || d.problem != "" {
		field.Call("focus", map[string]any{"preventScroll": true})
		field.Call("setSelectionRange", d.draft.start, d.draft.end)
	}
}

// onNameSubmit handles the submitted form.
func (p *Page) onNameSubmit(_ app.Context, e app.Event) {
	e.PreventDefault() // otherwise the form would close the dialog whatever the name is
	p.submitName(byID("name-field").Get("value").String())
}

// submitName joins under a name, or saves the own card, unless what was typed is not
// valid.
func (p *Page) submitName(name string) {
	asked := p.dialog.kind
	name = strings.TrimSpace(name)
	p.dialog.problem = nameProblem(name)
	done := p.dialog.problem == "" && (asked == dialogJoin || p.saveCard(name))
	if !done {
		if p.dialog.problem != "" {
			p.dialog.syncElement()
		}
		return
	}
	if asked != dialogJoin {
		p.setDialog(dialog{})
		return
	}
	if p.canKnock() {
		p.startKnocking(name)
		return
	}
	if p.seen != nil && len(p.seen.Users) <= shared.ResumeAbove {
		p.seen = nil // a member who joins gets a snapshot; a reload resumes from the server's page
	}
	p.setDialog(dialog{})
	p.join(name)
	p.focusRoom()
}

// focusRoom focuses the room's heading if the form for the name is gone, and the focus with it.
func (p *Page) focusRoom() {
	p.ctx.Defer(func(app.Context) {
		if p.conn.joined {
			query("h1").Call("focus", map[string]any{"preventScroll": true})
		}
	})
}

// onNameInput clears the errors about text that has changed since.
func (p *Page) onNameInput(app.Context, app.Event) {
	p.dialog.problem = ""
	p.dialog.editor.clear()
}

func (p *Page) onCancel(app.Context, app.Event) { p.setDialog(dialog{}) }

// onDialogClose is called some time after the dialog has closed, for whatever reason.
func (p *Page) onDialogClose(app.Context, app.Event) {
	if p.dialog.kind != dialogEdit || !p.dialog.opened || byID("name-dialog").Get("open").Bool() {
		return // the event belongs to the previous question
	}
	p.dialog = dialog{}
	unplaceDialog(byID("name-dialog"))
}

// clientErrorText returns the message for an error of the client, or "" for nil.
func clientErrorText(err error) string {
	if err == nil {
		return ""
	}
	var e shared.Error
	errors.As(err, &e)
	return errorText(e.Code)
}

// dialogBox returns the dialog element, in which the own card is edited.
func (p *Page) dialogBox() app.UI {
	return app.Elem("dialog").
		ID("name-dialog").
		Attr("aria-labelledby", "name-title").
		Attr("closedby", "closerequest").
		On("close", p.onDialogClose).
		Body(app.If(p.dialog.kind == dialogEdit, p.cardForm))
}

// cardForm returns the form that edits the own card.
func (p *Page) cardForm() app.UI {
	return nameForm("card-form").OnSubmit(p.onNameSubmit).Body(
		app.Elem("h2").ID("name-title").Text(string(msgs.EditTitle)),
		app.Elem("p").ID("name-hint").Text(msgs.EditHint.With("room", i18n.Isolate(p.roomTitle()))),
		labelOf("name", string(msgs.YourName)),
		p.nameField(),
		p.nameError(),
		app.IfSlice(true, p.cardFields),
		app.Elem("div").Class("actions").Body(
			app.Elem("button").Attr("type", "submit").Class("primary").Text(string(msgs.Save)),
			button().Text(string(msgs.Cancel)).OnClick(p.onCancel),
		),
	)
}

func (p *Page) nameField() app.UI {
	field := textField("name", p.dialog.problem).
		Attr("autocomplete", "nickname").
		Attr("autocapitalize", "words").
		Attr("enterkeyhint", "go").
		Spellcheck(false).
		OnInput(p.onNameInput)
	if p.knock.name != "" {
		field = field.Attr("readonly", true)
	}
	if p.dialog.draft.text != "" {
		field = field.Attr("value", p.dialog.draft.text) // it appears with it: who types at once loses nothing
	}
	return field
}

func (p *Page) nameError() app.UI { return problemOf("name", p.dialog.problem) }
