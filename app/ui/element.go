package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// All elements of the page are made with app.Elem. go-app's types for each kind of
// element have a copy each of the library's code for elements; a browser compiles a
// function when it first runs, and those of twenty kinds were a fifth of what the
// program ran until the page could be used.
//
// Attributes are set by Attr, with a string, a number or a bool. go-app's Aria and
// DataSet format their values with package fmt, which is slow for many cards.

// Each call of a method of an element takes some hundred bytes of the program, so the
// shapes that occur often have functions.

// box returns an element with its content, of a class unless that is "".
//
//go:noinline
func box(tag, class string, content ...app.UI) app.HTMLElem {
	e := app.Elem(tag)
	if class != "" {
		e = e.Class(class)
	}
	return e.Body(content...)
}

// label is box with a text of the page.
//
//go:noinline
func label(tag, class, text string) app.HTMLElem { return box(tag, class, app.Text(text)) }

// said is label with a text that a member wrote, in any direction.
//
//go:noinline
func said(tag, class, text string) app.HTMLElem { return label(tag, class, text).Dir("auto") }

// face returns the face of a member.
func face(id, name string) app.UI {
	return label("span", "face", shared.Initials(name)).Class(hues[shared.Hue(id)]).Attr("aria-hidden", true)
}

// noHint is the placeholder of a field that has none to see: the style sheet knows by it that
// the field is empty. go-app drops an attribute of spaces.
const noHint = "\u200b"

// textField returns a field for a line of text, of which problemOf says what is wrong with it.
//
//go:noinline
func textField(name, problem string) app.HTMLElem {
	field := app.Elem("input").ID(name+"-field").Attr("name", name).Attr("type", "text").Attr("placeholder", noHint).
		Attr("autocomplete", "off").Attr("enterkeyhint", "done").Dir("auto").Attr("aria-describedby", name+"-error")
	if problem != "" {
		field = field.Attr("aria-invalid", true)
	}
	return field
}

// problemOf says what is wrong with the text of a textField.
//
//go:noinline
func problemOf(name, problem string) app.UI {
	return label("p", "problem", problem).ID(name + "-error").Role("alert")
}

// labelOf says what a textField is for, or another field whose id ends with -field.
//
//go:noinline
func labelOf(name, text string) app.UI { return label("label", "", text).Attr("for", name+"-field") }

// textIn returns what is in a textField, without surrounding space.
func textIn(name string) string {
	return strings.TrimSpace(byID(name + "-field").Get("value").String())
}

// button returns a button that does not submit the form around it.
func button() app.HTMLElem { return app.Elem("button").Attr("type", "button") }
