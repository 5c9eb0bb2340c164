//go:build !js

package e2e

import (
	"errors"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
)

// holdProgram keeps the program from loading, as a slow network does, until
// the returned function is called.
func (tb *tab) holdProgram() (release func()) {
	tb.t.Helper()
	call(tb, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*.wasm*"}}})
	return func() {
		tb.t.Helper()
		tb.until("the program is asked for", func() error {
			for _, id := range tb.takeHeld() {
				call(tb, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
				return nil
			}
			return errors.New("it is not")
		})
		call(tb, fetch.Disable, cdp.Empty{})
	}
}

// What is typed before the program runs is what the dialog has when it does,
// with the focus and the caret where they were.
func TestTypedBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "lobby", "Early bird")
	tb := sit(t, s, 0, "hasty")
	release := tb.holdProgram()
	tb.goTo("/")
	people, err := tb.people()
	if err != nil || len(people) != 1 || people[0].Name != "Early bird" {
		t.Errorf("without the program the page shows %v\n%s", err, listing(people))
	}
	tb.click("#name-dialog input[name=name]")
	tb.press("Haste")
	eval[any](tb, `() => document.activeElement.setSelectionRange(2, 4)`)
	if disabled := eval[bool](tb, `() => document.querySelector("#name-dialog [type=submit]").disabled`); !disabled {
		t.Error("the name can be sent to nobody")
	}

	release()
	if name := tb.asked(); name != "Haste" {
		t.Errorf("of %q the running program has %q", "Haste", name)
	}
	caret := eval[[]int](tb, `() => { const f = document.activeElement; return f.name === "name" ? [f.selectionStart, f.selectionEnd] : [] }`)
	if len(caret) != 2 || caret[0] != 2 || caret[1] != 4 {
		t.Errorf("the selection in the field is %v, want [2 4]", caret)
	}
	tb.press("pp\r") // typing goes on, and ends with Enter
	tb.present()
	tb.sees("Early bird", "Happe")
}
