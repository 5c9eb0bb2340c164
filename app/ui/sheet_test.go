//go:build js

package ui

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

func memberIDs() (ids []string) {
	for _, card := range all("#people > li[data-member]") {
		ids = append(ids, card.Get("dataset").Get("member").String())
	}
	return ids
}

// Of ten people of one name exactly the one who left is gone, at once, and a
// ghost with the reason stands there for a moment.
func TestExactlyTheOneWhoLeftIsGone(t *testing.T) {
	var tens []shared.User
	var want []string
	for i := range 10 {
		u := member(i)
		u.Name = "Kim"
		tens = append(tens, u)
		if i != 4 {
			want = append(want, u.ID)
		}
	}
	r := joined(t, tens...)
	want = append(want, r.page.you)
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u4", Reason: shared.ReasonTimeout})
	r.eventually("gone", func() bool { return slices.Equal(memberIDs(), want) })
	ghost := one("#people > li:nth-child(5)")
	if !ghost.Call("matches", ".gone:not([data-member])").Bool() || !strings.HasSuffix(ghost.Get("textContent").String(), "lost connection") {
		t.Errorf("in its place stands %s", ghost.Get("outerHTML"))
	}
	if got := byID("count").Get("textContent").String(); got != "10" {
		t.Errorf("the count is %s", got)
	}
	r.eventually("the ghost goes", func() bool { return len(all("#people > li")) == 10 })
	if !slices.Equal(memberIDs(), want) {
		t.Errorf("left are %v, want %v", memberIDs(), want)
	}
}

func TestWhoComesBackIsNoGhost(t *testing.T) {
	r := joined(t, member(1))
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonClosed})
	r.eventually("a ghost", func() bool { return len(all(".gone")) == 1 })
	back := member(1)
	back.JoinedAt = 1 << 41
	r.send(shared.NewUser{Rev: r.next(), User: back})
	r.eventually("back, at the end", func() bool { return slices.Equal(memberIDs(), []string{r.page.you, "u1"}) })
	if n := len(all(".gone")); n != 0 {
		t.Errorf("and yet there are %d ghosts", n)
	}
}

func TestComingsAndGoingsAreSaidTogether(t *testing.T) {
	r := joined(t, member(1))
	for i := 2; i < 5; i++ {
		r.send(shared.NewUser{Rev: r.next(), User: member(i)})
	}
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonLeft})
	r.eventually("said", func() bool {
		return byID("news").Get("textContent").String() == "3 people arrived. \u2068Person 1\u2069 left."
	})
}

func TestAStormLeavesNoGhosts(t *testing.T) {
	var many []shared.User
	var storm []shared.Event
	for i := range 20 {
		many = append(many, member(i))
	}
	r := joined(t, many...)
	for i := range 12 {
		storm = append(storm, shared.DisconnectUser{Rev: r.next(), ID: member(i).ID, Reason: shared.ReasonNodeLost})
	}
	r.send(storm...)
	r.eventually("nine are left", func() bool { return len(memberIDs()) == 9 })
	if n := len(all(".gone")); n != 0 {
		t.Errorf("there are %d ghosts", n)
	}
}

func TestStatusIsShown(t *testing.T) {
	r := joined(t, member(1))
	u := member(1)
	u.Status = shared.StatusAway
	r.send(shared.UserUpdated{Rev: r.next(), User: u})
	r.eventually("away, in shape and in words", func() bool {
		return one(`[data-member="u1"][data-status="away"]`).Truthy() && texts(`[data-member="u1"] .line`)[0] == "away"
	})
}

// A large room has only a window of cards in the document; scrolling moves it,
// and the list is as tall as if all were there.
func TestALargeRoomIsWindowed(t *testing.T) {
	const n = 2000
	var many []shared.User
	for i := range n {
		many = append(many, member(i))
	}
	r := joined(t, many...)
	r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == strconv.Itoa(n+1) })
	if cards := len(all("#people > li")); cards == 0 || cards > 200 {
		t.Fatalf("%d cards are in the document", cards)
	}
	r.eventually("as tall as all cards", func() bool {
		card := one("#people > li").Call("getBoundingClientRect").Get("height").Float()
		list := byID("people").Call("getBoundingClientRect").Get("height").Float()
		return math.Abs(list-(n+1)*card) < 1
	})
	scroller := document().Get("documentElement")
	scroller.Set("scrollTop", scroller.Get("scrollHeight"))
	t.Cleanup(func() { scroller.Set("scrollTop", 0) })
	r.eventually("the last card is mine", func() bool {
		last := one("#people > li:last-child")
		return last.Get("ariaCurrent").String() == "true" && last.Get("ariaPosInSet").String() == strconv.Itoa(n+1)
	})
	height := byID("people").Call("getBoundingClientRect").Get("height").Float()
	if card := one("#people > li").Call("getBoundingClientRect").Get("height").Float(); math.Abs(height-(n+1)*card) >= 1 {
		t.Errorf("at its end the list is %v high, %v a card", height, card)
	}
	if cards := len(all("#people > li")); cards > 200 {
		t.Errorf("%d cards are in the document", cards)
	}
}

