//go:build !js

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
)

// focusable is what the keyboard must reach, by id or text.
const focusable = `() => [...document.querySelectorAll("button, input, select, a[href]")].filter(e => {
	const modal = document.querySelector(":modal");
	return !e.disabled && (!modal || modal.contains(e)) && e.checkVisibility({visibilityProperty: true});
}).map(e => e.id || e.textContent)`

// walk presses Tab until the focus is where it was, and returns where it came by.
// Each stop must show that it has the focus.
func (tb *tab) walk() (stops []string) {
	tb.t.Helper()
	for range 30 {
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

// reachable wants every control within the keyboard's reach, and no barrier.
func (tb *tab) reachable(state string) {
	tb.t.Helper()
	for _, barrier := range tb.barriers() {
		tb.t.Errorf("%s, %s: %s", tb.label, state, barrier)
	}
	stops := tb.walk()
	for _, control := range eval[[]string](tb, focusable) {
		if !slices.Contains(stops, control) {
			tb.t.Errorf("%s, %s: by keyboard one comes by %q, not by %s", tb.label, state, stops, control)
		}
	}
}

// All of the page is within reach of a keyboard, on a phone and on a desk, also of
// what opens above it; and who closes that is where they were.
func TestReach(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for i := range 25 {
		robot(t, s, "lobby", fmt.Sprint("Guest ", i))
	}
	for _, width := range []int64{360, 1440} {
		tb := sit(t, s, 0, "reacher")
		call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1})
		tb.goTo("/")
		tb.asked()
		if got := eval[string](tb, `() => ["autocomplete", "autocapitalize", "enterkeyhint"].map(a => document.querySelector("#name-field").getAttribute(a)).join()`); got != "nickname,words,go" {
			t.Errorf("the keyboard of a phone is told %s", got)
		}
		tb.reachable("dialog")
		tb.join("Ann")
		tb.reachable("room")
		for _, panel := range []string{"#invite", "#rooms", "#rename"} {
			tb.click(panel)
			tb.holds(panel+" opens", `() => !!document.querySelector(":modal")`)
			tb.reachable(panel)
			tb.press(kb.Escape)
			tb.holds(panel+" closes, and the focus is back", `(opener) => !document.querySelector(":modal") && document.activeElement.matches(opener)`, panel)
		}
		tb.close()
	}
}

// Cards move for those who like to see it, and for nobody else.
func TestMotionIsAskedFor(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(time.Millisecond)...)
	tb := meet(t, s, "/", "Ann")[0]
	eval[any](tb, `() => {
		window.moved = 0;
		const animate = Element.prototype.animate;
		Element.prototype.animate = function (...args) { moved++; return animate.apply(this, args) };
	}`)
	for _, c := range []struct {
		wish, name string
		moves      bool
	}{{"reduce", "Still", false}, {"no-preference", "Lively", true}} {
		call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: c.wish}}})
		guest := robot(t, s, "lobby", c.name)
		tb.holds(c.name+" is there", `(name) => [...document.querySelectorAll("#people .name")].some(e => e.textContent === name)`, c.name)
		_ = guest.Close()
		tb.holds(c.name+" fades", `() => !!document.querySelector(".gone")`)
		if fades := eval[bool](tb, `() => document.querySelector(".gone .name").getAnimations().length > 0`); fades != c.moves {
			t.Errorf("%s: the card of one who left fades: %v", c.wish, fades)
		}
		tb.holds("the card goes", `() => !document.querySelector(".gone")`)
		if moved := eval[int](tb, `() => moved`); moved > 0 != c.moves {
			t.Errorf("%s: %d things moved", c.wish, moved)
		}
	}
}
