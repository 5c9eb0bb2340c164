//go:build !js

package e2e

import "testing"

// setVisibility makes the page believe that it is "hidden" or "visible".
func (tb *tab) setVisibility(visibility string) {
	tb.t.Helper()
	eval[any](tb, `(state) => {
		Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
		document.dispatchEvent(new Event("visibilitychange"));
	}`, visibility)
}

// sentStatus waits until the tab has reported a status.
func (tb *tab) sentStatus(mark int, status string) {
	tb.t.Helper()
	tb.receives(mark, "the room is told "+status, func(m message) bool {
		return m.sent && m.event == "update_user" && m.data.Status == status
	})
}

// seesStatus waits until a member's card has a status.
func (tb *tab) seesStatus(id, status string) {
	tb.t.Helper()
	tb.holds("the card says "+status, `(id, status) =>
		document.querySelector("#people > li[data-member='" + id + "']")?.dataset.status === status`, id, status)
}

// A member is away only while all of their tabs are hidden.
func TestAwayIsWhoseTabsAreAllHidden(t *testing.T) {
	t.Parallel()
	s := startServer(t, "-away-after", "1s")
	witness := sit(t, s, 0, "witness")
	witness.goTo("/")
	witness.join("Witness")
	first, second := twoTabs(t, s, 1)
	var own card
	for _, p := range []*tab{first, second} {
		p.goTo("/")
		own = p.join("Ann")
	}
	mark := first.mark()
	first.setVisibility("hidden")
	first.sentStatus(mark, "away")
	bot(t, s, "lobby", "Last") // whatever the hidden tab caused would arrive before this
	witness.sees("Ann", "Last", "Witness")
	witness.neverReceived(0, "one hidden tab was seen", func(m message) bool {
		return !m.sent && m.event == "user_updated" && m.data.User.Status != "active" // a second device is told, too
	})
	witness.seesStatus(own.ID, "active")
	second.setVisibility("hidden")
	witness.seesStatus(own.ID, "away")
	first.setVisibility("visible")
	witness.seesStatus(own.ID, "active")
}

// A user without input becomes idle, and active with the next input.
func TestIdle(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	ann.setPageClock(1)
	ann.reload()
	own := ann.inRoom()
	ann.expect(noSocket) // the jump exceeds the longest silence, too, so the connection is replaced
	eval[any](ann, `(ms) => { putForward(ms); document.dispatchEvent(new Event("visibilitychange")); dispatchEvent(new Event("resize")); }`, 301_000)
	bob.seesStatus(own.ID, "idle")
	ann.press("\t")
	bob.seesStatus(own.ID, "active")
}

// A user who returns by the browser's back button is the same member, whether the
// browser has kept the page or loads it again.
func TestBackFromAnotherPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	before := ann.inRoom()
	ann.goTo("/r/elsewhere")
	ann.asked()
	eval[any](ann, `() => history.back()`)
	if after := ann.inRoom(); after != before {
		t.Errorf("%v came back as %v", before, after)
	}
	bot(t, s, "lobby", "Last")
	for _, p := range people {
		p.sees("Ann", "Bob", "Last")
	}
	bob.neverReceived(0, "it was seen", departureOf(before.ID))
}
