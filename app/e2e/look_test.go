//go:build !js

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"

	"rollcall/shared/words"
)

// spots is where everything is that the server's page has, by what it is.
const spots = `() => Object.fromEntries([...document.querySelectorAll("header, h1, #count, #connection, #rooms, .bar, .find, #sort, .deeds button, #people, #people > li, #people .face, #people .name, .more")].map((e, i) => {
	const b = e.getBoundingClientRect();
	return [i + " " + (e.id || e.className || e.tagName), [b.x, b.y, b.width, b.height].map(Math.round).join(" ")];
}))`

// countShifts adds up what the browser calls layout shifts, from the first on.
const countShifts = `window.shifted = 0;
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shifted += e.value }).observe({type: "layout-shift", buffered: true})`

// When the program takes over nothing moves: not on a phone, not on a desk, not
// in an empty room, a small or a large one, and not from right to left.
func TestNothingShifts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for range 11 {
		robot(t, s, "small", "Tomasz Kowalczyk-Wiśniewski")
	}
	for range 70 {
		robot(t, s, "large", "ليلى حداد")
	}
	tb := sit(t, s, 0, "witness")
	call(tb, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: countShifts})
	call(tb, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}) // so that the program can be held each time
	call(tb, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
	for _, c := range []struct {
		room, language string
		width          int64
	}{
		{"empty", "en", 360}, {"small", "en", 360}, {"large", "de", 360}, {"large", "ar", 768}, {"empty", "es", 1440}, {"small", "zh", 1440}, {"large", "en", 1440},
	} {
		name := fmt.Sprintf("%s, %s, %d", c.room, c.language, c.width)
		call(tb, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Chromium", AcceptLanguage: c.language})
		call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: c.width, Height: 800, DeviceScaleFactor: 1})
		release := tb.holdProgram()
		tb.goTo("/r/" + c.room)
		before := eval[map[string]string](tb, spots)
		release()
		tb.asked()
		after := eval[map[string]string](tb, spots)
		for _, what := range slices.Sorted(maps.Keys(before)) {
			if before[what] != after[what] {
				t.Errorf("%s: %s moves from %s to %s", name, what, before[what], after[what])
			}
		}
		if len(before) < 10 || len(before) != len(after) {
			t.Errorf("%s: %d things were there before, %d after", name, len(before), len(after))
		}
		if shifted := eval[float64](tb, `() => window.shifted`); shifted > 0.01 {
			t.Errorf("%s: the layout shifted by %v", name, shifted)
		}
	}
}

// The page speaks its reader's language, from the server's first byte to the
// running program, and runs the way that language does.
func TestLanguages(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "lobby", "Ada")
	robot(t, s, "lobby", "ليلى حداد")
	tb := sit(t, s, 0, "reader")
	for _, lang := range words.Languages() {
		say := words.In(lang)
		call(tb, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Chromium", AcceptLanguage: lang})
		tb.goTo("/")
		tb.asked()
		tb.holds(lang+" is spoken", `(lang, dir, hint, join, here) =>
			document.documentElement.lang === lang && getComputedStyle(document.body).direction === dir &&
			document.querySelector("#name-hint").textContent === hint && document.querySelector("#name-dialog [type=submit]").textContent === join &&
			document.querySelector(".tally").textContent.endsWith(here)`,
			lang, say.Dir, say.Count(say.PeopleHere, 2), string(say.Join), string(say.HereNow))
		tb.sign("\u202egnp.exe")
		tb.holds(lang+" words errors", `(text) => document.querySelector("#name-error").textContent === text`, say.ControlName.With("char", "U+202E"))
		tb.holds("a face stands where the line begins, and every name keeps its own direction", `(dir) =>
			[...document.querySelectorAll("#people > li")].every(li => {
				const face = li.querySelector(".face").getBoundingClientRect(), name = li.querySelector(".name");
				const box = name.getBoundingClientRect();
				return (dir === "rtl" ? face.left >= box.right : face.right <= box.left) &&
					name.matches(":dir(" + (name.textContent === "Ada" ? "ltr" : "rtl") + ")");
			})`, say.Dir)
	}
}
