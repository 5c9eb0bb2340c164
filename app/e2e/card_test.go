//go:build !js

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// The own card is changed where it stands: a click opens it, and name, note and
// status are what everybody then sees.
func TestOwnCard(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := meet(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	own := ann.present()
	ann.click("#people > [aria-current] .name")
	ann.asked()
	ann.holds("the dialog lies over the card", `() => {
		const box = (e) => document.querySelector(e).getBoundingClientRect();
		const card = box("#people > [aria-current]"), dialog = box("#name-dialog");
		return dialog.left <= card.left + 1 && dialog.right >= card.right - 1 && dialog.top <= card.top + 1 && dialog.bottom >= card.top;
	}`)
	eval[any](ann, `() => addEventListener("resize", () => {
		const box = (e) => document.querySelector(e).getBoundingClientRect();
		const card = box("#people > [aria-current]"), dialog = box("#name-dialog");
		window.followed = dialog.left <= card.left + 1 && dialog.right >= card.right - 1;
	}, {once: true})`)
	call(ann, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 400, Height: 800, DeviceScaleFactor: 1})
	ann.holds("the window has another size", `() => "followed" in window`)
	if !eval[bool](ann, `() => window.followed`) {
		t.Error("the dialog stays behind when the window changes")
	}
	ann.click("#note-field")
	ann.enter(strings.Repeat("x", 141))
	ann.click("#name-dialog [type=submit]")
	ann.holds("a note that is too long is refused", `() => document.querySelector("#note-error").textContent.includes("140")`)
	ann.enter("until noon, <b>really</b>")
	eval[any](ann, `() => { document.querySelector("#status-field").value = "away" }`)
	ann.click("#name-dialog input[name=name]")
	ann.enter("Anna")
	ann.click("#name-dialog [type=submit]")
	for _, p := range people {
		p.sees("Anna", "Bob")
		p.holds("the note and the status are seen", `(id) => {
			const card = document.querySelector("[data-member='" + id + "']");
			return card.dataset.status === "away" && card.querySelector(".line").textContent === "away: until noon, <b>really</b>";
		}`, own.ID)
	}
	ann.click("#rename")
	ann.asked()
	ann.holds("the card opens with what it says", `() =>
		document.querySelector("#note-field").value === "until noon, <b>really</b>" && document.querySelector("#status-field").value === "away"`)
	eval[any](ann, `() => { document.querySelector("#status-field").value = "automatic"; document.querySelector("#note-field").value = "" }`)
	ann.click("#name-dialog [type=submit]")
	bob.holds("who is here is active again, without a note", `(id) => {
		const card = document.querySelector("[data-member='" + id + "']");
		return card.dataset.status === "active" && card.querySelector(".line").textContent.startsWith("here since");
	}`, own.ID)
}

// From twenty people on there is a search, which knows names without case and
// marks; the sheet is in the order that is asked for, also when people come.
func TestSearchAndOrder(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := meet(t, s, "/", "Mia")[0]
	tb.holds("one does not search among a few", `() => !document.querySelector("#search")`)
	crowd := []string{"Zoë", "Ärmel", "arne", "Bo", "Özil", "Zacharias", "José", "Жанна", "李雷"}
	for i := range 11 {
		crowd = append(crowd, "Guest "+string(rune('A'+i)))
	}
	for _, name := range crowd {
		robot(t, s, "lobby", name)
	}
	tb.sees(append(crowd, "Mia")...)
	eval[any](tb, `() => {
		window.said = [];
		const news = document.querySelector("#news");
		new MutationObserver(() => said.push(news.textContent)).observe(news, {childList: true, characterData: true, subtree: true});
	}`)
	first := func(n int) []string {
		return eval[[]string](tb, `(n) => [...document.querySelectorAll("#people .name")].slice(0, n).map(e => e.textContent)`, n)
	}
	if got := strings.Join(first(3), " "); got != "Mia Zoë Ärmel" {
		t.Errorf("by arrival come first %s", got)
	}
	tb.click("#search")
	for query, want := range map[string]string{"jos": "José", "JOSE": "José", "arm": "Ärmel", "ä": "Mia Zacharias Ärmel arne Guest A Guest B", "李": "李雷", "жанна": "Жанна"} {
		tb.enter(query)
		tb.holds(query+" finds "+want, `(want) => {
			const names = [...document.querySelectorAll("#people .name")].map(e => e.textContent);
			return want.length > 20 ? names.length > 3 && names.every(n => /a|ä/i.test(n)) : names.join() === want;
		}`, want)
	}
	tb.enter("nobody at all")
	tb.holds("it says that there is nobody", `() => document.querySelector(".more").textContent.includes("nobody at all")`)
	tb.holds("and says it aloud", `() => said.some(text => text.includes("nobody at all"))`) // who has just arrived may be said after it
	tb.enter("")
	tb.holds("the search is over", `() => document.querySelectorAll("#people > li").length === 21`)
	eval[any](tb, `() => { const e = document.querySelector("#sort"); e.value = "name"; e.dispatchEvent(new Event("change")) }`)
	byName := `(want) => [...document.querySelectorAll("#people .name")].map(e => e.textContent).join().startsWith(want)`
	tb.holds("by name", byName, "Ärmel,arne,Bo,Guest A")
	robot(t, s, "lobby", "Bea")
	tb.holds("who comes stands in their place", byName, "Ärmel,arne,Bea,Bo,Guest A")
	tb.holds("the last are last", `() => [...document.querySelectorAll("#people .name")].slice(-4).map(e => e.textContent).join() === "Zacharias,Zoë,Жанна,李雷"`)
}
