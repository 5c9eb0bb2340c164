//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// On the smallest phone, who is here, the field and the button are on the first screen,
// the field has no focus that would bring up a keyboard, and nothing lies over the list.
func TestTheFormForTheName(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, name := range []string{"Ada", "Bo", "Cleo", "Dora", "Tomasz Kowalczyk-Wiśniewski"} {
		bot(t, s, "lobby", name)
	}
	tb := sit(t, s, 0, "phone")
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 568, DeviceScaleFactor: 2, Mobile: true})
	call(tb, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
	release := tb.pauseProgram()
	tb.goTo("/")
	onScreen := `() => ["#name-hint", "#name-field", "#name-form [type=submit]", ".ask > a"].every(selector => {
		const e = document.querySelector(selector), box = e.getBoundingClientRect();
		const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
		return box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight && (e === top || e.contains(top));
	})`
	says := `() => document.querySelector("#name-hint").textContent.replace(/[\u2068\u2069]/g, "") === "Ada, Bo and 3 others are here"`
	tb.holds("the server's page has it on the first screen", onScreen)
	tb.holds("the server's page says who is here", says)
	release()
	tb.asked()
	tb.holds("it is on the first screen", onScreen)
	tb.holds("it says who is here", says)
	if eval[bool](tb, `() => document.activeElement === document.querySelector("#name-field")`) {
		t.Error("a keyboard comes up over what one reads")
	}
}

// At a desk the field has the focus, Escape does no harm, Enter joins, and then the
// heading has the focus.
func TestJoinByKeyboard(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Bob")
	tb := sit(t, s, 0, "desk")
	tb.injectScript(`{
		const real = matchMedia; // a browser without a screen has no pointer
		globalThis.matchMedia = (query) => query === "(pointer: fine)" ? {matches: true} : real(query);
	}`)
	tb.goTo("/")
	tb.asked()
	tb.holds("the field has the focus", `() => document.activeElement === document.querySelector("#name-field")`)
	tb.press("An\x1b\x1bn")
	tb.holds("Escape does no harm", `() => document.querySelector("#name-field").value === "Ann"`)
	tb.holds("nothing is inert", `() => !document.querySelector("dialog[open], [inert]")`)
	tb.press("\r")
	tb.inRoom()
	tb.holds("the heading has the focus", `() => document.activeElement === document.querySelector("h1")`)
	tb.sees("Ann", "Bob")
	tb.reload()
	tb.inRoom()
}

// A name that is submitted before the program runs is carried out when it does.
func TestJoinBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Bob")
	tb := sit(t, s, 0, "hasty")
	release := tb.pauseProgram()
	tb.goTo("/")
	tb.click("#name-field")
	tb.press("Haste")
	tb.click("#name-form [type=submit]")
	tb.holds("it is noted", `() => document.querySelector("#name-form").hasAttribute("data-early")`)
	release()
	tb.inRoom()
	tb.sees("Bob", "Haste")
}

// While a tab that is in the room is loaded again, nobody sees a form.
func TestAReloadShowsNoForm(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/r/früh")
	tb.join("Ann")
	tb.injectScript(`new MutationObserver(() => {
		const form = document.querySelector("#name-form");
		const painted = document.styleSheets.length > 0; // nothing is before there is the style
		if (form && painted && getComputedStyle(form).display !== "none") globalThis.formSeen = true;
	}).observe(document, {childList: true, subtree: true, attributes: true})`)
	tb.reload()
	tb.inRoom()
	if eval[bool](tb, `() => globalThis.formSeen === true`) {
		t.Error("a form was seen")
	}
	tb.click("#leave")
	tb.holds("then it is", `() => document.querySelector("#name-form").checkVisibility()`)
}
