package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// All elements of the page are app.Elem: go-app's own types for each kind of element
// have a copy each of all that the library does with them. A browser compiles a
// function when it first runs, and those of twenty kinds were a fifth of all that the
// program ran until the page could be used.
//
// Their attributes are set by Attr, with a string, a number or a truth: go-app's Aria
// and DataSet have package fmt word what they are given, for each card.

// button is a button that does nothing to the form it is in.
func button() app.HTMLElem { return app.Elem("button").Attr("type", "button") }
