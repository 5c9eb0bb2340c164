//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"

	"rollcall/shared"
	"rollcall/shared/client"
)

// pauseProgram keeps the program from loading, as a slow network does, until release is
// called.
func (tb *tab) pauseProgram() (release func()) {
	tb.t.Helper()
	tb.takePaused() // left over from an earlier pause
	call(tb, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*.wasm*"}}})
	return func() {
		tb.t.Helper()
		tb.until("the program is asked for", func() error {
			for _, id := range tb.takePaused() {
				call(tb, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
				return nil
			}
			return errors.New("it is not")
		})
		call(tb, fetch.Disable, cdp.Empty{})
	}
}

// Text that is typed before the program runs is still in the dialog afterwards, with
// focus and selection.
func TestTypedBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Early bird")
	tb := sit(t, s, 0, "hasty")
	release := tb.pauseProgram()
	tb.goTo("/")
	people, err := tb.people()
	if err != nil || len(people) != 1 || people[0].Name != "Early bird" {
		t.Errorf("without the program the page shows %v\n%s", err, listing(people))
	}
	tb.click("#name-field")
	tb.press("Haste")
	eval[any](tb, `() => document.activeElement.setSelectionRange(2, 4)`)
	if says := eval[string](tb, `() => document.querySelector("#name-form [type=submit]").textContent`); says != "Loading…" {
		t.Errorf("the button says %q", says)
	}

	release()
	if name := tb.asked(); name != "Haste" {
		t.Errorf("of %q the running program has %q", "Haste", name)
	}
	caret := eval[[]int](tb, `() => { const f = document.activeElement; return f.name === "name" ? [f.selectionStart, f.selectionEnd] : [] }`)
	if len(caret) != 2 || caret[0] != 2 || caret[1] != 4 {
		t.Errorf("the selection in the field is %v, want [2 4]", caret)
	}
	tb.press("pp\r") // typing continues, and ends with Enter
	tb.inRoom()
	tb.sees("Early bird", "Happe")
}

// Whoever submits a name while the program is on its way is in the room at once, and stays
// when the program takes over.
func TestJoinedBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	early := bot(t, s, "lobby", "Early bird")
	tb := sit(t, s, 0, "hasty")
	release := tb.pauseProgram()
	tb.goTo("/")
	tb.click("#name-field")
	tb.press("Haste\r")
	var id string
	haste := func() shared.User { return memberNamed(early, "Haste") }
	tb.until("others see the person", func() error {
		if id = haste().ID; id == "" {
			return errors.New("they do not")
		}
		return nil
	})
	tb.holds("the page says so", `() => document.getElementById("connection").textContent === "Joined" && !!document.querySelector("[aria-busy]")`)
	arrived := haste().JoinedAt
	release()
	if own := tb.inRoom(); own.ID != id {
		t.Errorf("the person is %s, and was %s", own.ID, id)
	}
	tb.sees("Early bird", "Haste")
	tb.until("the program's is the only connection", func() error {
		if u := haste(); u.JoinedAt != arrived || u.Devices > 1 {
			return fmt.Errorf("%+v", u)
		}
		return nil
	})
}

// Whoever is kicked before the program runs is asked for a name, and does not come back by
// itself.
func TestKickedBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	s, m := moderated(t)
	host := bot(t, s, "class", "Host")
	tb := sit(t, s, 0, "hasty")
	release := tb.pauseProgram()
	tb.goTo("/r/class")
	tb.click("#name-field")
	tb.press("Haste\r")
	tb.holds("it is in the room", `() => document.getElementById("connection").textContent === "Joined"`)
	m.kick("class", memberNamed(host, "Haste").ID, "the host", "")
	tb.holds("it has been put out", `() => !document.getElementById("name-form").hasAttribute("data-early")`)
	release()
	if name := tb.asked(); name != "Haste" {
		t.Errorf("the name %q is offered", name)
	}
	if u := memberNamed(host, "Haste"); u.ID != "" {
		t.Errorf("it is back: %+v", u)
	}
}

// On a slow network the button says how much of the program has come, without becoming wider,
// and a join that is pressed then is carried out.
func TestProgress(t *testing.T) {
	t.Parallel()
	proxy := behindProxy(t, startServer(t))
	proxy.rest = make(chan struct{})
	release := sync.OnceFunc(func() { close(proxy.rest) })
	defer release()
	tb := sit(t, proxy.server, 0, "hasty")
	tb.setLanguage("es") // the longest word
	tb.setWidth(320)
	tb.injectScript(`document.addEventListener("DOMContentLoaded", () => {
		window.widths = new Set();
		const join = document.querySelector("#name-form [type=submit]"), note = () => widths.add(join.getBoundingClientRect().width);
		note();
		new MutationObserver(note).observe(join, {childList: true});
	})`)
	tb.visit("/")
	tb.holds("half of it has come", `() => {
		const [, n] = document.querySelector("#name-form [type=submit]").textContent.match(/^Cargando… (\d+)\u00a0%$/) ?? [];
		return n >= 30 && n < 90;
	}`)
	tb.click("#name-field")
	tb.press("Haste\r")
	release()
	tb.inRoom()
	tb.sees("Haste")
	if widths := eval[[]float64](tb, `() => [...widths]`); len(widths) != 1 {
		t.Errorf("the button is as wide as %v", widths)
	}
}

// memberNamed returns who has that name in the roster of a client, or nobody.
func memberNamed(c *client.Client, name string) (found shared.User) {
	c.Roster(func(r *shared.Roster) {
		for u := range r.All() {
			if u.Name == name {
				found = u
			}
		}
	})
	return found
}
