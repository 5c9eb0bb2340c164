package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// draft is a field's text and the part of it that is selected, in UTF-16 code
// units as the browser counts.
type draft struct {
	text       string
	start, end int
}

// draftOf selects all of a text, so that typing replaces it.
func draftOf(text string) draft { return draft{text, 0, 2 * shared.MaxNameRunes} }

// readDraft is what stands in the name field of the document.
func readDraft() draft {
	field := byID("name-field")
	if !field.Truthy() {
		return draft{}
	}
	return draft{
		text:  field.Get("value").String(),
		start: field.Get("selectionStart").Int(),
		end:   field.Get("selectionEnd").Int(),
	}
}

// readIsland is islandIn the page itself.
func readIsland() (s *shared.ExistingUsers, count int) { return islandIn(document()) }

// islandIn is the roster that the server put into a page, or its beginning
// (More), and the number of all who are here. It is nil if there is none.
func islandIn(page app.Value) (s *shared.ExistingUsers, count int) {
	island := page.Call("getElementById", "roster")
	if !island.Truthy() {
		return nil, 0
	}
	seen, err := shared.ReadExistingUsers([]byte(island.Get("textContent").String()))
	if err != nil {
		return nil, 0
	}
	count, err = strconv.Atoi(page.Call("getElementById", "count").Get("textContent").String())
	if err != nil {
		return nil, 0
	}
	return &seen, count
}
