//go:build js

package ui

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// large is a page in a room of n people, scrolled to the middle of the list.
func large(t *testing.T, n int) *rig {
	t.Helper()
	var many []shared.User
	for i := range n {
		u := member(i)
		u.JoinedAt += 1 << 32 // some come before them
		many = append(many, u)
	}
	r := joined(t, many...)
	byID("people").Get("style").Set("overflowAnchor", "none") // as in the style sheet
	r.eventually("as tall as all cards", func() bool {
		return byID("people").Call("getBoundingClientRect").Get("height").Float() > float64(n)*10
	})
	scroller := document().Get("documentElement")
	scroller.Set("scrollTop", scroller.Get("scrollHeight").Float()/2)
	t.Cleanup(func() { scroller.Set("scrollTop", 0) })
	r.eventually("cards in the middle of the screen", func() bool { return seen() != "" })
	return r
}

// seen is the member in the middle of the screen, "" while there is none.
func seen() string {
	middle := app.Window().Get("innerHeight").Int() / 2
	at := document().Call("elementFromPoint", 100, middle)
	if !at.Truthy() {
		return ""
	}
	if at = at.Call("closest", "#people > [data-member]"); !at.Truthy() {
		return ""
	}
	return at.Get("dataset").Get("member").String()
}

// spot is where the card of a member is on the screen; not a number if it has none.
func spot(id string) float64 {
	card := one(`[data-member="` + id + `"]`)
	if !card.Truthy() {
		return math.NaN()
	}
	return card.Call("getBoundingClientRect").Get("top").Float()
}

// What a person looks at stays where it is on the screen when people come and go
// above it, one or many at once, in either order of the sheet.
func TestTheScreenStaysWhereItIs(t *testing.T) {
	r := large(t, 2000)
	who, where := seen(), 0.0
	where = spot(who)
	stays := func(what string) {
		t.Helper()
		r.eventually(what+": it stays", func() bool { return math.Abs(spot(who)-where) < 1.5 })
	}
	count := 2001
	counted := func() {
		t.Helper()
		r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == strconv.Itoa(count) })
	}
	leave := func(ids ...int) {
		var events []shared.Event
		for _, i := range ids {
			events = append(events, shared.DisconnectUser{Rev: r.next(), ID: member(i).ID, Reason: shared.ReasonLeft})
		}
		count -= len(ids)
		r.send(events...)
	}
	leave(3)
	counted()
	stays("one above goes")
	r.eventually("the ghost has gone", func() bool { return len(r.page.ghosts) == 0 })
	stays("the ghost goes")
	leave(slices.Collect(upTo(100, 400))...)
	counted()
	stays("many above go")
	var come []shared.Event
	for i := range 250 {
		u := member(5000 + i)
		u.JoinedAt = int64(i)
		come = append(come, shared.NewUser{Rev: r.next(), User: u})
	}
	count += len(come)
	r.send(come...)
	counted()
	stays("many come above")
	leave(slices.Collect(upTo(1900, 1950))...)
	counted()
	stays("many below go")
}

func upTo(from, to int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := from; i < to && yield(i); i++ {
		}
	}
}

// Where one stands in a large list is told to those who don't see it.
func TestRowsSayTheirPlace(t *testing.T) {
	large(t, 1000)
	cards := all("#people > li")
	first := cards[0].Get("ariaPosInSet").String()
	from, err := strconv.Atoi(first)
	if err != nil || from < 100 {
		t.Fatalf("the first card in the document is number %q", first)
	}
	for i, card := range cards {
		if card.Get("ariaPosInSet").String() != strconv.Itoa(from+i) || card.Get("ariaSetSize").String() != "1001" {
			t.Fatalf("card %d is %s of %s", from+i, card.Get("ariaPosInSet"), card.Get("ariaSetSize"))
		}
	}
}

// 3,000 people who arrive in as many frames of the wire are shown in far fewer
// renderings, and the page answers all the while.
func TestAStormIsAFewRenderings(t *testing.T) {
	r := joined(t, member(1))
	renderings := 0
	observe := app.FuncOf(func(app.Value, []app.Value) any {
		renderings++
		return nil
	})
	observer := app.Window().Get("MutationObserver").New(observe)
	observer.Call("observe", byID("count"), map[string]any{"childList": true, "characterData": true, "subtree": true})
	t.Cleanup(func() { observer.Call("disconnect") })
	const storm = 3000
	for i := range storm {
		u := member(100 + i)
		u.JoinedAt += 1 << 41
		r.send(shared.NewUser{Rev: r.next(), User: u})
	}
	r.eventually("all are counted", func() bool { return byID("count").Get("textContent").String() == strconv.Itoa(storm+2) })
	r.eventually("the observer has run", func() bool { return renderings > 0 })
	if renderings > storm/10 {
		t.Errorf("%d renderings", renderings)
	}
	if cards := len(all("#people > li")); cards > windowFrom {
		t.Errorf("%d cards are in the document", cards)
	}
}
