//go:build !js

package e2e

import (
	"fmt"
	"testing"
	"time"

	"rollcall/app/e2e/engines"
	"rollcall/shared/client"
)

// The search finds people as one types their names or notes, says how many and what it has
// found, stays in view, and is there again after a reload, with the order.
func findsPeople(t *testing.T, b engines.Browser) {
	s := startServer(t)
	crowd(t, s, "lobby", 60)
	for _, name := range []string{"Zoë Weiß", "Siobhán O’Connor", "عادل المصري"} {
		bot(t, s, "lobby", name)
	}
	late := bot(t, s, "lobby", "Late")
	if err := late.SetNote(t.Context(), "back at the café"); err != nil {
		t.Fatal(err)
	}
	v := joinAlone(t, b, s, "/")
	finds := func(query, name, marked string) {
		t.Helper()
		v.enter("#search", query)
		v.holds(fmt.Sprintf("%q finds %s", query, name), `(name, marked) => {
			const cards = [...document.querySelectorAll("#people > li")], marks = [...document.querySelectorAll("#people mark")];
			return cards.length === 1 && cards[0].querySelector(".name").textContent === name &&
				document.querySelector(".found").textContent === "1 found" && marks.map((m) => m.textContent).join() === marked;
		}`, name, marked)
	}
	finds("weiss zoe", "Zoë Weiß", "Zoë,Weiß")
	finds("oconnor", "Siobhán O’Connor", "O’Connor")
	finds("cafe", "Late", "café")
	finds("عادل", "عادل المصري", "عادل")
	v.holds("a mark is where its word is", `() => {
		const name = document.querySelector("#people .name").getBoundingClientRect(), mark = document.querySelector("#people mark").getBoundingClientRect();
		return mark.width > 5 && mark.right <= name.right + 1 && document.querySelector("#people mark").nextSibling.textContent === " المصري";
	}`)
	if _, err := evalIn[any](v, `() => { document.querySelector("#sort").value = "name"; document.querySelector("#sort").dispatchEvent(new Event("change")) }`); err != nil {
		t.Fatal(err)
	}
	v.enter("#search", "person 5")
	const some = `() => document.querySelector(".found")?.textContent === "15 found" && document.querySelectorAll("#people > li").length === 15`
	v.holds("whose names have a 5", some)
	v.reload()
	v.holds("they are found again, by name", some+` && document.querySelector("#search").value === "person 5" && document.querySelector("#sort").value === "name"`)
	v.enter("#search", "person")
	v.holds("more are found", `() => document.querySelectorAll("#people > li").length === 60`)
	if _, err := evalIn[any](v, `() => scrollTo(0, 600)`); err != nil {
		t.Fatal(err)
	}
	v.holds("the search is in view", `() => {
		const box = document.querySelector("#search").getBoundingClientRect(), top = document.elementFromPoint(box.left + 20, box.top + 20);
		return scrollY > 300 && box.top >= 0 && box.bottom < 120 && top.id === "search";
	}`)
}

// places has the position of every card on the screen, by member.
const places = `() => {
	const at = {};
	for (const card of document.querySelectorAll("#people > [data-member]")) {
		const box = card.getBoundingClientRect();
		if (box.top > 100 && box.bottom < innerHeight) at[card.dataset.member] = [Math.round(box.left), Math.round(box.top)];
	}
	return at;
}`

// What is on the screen of a large room stays where it is while others come and go above.
func cardsStay(t *testing.T, b engines.Browser) {
	s := startServer(t, grace(time.Millisecond)...)
	var first []*client.Client
	for i := range 4 {
		first = append(first, bot(t, s, "lobby", fmt.Sprint("First ", i)))
	}
	crowd(t, s, "lobby", 400)
	v := visit(t, b, s, "ann")
	v.goTo("/")
	v.asked()
	v.enter("#name-form input[name=name]", "Ann")
	v.click("#name-form [type=submit]")
	v.holds("all are there", `() => document.querySelector("#count").textContent === "405" && document.querySelector("#connection").dataset.state === "live"`)
	v.holds("the list is long", `() => document.documentElement.scrollHeight > 4 * innerHeight`)
	if _, err := evalIn[any](v, `() => scrollTo(0, document.documentElement.scrollHeight / 2)`); err != nil {
		t.Fatal(err)
	}
	v.holds("cards fill the screen", `() => {
		const under = (y) => document.elementFromPoint(innerWidth / 4, y)?.closest("[data-member]");
		return !!under(innerHeight * 0.4) && !!under(innerHeight * 0.9);
	}`)
	before, err := evalIn[map[string][2]int](v, places)
	if err != nil || len(before) < 2 {
		t.Fatalf("%d cards, %v", len(before), err)
	}
	for i, c := range first {
		if err := c.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.holds("one less, and no ghost", `(n) =>
			document.querySelector("#count").textContent === n && document.querySelector("#people > li").getAttribute("aria-setsize") === n`, fmt.Sprint(404-i))
	}
	v.holds("the cards are where they were", `(before) => {
		const now = (`+places+`)();
		return Object.entries(before).every(([id, [x, y]]) => now[id] && Math.abs(now[id][0] - x) < 2 && Math.abs(now[id][1] - y) < 2);
	}`, before)
}