// One who has scrolled down a room still sees people when it grows large.
func TestARoomGrowsLargeUnderTheEyes(t *testing.T) {
	var many []shared.User
	for i := range windowFrom - 10 {
		many = append(many, member(i))
	}
	r := joined(t, many...)
	r.eventually("all are in the document", func() bool { return len(all("#people > li")) == len(many)+1 })
	byID("people").Get("style").Set("overflowAnchor", "none") // as in the style sheet
	scrolled := false
	t.Cleanup(listen(app.Window(), "scroll", func() { scrolled = true }))
	scroller := document().Get("documentElement")
	scroller.Set("scrollTop", scroller.Get("scrollHeight"))
	t.Cleanup(func() { scroller.Set("scrollTop", 0) })
	r.eventually("scrolled", func() bool { return scrolled })
	var storm []shared.Event
	for i := range 1000 {
		u := member(10_000 + i)
		u.JoinedAt += 1 << 41
		storm = append(storm, shared.NewUser{Rev: r.next(), User: u})
	}
	r.send(storm...)
	r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == strconv.Itoa(len(many)+1001) })
	r.eventually("a window, with cards on the screen", func() bool {
		middle := app.Window().Get("innerHeight").Int() / 2
		at := document().Call("elementFromPoint", 100, middle)
		return len(all("#people > li")) < 200 && at.Truthy() && at.Call("closest", "#people > li").Truthy()
	})
}

func TestReconnecting(t *testing.T) {
	r := joined(t, member(1))
	r.conn.Break()
	r.eventually("reconnecting, and the sheet is still there", func() bool {
		return r.state() == stateReconnecting && len(memberIDs()) == 2
	})
	if retry := byID("retry"); retry.Truthy() { // the wait is random, and may be over
		retry.Call("click")
	}
	r.welcome(member(2))
	r.eventually("the sheet is the server's again", func() bool {
		return slices.Equal(memberIDs(), []string{"u2", r.page.you})
	})
	if dialogOpen() {
		t.Error("the person is asked again")
	}
}

// A status goes to the room when the page is hidden, and when it is seen again.
func TestTheRoomHearsOfAHiddenPage(t *testing.T) {
	r := joined(t)
	if status := r.receiveStatus(); status != shared.StatusActive {
		t.Fatalf("the room is told %s of one who has just joined", status)
	}
	for _, c := range []struct {
		visibility string
		status     shared.Status
	}{{"hidden", shared.StatusAway}, {"visible", shared.StatusActive}} {
		showAs(t, c.visibility)
		document().Call("dispatchEvent", newEvent("visibilitychange"))
		if status := r.receiveStatus(); status != c.status {
			t.Fatalf("the room is told %s when the page is %s", status, c.visibility)
		}
	}
}

// showAs has the browser say that the page is visible or hidden.
func showAs(t *testing.T, visibility string) {
	value := map[string]any{"value": visibility, "configurable": true}
	jsObject().Call("defineProperty", document(), "visibilityState", value)
	t.Cleanup(func() { jsReflect().Call("deleteProperty", document(), "visibilityState") })
}

// A page that was opened behind others, or was put there before it ran, has
// nobody in front of it.
func TestAPageOpenedBehindOthersIsAway(t *testing.T) {
	prepare(t)
	showAs(t, "hidden")
	r := start(t)
	r.submit("Me")
	r.welcome()
	if status := r.receiveStatus(); status != shared.StatusAway {
		t.Errorf("the room is told %s", status)
	}
}

// Who types in another window of the same browser is not idle.
func TestInputInAnotherWindowIsInput(t *testing.T) {
	r := joined(t)
	r.onUI(func() { r.page.touch(time.Now().Add(-shared.IdleAfter)) })
	elsewhere := func(at time.Time) {
		local.set(touchedItem, strconv.FormatInt(at.UnixMilli(), 10))
		app.Window().Call("dispatchEvent", newEvent("storage"))
	}
	for _, status := range []shared.Status{shared.StatusActive, shared.StatusIdle} {
		if got := r.receiveStatus(); got != status {
			t.Fatalf("the room is told %s, not %s", got, status)
		}
	}
	elsewhere(time.Now().Add(-2 * shared.IdleAfter)) // before the last input here
	elsewhere(time.Now())
	if got := r.receiveStatus(); got != shared.StatusActive {
		t.Errorf("the room is told %s", got)
	}
	local.del(touchedItem)
	app.Window().Call("dispatchEvent", newEvent("keydown"))
	r.eventually("it is noted", func() bool { return local.get(touchedItem) != "" })
}
