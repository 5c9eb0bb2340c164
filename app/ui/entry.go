package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// shownFaces is how many faces the form shows that asks for a name.
const shownFaces = 3

// entry returns the form that asks for a name. It stands in the page above the list, and
// says what this is, who is here and how to go on.
func (p *Page) entry(now time.Time) app.UI {
	return nameForm("name-form").Attr("aria-label", string(msgs.Join)).OnSubmit(p.onNameSubmit).Body(
		app.Elem("div").Class("here").Body(
			app.Elem("p").Text(string(msgs.Description)),
			app.Elem("div").Body(
				p.faces(),
				app.Elem("p").ID("name-hint").Text(p.whoIsHere(now)),
			),
		),
		app.Elem("div").Class("ask").Body(
			app.If(p.attendance != "", func() app.UI { return app.Elem("p").ID("attendance").Text(p.attendance) }),
			p.problemBox(now, true),
			app.If(p.dialog.reason != "", p.why),
			labelOf("name", string(msgs.YourName)),
			app.Elem("div").Class("actions").Body(
				p.nameField(),
				p.joinButton(now),
			),
			p.nameError(),
			app.Elem("a").Attr("href", base()+"open").Text(string(msgs.OtherRoom)).OnClick(p.onOtherRoom),
		),
	)
}

// why returns why the user is asked for the name again, and after leaving the button that
// undoes it. Its place stays when the button goes, so that nothing moves.
func (p *Page) why() app.UI {
	return box("div", "why", label("p", "", p.dialog.reason), app.If(p.undo != nil, func() app.UI {
		return button().ID("undo").Text(string(msgs.Undo)).OnClick(p.onUndo)
	}))
}

// nameForm returns a form that never leaves the page.
func nameForm(id string) app.HTMLElem {
	return app.Elem("form").ID(id).Attr("method", "dialog").Attr("novalidate", true)
}

// faces returns the faces of the first few members.
func (p *Page) faces() app.UI {
	faces := make([]app.UI, min(shownFaces, p.roster.Len()))
	for i := range faces {
		u := p.roster.At(i)
		faces[i] = app.Elem("span").Class("face", hues[shared.Hue(u.ID)]).Text(shared.Initials(u.Name))
	}
	return app.Elem("div").Class("faces").Attr("aria-hidden", true).Body(faces...)
}

// whoIsHere names the first members, and says of when that is if it is not of now.
func (p *Page) whoIsHere(now time.Time) string {
	if p.total < 0 {
		return ""
	}
	names := make([]string, min(2, p.roster.Len()))
	for i := range names {
		names[i] = p.roster.At(i).Name
	}
	here := msgs.WhoIsHere(names, p.total)
	if p.conn.stale(now) {
		here += " (" + p.tallyText(now) + ")"
	}
	return here
}

// onOtherRoom opens the choice of a room. Before the program runs, the link leads to the
// server's.
func (p *Page) onOtherRoom(_ app.Context, e app.Event) {
	e.PreventDefault()
	e.Call("stopPropagation") // go-app follows links by itself
	p.open(panelRooms)
}

// submittedEarly reports whether the form was submitted before the program ran, which
// start.js notes.
func submittedEarly() bool {
	form := byID("name-form")
	return form.Truthy() && form.Call("hasAttribute", "data-early").Bool()
}

// endEarlyJoin closes the connection, if there is one, on which start.js has joined before the
// program ran: the program's own has taken over, or the person is not to be in the room.
func endEarlyJoin() {
	if early := app.Window().Get("rollcallEarly"); early.Truthy() {
		early.Call("close")
		app.Window().Set("rollcallEarly", nil)
	}
}

// hasMouse reports whether focusing a field brings up no virtual keyboard, which would
// cover what is read.
func hasMouse() bool {
	return app.Window().Call("matchMedia", "(pointer: fine)").Get("matches").Truthy()
}
