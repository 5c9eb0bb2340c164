//go:build js

package ui

import (
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// For printing, all members of a large room are in the document at once, and only a part
// of them afterwards.
func TestAllOfALargeRoomIsPrinted(t *testing.T) {
	many := members(250)
	r := joinedPage(t, many...)
	part := func() bool { n := len(all("#people > li")); return n > 0 && n < 200 }
	r.eventually("a part is in the document", part)
	app.Window().Call("dispatchEvent", newEvent("beforeprint"))
	if n := len(all("#people > li")); n != 251 {
		t.Errorf("printed are %d of 251", n)
	}
	app.Window().Call("dispatchEvent", newEvent("afterprint"))
	r.eventually("a part again", part)
}
