package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// draft is the text of a field and its selection, in UTF-16 code units as browsers
// count.
type draft struct {
	text       string
	start, end int
	focus      bool // the field has the focus
}

// draftOf returns a draft whose text is selected, so that typing replaces it.
func draftOf(text string) draft { return draft{text, 0, 2 * shared.MaxNameRunes, hasMouse()} }

// readDraft returns the content of the document's name field.
func readDraft() draft {
	field := byID("name-field")
	if !field.Truthy() {
		return draft{}
	}
	return draft{
		text:  field.Get("value").String(),
		start: field.Get("selectionStart").Int(),
		end:   field.Get("selectionEnd").Int(),
		focus: field.Equal(document().Get("activeElement")),
	}
}

// embeddedRoster is rosterIn for the current document.
func embeddedRoster() (s *shared.ExistingUsers, count int) { return rosterIn(document()) }

// parsePage is rosterIn for the HTML of a page.
func parsePage(text string) (s *shared.ExistingUsers, count int) {
	return rosterIn(app.Window().Get("DOMParser").New().Call("parseFromString", text, "text/html"))
}

// rosterIn returns the roster that the server embedded into a page, and the number of
// members. Of a large room the roster is only the beginning (More). It is nil if the
// page has none.
func rosterIn(page app.Value) (s *shared.ExistingUsers, count int) {
	island := page.Call("getElementById", "roster")
	if !island.Truthy() {
		return nil, 0
	}
	seen, err := shared.ReadExistingUsers([]byte(island.Get("textContent").String()))
	if err != nil {
		return nil, 0
	}
	tally := page.Call("getElementById", "count")
	if !tally.Truthy() {
		return nil, 0
	}
	if count, err = strconv.Atoi(tally.Get("textContent").String()); err != nil {
		return nil, 0
	}
	return &seen, count
}
