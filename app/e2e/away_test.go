//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/page"
)

// turn has the page believe that it is "hidden" or "visible".
func (tb *tab) turn(visibility string) {
	tb.t.Helper()
	eval[any](tb, `(state) => {
		Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
		document.dispatchEvent(new Event("visibilitychange"));
	}`, visibility)
}

// says waits until the tab has told the room a status.
func (tb *tab) says(mark int, status string) {
	tb.t.Helper()
	tb.hears(mark, "the room is told "+status, func(m message) bool {
		return m.sent && m.event == "update_user" && m.data.Status == status
	})
}

// seesAs waits until a member's card has a status.
func (tb *tab) seesAs(id, status string) {
	tb.t.Helper()
	tb.holds("the card says "+status, `(id, status) =>
		document.querySelector("#people > li[data-member='" + id + "']")?.dataset.status === status`, id, status)
}

// A hidden tab alone does not make its person away; when all are hidden they
// are, and one that is seen again is enough.
func TestAwayIsWhoseTabsAreAllHidden(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	witness := sit(t, s, 0, "witness")
	witness.goTo("/")
	witness.join("Witness")
	home := sharedBrowser(t, 1).newProfile(t)
	first, second := home.newTab(t, s, "first"), home.newTab(t, s, "second")
	var own card
	for _, p := range []*tab{first, second} {
		p.goTo("/")
		own = p.join("Ann")
	}
	mark := first.mark()
	first.turn("hidden")
	first.says(mark, "away")
	robot(t, s, "lobby", "Last") // whatever that had caused would be heard before this
	witness.sees("Ann", "Last", "Witness")
	witness.never(0, "one hidden tab was seen", func(m message) bool { return !m.sent && m.event == "user_updated" })
	witness.seesAs(own.ID, "active")
	second.turn("hidden")
	witness.seesAs(own.ID, "away")
	first.turn("visible")
	witness.seesAs(own.ID, "active")
}

// Who does nothing for long is idle, until they do. The page's clocks go on by
// what the test adds to them.
func TestIdle(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := meet(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	call(ann, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `{
		const now = performance.now.bind(performance), today = Date.now;
		window.added = 0;
		performance.now = () => now() + added;
		Date.now = () => today() + added;
	}`})
	ann.reload()
	own := ann.present()
	ann.expect(noSocket) // the longest silence is over too, and the connection made anew
	eval[any](ann, `(ms) => { added = ms; document.dispatchEvent(new Event("visibilitychange")); dispatchEvent(new Event("resize")); }`, 301_000)
	bob.seesAs(own.ID, "idle")
	ann.press("\t")
	bob.seesAs(own.ID, "active")
}

// Who goes to another page and comes back with the browser's button is back as
// the same, whether the browser has kept the page or loads it again.
func TestBackFromAnotherPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := meet(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	before := ann.present()
	ann.goTo("/r/elsewhere")
	ann.asked()
	eval[any](ann, `() => history.back()`)
	if after := ann.present(); after != before {
		t.Errorf("%v came back as %v", before, after)
	}
	robot(t, s, "lobby", "Last")
	for _, p := range people {
		p.sees("Ann", "Bob", "Last")
	}
	bob.never(0, "it was seen", departs(before.ID))
}
