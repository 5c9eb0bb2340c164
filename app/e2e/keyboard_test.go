//go:build !js

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// focusable returns the controls that the keyboard must reach, by id or text.
const focusable = `() => [...document.querySelectorAll("button, input, select, a[href]")].filter(e => {
	const modal = document.querySelector(":modal");
	return !e.disabled && (!modal || modal.contains(e)) && e.checkVisibility({visibilityProperty: true});
}).map(e => e.id || e.textContent)`

// tabThrough presses Tab until the focus returns to where it was, and returns the stops.
// Each of them must be visibly focused.
func (tb *tab) tabThrough() (stops []string) {
	tb.t.Helper()
	for range 60 {
		tb.press(kb.Tab)
		at := eval[[]string](tb, `() => {
			const e = document.activeElement, style = getComputedStyle(e);
			return [e === document.body ? "" : e.id || e.textContent, style.outlineStyle + " " + style.outlineWidth];
		}`)
		if slices.Contains(stops, at[0]) {
			break
		}
		if at[0] != "" && (strings.HasPrefix(at[1], "none") || strings.HasSuffix(at[1], " 0px")) {
			tb.t.Errorf("%s: one does not see that %s has the focus", tb.label, at[0])
		}
		stops = append(stops, at[0])
	}
	return stops
}

// checkKeyboard checks that every control can be reached by keyboard, and that there is
// no barrier.
func (tb *tab) checkKeyboard(state string) {
	tb.t.Helper()
	for _, barrier := range tb.barriers() {
		tb.t.Errorf("%s, %s: %s", tb.label, state, barrier)
	}
	stops := tb.tabThrough()
	for _, control := range eval[[]string](tb, focusable) {
		if !slices.Contains(stops, control) {
			tb.t.Errorf("%s, %s: by keyboard one comes by %q, not by %s", tb.label, state, stops, control)
		}
	}
}

// The keyboard reaches everything on the page and in its dialogs, on a phone and on a
// desktop, and the focus returns when a dialog is closed.
func TestReach(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for i := range 25 {
		bot(t, s, "lobby", fmt.Sprint("Guest ", i))
	}
	for _, width := range []int64{360, 1440} {
		tb := sit(t, s, 0, "reacher")
		tb.setWidth(width)
		tb.goTo("/")
		tb.asked()
		if got := eval[string](tb, `() => ["autocomplete", "autocapitalize", "enterkeyhint"].map(a => document.querySelector("#name-field").getAttribute(a)).join()`); got != "nickname,words,go" {
			t.Errorf("the keyboard of a phone is told %s", got)
		}
		tb.checkKeyboard("dialog")
		tb.join("Ann")
		tb.checkKeyboard("room")
		for _, panel := range []string{"#invite", "#rooms", "#rename"} {
			tb.click(panel)
			tb.holds(panel+" opens", `() => !!document.querySelector(":modal")`)
			tb.checkKeyboard(panel)
			tb.press(kb.Escape)
			tb.holds(panel+" closes, and the focus is back", `(opener) => !document.querySelector(":modal") && document.activeElement.matches(opener)`, panel)
		}
		tb.close()
	}
}

// Cards are animated only for users who have not asked for reduced motion.
func TestMotionIsAskedFor(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(time.Millisecond)...)
	tb := joinAll(t, s, "/", "Ann")[0]
	eval[any](tb, `() => {
		window.moved = 0;
		const animate = Element.prototype.animate;
		Element.prototype.animate = function (...args) { moved++; return animate.apply(this, args) };
		window.fades = {}; // whether the card of one who left fades, by name; it is seen for some seconds only
		new MutationObserver(() => {
			for (const name of document.querySelectorAll(".gone .name")) fades[name.textContent] ??= name.getAnimations().length > 0;
		}).observe(document.querySelector("#people"), {childList: true, subtree: true, attributes: true, characterData: true});
	}`)
	for _, c := range []struct {
		wish, name string
		moves      bool
	}{{"reduce", "Still", false}, {"no-preference", "Lively", true}} {
		tb.setMedia("", c.wish)
		guest := bot(t, s, "lobby", c.name)
		tb.holds(c.name+" is there", `(name) => [...document.querySelectorAll("#people .name")].some(e => e.textContent === name)`, c.name)
		_ = guest.Close()
		tb.holds(c.name+" has left", `(name) => name in fades`, c.name)
		if fades := eval[bool](tb, `(name) => fades[name]`, c.name); fades != c.moves {
			t.Errorf("%s: the card of one who left fades: %v", c.wish, fades)
		}
		tb.holds("the card goes", `() => !document.querySelector(".gone")`)
		if c.moves {
			tb.holds("something moves", `() => moved > 0`)
		} else if moved := eval[int](tb, `() => moved`); moved > 0 {
			t.Errorf("%s: %d things moved", c.wish, moved)
		}
	}
}
