//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"rollcall/shared"
)

// setPhone gives the window the size of a phone.
func (tb *tab) setPhone() {
	tb.t.Helper()
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 360, Height: 740, DeviceScaleFactor: 1, Mobile: true})
}

// On a phone people begin near the top, in a small room and in one with a search; what is
// needed less often is in a menu.
func TestPhone(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "small", "Bob")
	idle := bot(t, s, "small", "Ines")
	if err := idle.SetStatus(t.Context(), shared.StatusIdle); err != nil {
		t.Fatal(err)
	}
	for range 25 {
		bot(t, s, "search", "Guest")
	}
	tb := sit(t, s, 0, "phone")
	tb.setPhone()
	for _, room := range []string{"search", "small"} {
		tb.goTo("/r/" + room)
		tb.join("Ann")
		tb.holds("people begin near the top", `() => document.querySelector("#people > li").getBoundingClientRect().top <= 180`)
		for _, barrier := range tb.barriers() {
			t.Errorf("%s: %s", room, barrier)
		}
	}
	open := `() => document.querySelector("#leave").checkVisibility()`
	closed := `() => !document.querySelector("#leave").checkVisibility()`
	tb.holds("the menu is closed", closed)
	tb.click("#menu")
	tb.holds("it is open, on the screen", `() => {
		const box = document.querySelector(".menu").getBoundingClientRect();
		return document.querySelector("#leave").checkVisibility() && box.left >= 0 && box.right <= innerWidth;
	}`)
	tb.checkKeyboard("menu")
	tb.click(`.filters [data-status="idle"]`)
	tb.holds("only who is idle", `() => [...document.querySelectorAll("#people .name")].map(e => e.textContent).join() === "Ines"`)
	tb.press(kb.Escape)
	tb.holds("Escape closes it, and the focus is back", `() => !document.querySelector("#leave").checkVisibility() && document.activeElement.id === "menu"`)
	tb.click("#menu")
	tb.holds("open again", open)
	at := eval[[]float64](tb, `() => { const b = document.querySelector("#people").getBoundingClientRect(); return [b.left + 20, b.bottom + 100] }`)
	tb.mouse("mousePressed", at[0], at[1])
	tb.mouse("mouseReleased", at[0], at[1])
	tb.holds("a click beside it closes it", closed)
	tb.click("#menu")
	tb.click("#leave")
	tb.asked()
}

// Oneself is always in sight, in a room of many too, with one control that opens the
// editor there.
func TestOneselfInSight(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	crowd(t, s, "lobby", 250)
	tb := sit(t, s, 0, "ann")
	for _, phone := range []bool{false, true} {
		if phone {
			tb.setPhone()
		}
		tb.goTo("/")
		if !phone { // the second time the tab is in the room
			tb.asked()
			tb.submitName("Ann")
		}
		tb.connectionIs("live")
		tb.holds("many cards", `() => document.documentElement.scrollHeight > 3000`)
		eval[any](tb, `() => scrollTo(0, 2000)`)
		tb.holds("oneself is in sight", `() => {
			const box = document.querySelector("#rename").getBoundingClientRect();
			return scrollY > 1500 && box.top >= 0 && box.bottom < 120 && document.querySelector("#rename").textContent.includes("Ann");
		}`)
		tb.click("#rename")
		tb.asked()
		tb.holds("the editor is there, and the list has not moved", `() => {
			const own = document.querySelector("#rename").getBoundingClientRect(), box = document.querySelector("#name-dialog").getBoundingClientRect();
			return scrollY > 1500 && box.left <= own.left + 1 && box.top <= own.bottom && box.bottom <= innerHeight;
		}`)
		tb.press(kb.Escape)
		tb.holds("the focus is back", `() => !document.querySelector("#name-dialog").open && document.activeElement.id === "rename"`)
	}
}

// With system colours, and with more contrast, the own card and what is pressed stand out,
// and edges are as strong as text.
func TestContrastModes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Bob")
	tb := sit(t, s, 0, "ann")
	tb.goTo("/")
	tb.join("Ann")
	set := func(feature, value string) {
		call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}})
	}
	set("forced-colors", "active")
	tb.holds("the own card has another edge than the other's", `() => {
		const edge = (selector) => getComputedStyle(document.querySelector(selector)).borderTopWidth;
		return edge("#people > [aria-current]") === "3px" && edge("#people > :not([aria-current])") === "1px";
	}`)
	set("prefers-contrast", "more")
	tb.holds("edges and small text are as strong as the text", `() => {
		const ink = getComputedStyle(document.body).color, card = document.querySelector("#people > :not([aria-current])");
		return getComputedStyle(card).borderTopColor === ink && getComputedStyle(card.querySelector(".line")).color === ink;
	}`)
}
