package ui

import (
	"cmp"
	"errors"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// What the dialog asks for.
type question int

const (
	askNothing question = iota
	askJoin             // the name to join with
	askEdit             // what the own card says
)

// dialog is the state of the one dialog there is. What is typed stays in the
// field, which is the browser's: it is read when the person sends it.
type dialog struct {
	asks    question
	draft   draft  // what the field holds when the dialog opens
	problem string // with what was sent; beside the field
	why     string // the person is asked again
	shown   bool   // it has been opened since it asks

	// Of askEdit alone.
	note        string        // what the field holds when the dialog opens
	noteProblem string        // with the note that was sent
	status      shared.Status // the one that the person has chosen; "" for what the page sees
}

// ask opens the dialog, or changes its question.
func (p *Page) ask(d dialog) {
	p.dialog = d
	p.ctx.Defer(func(app.Context) {
		p.dialog.sync()
		p.place()
	})
}

// sync opens or closes the element. It is the browser's own methods that do,
// for only they keep the focus inside and the page behind inert; go-app does
// not know of the attribute that they set.
func (d *dialog) sync() {
	element, field := byID("name-dialog"), byID("name-field")
	if !element.Truthy() {
		return
	}
	open := element.Get("open").Bool()
	if d.asks == askNothing {
		if open {
			element.Call("close")
			unplace(element)
		}
		return
	}
	d.shown = true
	if !open {
		element.Call("showModal")
		field.Set("value", d.draft.text)
		if d.asks == askEdit {
			byID("note-field").Set("value", d.note)
			byID("status-field").Set("value", cmp.Or(string(d.status), automatic))
		}
	}
	if !open || d.problem != "" {
		field.Call("focus")
		field.Call("setSelectionRange", d.draft.start, d.draft.end)
	}
}

// onName takes the name that the person sent.
func (p *Page) onName(_ app.Context, e app.Event) {
	e.PreventDefault() // or the form would close the dialog whatever the name is
	asked := p.dialog.asks
	name := strings.TrimSpace(byID("name-field").Get("value").String())
	p.dialog.problem = nameProblem(name)
	done := p.dialog.problem == "" && (asked == askJoin || p.onCard(name))
	if !done {
		if p.dialog.problem != "" {
			p.dialog.sync()
		}
		return
	}
	p.ask(dialog{})
	if asked == askJoin {
		p.seen = nil // who arrives is told who is here; only a reload goes on from its page
		p.join(name)
	}
}

// onType takes back what was said about the text that has changed now.
func (p *Page) onType(app.Context, app.Event) { p.dialog.problem, p.dialog.noteProblem = "", "" }

func (p *Page) onCancel(app.Context, app.Event) { p.ask(dialog{}) }

// onDialogCancel is asked before Escape closes the dialog.
func (p *Page) onDialogCancel(_ app.Context, e app.Event) {
	if p.dialog.asks == askJoin {
		e.PreventDefault()
	}
}

// onDialogClose is told some time after the dialog has closed, whoever did it. A
// browser lets nobody forbid the second Escape in a row, so the dialog opens again.
func (p *Page) onDialogClose(app.Context, app.Event) {
	if !p.dialog.shown || byID("name-dialog").Get("open").Bool() {
		return // closed with the question before
	}
	switch p.dialog.asks {
	case askEdit:
		p.dialog = dialog{}
		unplace(byID("name-dialog"))
	case askJoin:
		p.dialog.draft = readDraft()
		p.dialog.sync()
	}
}

// problemOf words an error of the client for the person; "" for none.
func problemOf(err error) string {
	if err == nil {
		return ""
	}
	var e shared.Error
	errors.As(err, &e)
	return trouble(e.Code)
}

func (p *Page) dialogBox() app.UI {
	return app.Elem("dialog").
		ID("name-dialog").
		Attr("aria-labelledby", "name-title").
		Attr("aria-describedby", "name-hint").
		Attr("closedby", p.closedBy()).
		On("cancel", p.onDialogCancel).
		On("close", p.onDialogClose).
		Body(app.Elem("form").
			ID("name-form").
			Attr("method", "dialog").
			Attr("novalidate", true).
			OnSubmit(p.onName).
			Body(
				app.Elem("h2").ID("name-title").Text(p.dialogTitle()),
				app.Elem("p").ID("name-hint").Text(p.dialogHint()),
				app.If(p.dialog.why != "", func() app.UI { return app.Elem("p").Class("why").Text(p.dialog.why) }),
				app.Elem("label").Attr("for", "name-field").Text(string(say.YourName)),
				p.nameField(),
				app.Elem("p").ID("name-error").Class("problem").Role("alert").Text(p.dialog.problem),
				app.IfSlice(p.dialog.asks == askEdit, p.cardFields),
				p.dialogButtons(),
			))
}

// closedBy says what the browser may close the dialog by.
func (p *Page) closedBy() string {
	if p.dialog.asks == askEdit {
		return "closerequest"
	}
	return "none"
}

func (p *Page) dialogTitle() string {
	if p.dialog.asks == askEdit {
		return string(say.EditTitle)
	}
	return p.room
}

func (p *Page) dialogHint() string {
	switch {
	case p.dialog.asks == askEdit:
		return say.EditHint.With("room", p.room)
	case p.total < 0:
		return ""
	case p.total == 0:
		return string(say.First)
	}
	return say.Count(say.PeopleHere, p.total)
}

func (p *Page) nameField() app.UI {
	field := app.Elem("input").
		ID("name-field").
		Attr("name", "name").
		Attr("type", "text").
		Attr("autocomplete", "nickname").
		Attr("autocapitalize", "words").
		Attr("enterkeyhint", "go").
		Spellcheck(false).
		Dir("auto").
		Attr("aria-describedby", "name-error").
		Attr("autofocus", true).
		OnInput(p.onType)
	if p.dialog.problem != "" {
		field = field.Attr("aria-invalid", true)
	}
	return field
}

func (p *Page) dialogButtons() app.UI {
	if p.dialog.asks == askEdit {
		return app.Elem("div").Class("actions").Body(
			app.Elem("button").Attr("type", "submit").Class("primary").Text(string(say.Save)),
			button().Text(string(say.Cancel)).OnClick(p.onCancel),
		)
	}
	return app.Elem("div").Class("actions").Body(
		app.Elem("button").Attr("type", "submit").Class("primary").Text(string(say.Join)),
	)
}
