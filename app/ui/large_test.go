//go:build js

package ui

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// large returns a page in a room of n members, scrolled to the middle of a list with as
// many columns.
func large(t *testing.T, n, columns int) *testPage {
	t.Helper()
	style := document().Call("createElement", "style") // what matters of the style sheet
	style.Set("textContent", fmt.Sprintf(`
		header, .bar { block-size: 100px; overflow: clip }
		#people { display: grid; grid-template-columns: repeat(%d, 100px); margin: 0; padding: 0; overflow-anchor: none }
		#people > li { block-size: 40px; list-style: none; overflow: clip }
		#people > li:first-child { grid-column-start: var(--first, auto) }`, columns))
	document().Get("head").Call("append", style)
	t.Cleanup(func() { style.Call("remove") })
	many := members(n)
	for i := range many {
		many[i].JoinedAt += 1 << 32 // some arrived before them
	}
	r := joinedPage(t, many...)
	r.eventually("as tall as all cards", func() bool {
		return byID("people").Call("getBoundingClientRect").Get("height").Float() == float64(40*((n+columns)/columns))
	})
	scroller := document().Get("documentElement")
	scroller.Set("scrollTop", scroller.Get("scrollHeight").Float()/2)
	t.Cleanup(func() { scroller.Set("scrollTop", 0) })
	lines := app.Window().Get("innerHeight").Int()/40 - 2
	r.eventually("cards fill the screen", func() bool { return len(spots()) >= lines*columns })
	r.rendered() // what came with the welcome
	r.rendered()
	r.eventually("no card glides any more", func() bool { return document().Call("getAnimations").Length() == 0 })
	return r
}

// rendered returns after a rendering that begins after the call.
func (r *testPage) rendered() {
	done := make(chan struct{})
	r.page.ctx.Dispatch(func(ctx app.Context) { ctx.Defer(func(app.Context) { close(done) }) })
	<-done
}

// spots returns where the cards on the screen are, by member.
func spots() map[string][2]int {
	height := app.Window().Get("innerHeight").Int()
	at := places()
	maps.DeleteFunc(at, func(_ string, spot [2]int) bool { return spot[1] <= 0 || spot[1]+40 >= height })
	return at
}

// places returns left and top of all cards in the document by member, relative to the screen.
func places() map[string][2]int {
	at := map[string][2]int{}
	for _, card := range all("#people > [data-member]") {
		box := card.Call("getBoundingClientRect")
		at[card.Get("dataset").Get("member").String()] = [2]int{int(math.Round(box.Get("left").Float())), int(math.Round(box.Get("top").Float()))}
	}
	return at
}

// What the user looks at stays in place on the screen while others come and go above it,
// one or many at once, in one column and in several.
func TestTheScreenStaysWhereItIs(t *testing.T) {
	for _, columns := range []int{1, 3} {
		t.Run(strconv.Itoa(columns), func(t *testing.T) { screenStays(t, columns) })
	}
}

func screenStays(t *testing.T, columns int) {
	const n = 3000
	r := large(t, n, columns)
	before := spots()
	stays := func(what string) {
		t.Helper()
		r.eventually(what+": it stays", func() bool { return maps.Equal(spots(), before) })
	}
	count := n + 1
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
	come := func(n, from int) {
		var come []shared.Event
		for i := range n {
			u := member(from + i)
			u.JoinedAt = int64(from + i) // before all others
			come = append(come, shared.NewUser{Rev: r.next(), User: u})
		}
		count += n
		r.send(come...)
	}
	for i := range columns + 1 {
		leave(3 + i)
		counted()
		stays("one above goes")
		r.eventually("the ghost has gone", func() bool { return len(r.page.ghosts) == 0 })
		stays("the ghost goes")
	}
	leave(slices.Collect(upTo(100, 400))...)
	counted()
	stays("many above go")
	for i := range columns + 1 {
		come(1, 5000+i)
		counted()
		stays("one comes above")
	}
	come(250, 6000)
	counted()
	stays("many come above")
	leave(slices.Collect(upTo(n-100, n-50))...)
	counted()
	stays("many below go")
	app.Window().Call("scrollTo", 0, 0)
	r.eventually("the list begins in the first column", func() bool {
		first := query("#people > [aria-posinset='1']")
		return first.Truthy() && first.Call("getBoundingClientRect").Get("left").Float() == byID("people").Call("getBoundingClientRect").Get("left").Float()
	})
}

// When a card on the screen goes, its place is taken from the nearer edge of the screen,
// so that what is in the middle stays.
func TestACardOnTheScreenGoes(t *testing.T) {
	r := large(t, 1000, 3)
	before := spots()
	there := slices.SortedFunc(maps.Keys(before), func(a, b string) int {
		return cmp.Or(cmp.Compare(before[a][1], before[b][1]), cmp.Compare(before[a][0], before[b][0]))
	})
	first, last, middle := there[0], there[len(there)-1], there[len(there)/2]
	for i, goes := range []string{first, last} {
		r.send(shared.DisconnectUser{Rev: r.next(), ID: goes, Reason: shared.ReasonLeft})
		r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == strconv.Itoa(1000-i) })
		r.eventually("the ghost has gone", func() bool { return len(r.page.ghosts) == 0 && !query("[data-ghost]").Truthy() })
		r.eventually("the others stay", func() bool {
			now := places() // a card at the edge of the screen may have left it
			return !slices.ContainsFunc(there, func(id string) bool {
				return id != first && id != last && (now[id][0] != before[id][0] || now[id][1]-now[middle][1] != before[id][1]-before[middle][1])
			})
		})
	}
}

func upTo(from, to int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := from; i < to && yield(i); i++ {
		}
	}
}

// The cards of a large list have their position as attributes, for screen readers.
func TestRowsSayTheirPlace(t *testing.T) {
	large(t, 1000, 1)
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

// 3,000 members who arrive in as many frames cause far fewer renderings, and the page
// stays responsive.
func TestAStormIsAFewRenderings(t *testing.T) {
	r := joinedPage(t, member(1))
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
