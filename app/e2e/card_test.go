//go:build !js

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp/kb"
)

// The own card is edited where it is, and everybody sees the new name, note and status.
func TestOwnCard(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	own := ann.inRoom()
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
	ann.setWidth(400)
	ann.holds("the window has another size", `() => "followed" in window`)
	if !eval[bool](ann, `() => window.followed`) {
		t.Error("the dialog stays behind when the window changes")
	}
	ann.click("#note-field")
	ann.enter(strings.Repeat("x", 141))
	ann.click(":is(#name-form, #card-form) [type=submit]")
	ann.holds("a note that is too long is refused", `() => document.querySelector("#note-error").textContent.includes("140")`)
	ann.enter("until noon, <b>really</b>")
	eval[any](ann, `() => { document.querySelector("#status-field").value = "away" }`)
	ann.click("#name-field")
	ann.enter("Anna")
	ann.click(":is(#name-form, #card-form) [type=submit]")
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
	ann.click(":is(#name-form, #card-form) [type=submit]")
	bob.holds("who is here is active again, without a note", `(id) => {
		const card = document.querySelector("[data-member='" + id + "']");
		return card.dataset.status === "active" && card.querySelector(".line").textContent.startsWith("here since");
	}`, own.ID)
}

// Rooms of twenty and more have a search, which ignores case and diacritics. The list
// keeps the chosen order, also when others arrive.
func TestSearchAndOrder(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := joinAll(t, s, "/", "Mia")[0]
	tb.holds("one does not search among a few", `() => !document.querySelector("#search")`)
	crowd := []string{"Zoë", "Ärmel", "arne", "Bo", "Özil", "Zacharias", "José", "Жанна", "李雷"}
	for i := range 11 {
		crowd = append(crowd, "Guest "+string(rune('A'+i)))
	}
	for _, name := range crowd {
		bot(t, s, "lobby", name)
		time.Sleep(2 * time.Millisecond) // so that no two arrive in the same millisecond
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
	tb.holds("and says it aloud", `() => said.some(text => text.includes("nobody at all"))`) // the latest arrival may be announced after it
	tb.enter("")
	tb.holds("the search is over", `() => document.querySelectorAll("#people > li").length === 21`)
	eval[any](tb, `() => { const e = document.querySelector("#sort"); e.value = "name"; e.dispatchEvent(new Event("change")) }`)
	byName := `(want) => [...document.querySelectorAll("#people .name")].map(e => e.textContent).join().startsWith(want)`
	tb.holds("by name", byName, "Ärmel,arne,Bo,Guest A")
	bot(t, s, "lobby", "Bea")
	tb.holds("who comes stands in their place", byName, "Ärmel,arne,Bea,Bo,Guest A")
	tb.holds("the last are last", `() => [...document.querySelectorAll("#people .name")].slice(-4).map(e => e.textContent).join() === "Zacharias,Zoë,Жанна,李雷"`)
}

// A card opens by keyboard, with the whole note, and the focus returns to it. A screen
// reader finds it as a button that is named by what is on it.
func TestCardOpens(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	note := strings.TrimSpace(strings.Repeat("pairing ", 17))
	bob := bot(t, s, "lobby", "Bob")
	if err := bob.SetNote(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	bot(t, s, "lobby", "Bob")
	tb := sit(t, s, 0, "ann")
	tb.goTo("/")
	tb.join("Ann")
	tb.sees("Ann", "Bob", "Bob")
	tb.holds("the note is there", `(note) => document.querySelector("#people .line").textContent === note`, note)
	tb.holds("the title counts", `() => document.title === "(3) lobby · Rollcall"`)
	for range 20 {
		tb.press(kb.Tab)
		if eval[bool](tb, `() => document.activeElement.matches("#people > li:first-child > button")`) {
			break
		}
	}
	tags := eval[[]string](tb, `() => [...document.querySelectorAll("#people .side i")].map(e => e.textContent)`)
	if len(tags) != 2 || tags[0] == tags[1] {
		t.Fatalf("the two of one name have the tags %q", tags)
	}
	call(tb, accessibility.Enable, cdp.Empty{})
	named := slices.ContainsFunc(call(tb, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes, func(n *accessibility.Node) bool {
		return axText(n.Role) == "button" && strings.HasPrefix(axText(n.Name), "Bob "+tags[0]+" "+note)
	})
	if !named {
		t.Error("no button is named by the name, the tag and the note")
	}
	tb.press(kb.Enter)
	tb.holds("the card is open", `(note, tag) => {
		const panel = document.querySelector("#panel"), all = panel?.querySelector(".note");
		return panel?.matches(":modal") && panel.querySelector("h2").textContent === "Bob" && panel.querySelector(".tag").textContent === tag &&
			all.textContent === note && all.scrollWidth <= all.clientWidth && /here since .*\d/.test(panel.textContent);
	}`, note, tags[0])
	tb.press(kb.Escape)
	tb.holds("it is closed, and the focus is back", `() => !document.querySelector("#panel") && document.activeElement.matches("#people > li:first-child > button")`)
}

// spacing is the text of WCAG 1.4.12: nothing may be lost with it.
const spacing = `() => {
	const sheet = document.styleSheets[0];
	sheet.insertRule("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }", sheet.cssRules.length);
}`

// No name is cut after a few letters on a narrow phone, neither with text of twice the
// size nor with the widest spacing, in a small and in a large room.
func TestNamesAreWhole(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	names := []string{"Mateo Ortiz", "Tomasz Kowalczyk-Wiśniewski", "Margareta von Habsburg"}
	for _, name := range names {
		bot(t, s, "small", name)
		bot(t, s, "large", name)
	}
	crowd(t, s, "large", 250)
	tb := sit(t, s, 0, "reader")
	tb.setWidth(360)
	for _, room := range []string{"small", "large"} {
		for _, change := range []string{`() => { document.documentElement.style.fontSize = "200%" }`, spacing} {
			tb.goTo("/r/" + room)
			tb.asked()
			eval[any](tb, change)
			eval[any](tb, `() => dispatchEvent(new Event("resize"))`)
			lost := eval[[]string](tb, `(names, room) => [...document.querySelectorAll("#people .name")].filter(e => {
				const card = e.closest("li").getBoundingClientRect(), box = e.getBoundingClientRect();
				const lines = Math.round(box.height / parseFloat(getComputedStyle(e).lineHeight));
				return names.includes(e.textContent) &&
					(e.scrollHeight > e.clientHeight + 1 && (room === "small" || lines < 2) || box.top < card.top - 1 || box.bottom > card.bottom + 1);
			}).map(e => e.textContent)`, names, room)
			if len(lost) > 0 {
				t.Errorf("%s, %s: cut are %q", room, change, lost)
			}
		}
	}
}

// A note that is chosen has an end, which others see on the card, and the server clears
// it then.
func TestNoteEnds(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	own := ann.inRoom()
	ann.click("#rename")
	ann.asked()
	ann.holds("by default a note has no end", `() => document.querySelector("#until-field").value === "never"`)
	ann.click(".presets button:nth-child(2)")
	ann.holds("the fields are filled", `() => document.querySelector("#note-field").value === "🥪 At lunch" && document.querySelector("#until-field").value === "60"`)
	ann.click("#name-dialog [type=submit]")
	bob.holds("the note is seen", `(id) => document.querySelector("[data-member='" + id + "'] .line").textContent === "away: 🥪 At lunch"`, own.ID)
	bob.click("[data-member='" + own.ID + "'] .name")
	bob.holds("and when it ends", `() => /until .*\d/.test(document.querySelector("#panel").textContent)`)
	bob.press(kb.Escape)
	ann.click("#rename")
	ann.asked()
	ann.holds("the end is kept", `() => document.querySelector("#until-field").value === "as-is" && /until .*\d/.test(document.querySelector("#until-field").selectedOptions[0].text)`)
	eval[any](ann, `() => { document.querySelector("#until-field").value = "never" }`)
	ann.click("#name-dialog [type=submit]")
	ann.receives(0, "the note has no end any more", func(m message) bool {
		return !m.sent && m.event == "user_updated" && m.data.User.ID == own.ID && !strings.Contains(m.raw, "note_until")
	})
}
