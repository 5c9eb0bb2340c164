//go:build !js

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/network"

	"rollcall/shared/i18n"
)

// positions returns the position and size of everything in the server's page.
const positions = `() => Object.fromEntries([...document.querySelectorAll("header, h1, #count, #connection, #name-form, .here, .faces .face, #name-hint, #name-field, #name-form [type=submit], .ask > a, #rooms, .bar, .find, #sort, #leave, #menu, #invite, #people, #people > li, #people .face, #people .name, .more")].map((e, i) => {
	const b = e.getBoundingClientRect();
	return [i + " " + (e.id || e.className || e.tagName), [b.x, b.y, b.width, b.height].map(Math.round).join(" ")];
}))`

// countShifts sums the browser's layout shifts from the beginning.
const countShifts = `window.shifted = 0;
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shifted += e.value }).observe({type: "layout-shift", buffered: true})`

// silentSocket keeps the page from watching, which shows the rest of a large room.
const silentSocket = `;globalThis.WebSocket = class extends EventTarget { close() {} }`

// noWorker keeps the page from having a service worker, which would have the program.
const noWorker = `;navigator.serviceWorker.register = () => new Promise(() => {});`

// Nothing moves when the program starts: on a phone and on a desktop, in empty, small
// and large rooms, in both directions of writing.
func TestNothingShifts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for range 11 {
		bot(t, s, "small", "Tomasz Kowalczyk-Wiśniewski")
	}
	for range 70 {
		bot(t, s, "large", "ليلى حداد")
	}
	tb := sit(t, s, 0, "witness")
	tb.injectScript(countShifts + silentSocket + noWorker)
	call(tb, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}) // so that the program can be paused each time
	for _, c := range []struct {
		room, language string
		width          int64
	}{
		{"empty", "en", 360}, {"small", "en", 360}, {"large", "de", 360}, {"large", "ar", 768}, {"empty", "es", 1440}, {"small", "zh", 1440}, {"large", "en", 1440},
	} {
		name := fmt.Sprintf("%s, %s, %d", c.room, c.language, c.width)
		tb.setLanguage(c.language)
		tb.setWidth(c.width)
		release := tb.pauseProgram()
		tb.goTo("/r/" + c.room)
		before := eval[map[string]string](tb, positions)
		release()
		tb.asked()
		after := eval[map[string]string](tb, positions)
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

// Page and program use the reader's language and its direction of writing.
func TestLanguages(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Ada")
	bot(t, s, "lobby", "ليلى حداد")
	proxy := behindProxy(t, s)
	proxy.raiseLimits() // or the page might come from the worker, in the previous language
	tb := sit(t, proxy.server, 0, "reader")
	people, _ := tb.served("/") // both may have arrived at the same moment
	for _, lang := range i18n.Languages() {
		say := i18n.In(lang)
		tb.setLanguage(lang)
		tb.goTo("/")
		tb.asked()
		tb.holds(lang+" is spoken", `(lang, dir, hint, join, here) =>
			document.documentElement.lang === lang && getComputedStyle(document.body).direction === dir &&
			document.querySelector("#name-hint").textContent === hint && document.querySelector(":is(#name-form, #card-form) [type=submit]").textContent === join &&
			document.querySelector(".tally > span").textContent === here`,
			lang, say.Dir, say.WhoIsHere([]string{people[0].Name, people[1].Name}, 2), string(say.Join), string(say.HereNow))
		tb.submitName("\u202egnp.exe")
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

// Times are in the clock of the reader's language, also where the page does not speak it, and
// who reads Traditional Chinese gets it.
func TestClock(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Ada")
	proxy := behindProxy(t, s)
	proxy.raiseLimits() // or the page might come from the worker, in the previous language
	tb := sit(t, proxy.server, 0, "reader")
	const day = `^\d{1,2}:\d\d$` // of 24 hours; not every language writes 01:02
	for _, c := range []struct{ wants, speaks, time string }{
		{"fr", "en", day},
		{"pt-BR", "en", day},
		{"he", "en", day},
		{"fr,en", "en", day},
		{"ko", "en", `^\d{1,2}:\d\d\s[AP]M$`},
		{"en-US", "en", `^\d{1,2}:\d\d\s[AP]M$`},
		{"en-GB", "en", day},
		{"zh-TW", "zh-Hant", `^(凌晨|清晨|早上|上午|中午|下午|晚上)\d{1,2}:\d\d$`},
		{"zh-CN", "zh", day},
	} {
		tb.setLanguage(c.wants)
		tb.goTo("/")
		tb.asked()
		tb.holds("who reads "+c.wants+" sees "+c.time, `(lang, time) => document.documentElement.lang === lang && new RegExp(time).test(document.querySelector("#people time").textContent)`, c.speaks, c.time)
	}
}
