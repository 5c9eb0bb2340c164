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

// Of ten members with the same name exactly the one who left is removed, at once, and
// replaced for a moment by a ghost with the reason.
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
	r := joinedPage(t, tens...)
	want = append(want, r.page.you)
	seen := recordGhosts(t)
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u4", Reason: shared.ReasonTimeout})
	r.eventually("gone", func() bool { return slices.Equal(memberIDs(), want) })
	r.eventually("in its place stood a ghost", func() bool {
		return slices.ContainsFunc(seen(), func(g string) bool { return strings.HasPrefix(g, "4 ") && strings.HasSuffix(g, "lost connection") })
	})
	if got := byID("count").Get("textContent").String(); got != "10" {
		t.Errorf("the count is %s", got)
	}
	r.eventually("the ghost goes", func() bool { return len(all("#people > li")) == 10 })
	if !slices.Equal(memberIDs(), want) {
		t.Errorf("left are %v, want %v", memberIDs(), want)
	}
}

// recordGhosts records every ghost from now on, its place and its text: they stay for
// seconds, and a slow machine may not look in that time.
func recordGhosts(t *testing.T) (seen func() []string) {
	app.Window().Call("eval", `globalThis.ghosts = [];
		globalThis.ghostWatch = new MutationObserver(() => {
			for (const li of document.querySelectorAll("#people > .gone:not([data-member])"))
				ghosts.push([...li.parentNode.children].indexOf(li) + " " + li.textContent);
		});
		ghostWatch.observe(document.body, {childList: true, subtree: true, attributes: true, characterData: true})`)
	t.Cleanup(func() { app.Window().Get("ghostWatch").Call("disconnect") })
	return func() (seen []string) {
		list := app.Window().Get("ghosts")
		for i := range list.Length() {
			seen = append(seen, list.Index(i).String())
		}
		return seen
	}
}

func TestWhoComesBackIsNoGhost(t *testing.T) {
	r := joinedPage(t, member(1))
	seen := recordGhosts(t)
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonClosed})
	r.eventually("a ghost", func() bool { return len(seen()) > 0 })
	back := member(1)
	back.JoinedAt = 1 << 41
	r.send(shared.NewUser{Rev: r.next(), User: back})
	r.eventually("back, at the end", func() bool { return slices.Equal(memberIDs(), []string{r.page.you, "u1"}) })
	if n := len(all(".gone")); n != 0 {
		t.Errorf("and yet there are %d ghosts", n)
	}
}

func TestComingsAndGoingsAreSaidTogether(t *testing.T) {
	r := joinedPage(t, member(1))
	for i := 2; i < 5; i++ {
		r.send(shared.NewUser{Rev: r.next(), User: member(i)})
	}
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonLeft})
	r.eventually("said", func() bool {
		return byID("news").Get("textContent").String() == "3 people arrived. \u2068Person 1\u2069 left."
	})
}

func TestAStormLeavesNoGhosts(t *testing.T) {
	var storm []shared.Event
	many := members(20)
	r := joinedPage(t, many...)
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
	r := joinedPage(t, member(1))
	u := member(1)
	u.Status = shared.StatusAway
	r.send(shared.UserUpdated{Rev: r.next(), User: u})
	r.eventually("away, in shape and in words", func() bool {
		return query(`[data-member="u1"][data-status="away"]`).Truthy() && texts(`[data-member="u1"] .line`)[0] == "away"
	})
}

// Of a large room only a window of cards is in the document; scrolling moves it, and the
// list is as tall as if all cards were there.
func TestALargeRoomIsWindowed(t *testing.T) {
	const n = 2000
	many := members(n)
	r := joinedPage(t, many...)
	r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == strconv.Itoa(n+1) })
	if cards := len(all("#people > li")); cards == 0 || cards > 200 {
		t.Fatalf("%d cards are in the document", cards)
	}
	r.eventually("as tall as all cards", func() bool {
		card := query("#people > li").Call("getBoundingClientRect").Get("height").Float()
		list := byID("people").Call("getBoundingClientRect").Get("height").Float()
		return math.Abs(list-(n+1)*card) < 1
	})
	scroller := document().Get("documentElement")
	scroller.Set("scrollTop", scroller.Get("scrollHeight"))
	t.Cleanup(func() { scroller.Set("scrollTop", 0) })
	r.eventually("the last card is mine", func() bool {
		last := query("#people > li:last-child")
		return last.Get("ariaCurrent").String() == "true" && last.Get("ariaPosInSet").String() == strconv.Itoa(n+1)
	})
	height := byID("people").Call("getBoundingClientRect").Get("height").Float()
	if card := query("#people > li").Call("getBoundingClientRect").Get("height").Float(); math.Abs(height-(n+1)*card) >= 1 {
		t.Errorf("at its end the list is %v high, %v a card", height, card)
	}
	if cards := len(all("#people > li")); cards > 200 {
		t.Errorf("%d cards are in the document", cards)
	}
}

// A user who has scrolled down still sees cards when the room grows large.
func TestARoomGrowsLargeUnderTheEyes(t *testing.T) {
	many := members(windowFrom - 10)
	r := joinedPage(t, many...)
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
	r := joinedPage(t, member(1))
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
	if asked() {
		t.Error("the person is asked again")
	}
}

// The status is reported when the page is hidden, and when it is visible again.
func TestTheRoomHearsOfAHiddenPage(t *testing.T) {
	r := joinedPage(t)
	if status := r.receiveStatus(); status != shared.StatusActive {
		t.Fatalf("the room is told %s of one who has just joined", status)
	}
	r.onUI(func() { r.page.activity.awayAfter = 10 * time.Millisecond })
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

// showAs has the browser report that the page is visible or hidden.
func showAs(t *testing.T, visibility string) {
	value := map[string]any{"value": visibility, "configurable": true}
	jsObject().Call("defineProperty", document(), "visibilityState", value)
	t.Cleanup(func() { jsReflect().Call("deleteProperty", document(), "visibilityState") })
}

// A page that was opened in the background, or hidden before it ran, is away.
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

// Input in another tab of the same browser keeps the user from being idle.
func TestInputInAnotherWindowIsInput(t *testing.T) {
	r := joinedPage(t)
	r.onUI(func() { r.page.noteInput(time.Now().Add(-shared.IdleAfter)) })
	elsewhere := func(at time.Time) {
		local.set(inputItem, strconv.FormatInt(at.UnixMilli(), 10))
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
	local.del(inputItem)
	app.Window().Call("dispatchEvent", newEvent("keydown"))
	r.eventually("it is noted", func() bool { return local.get(inputItem) != "" })
}

// When user, network or page are back, the page asks at once whether the connection is
// alive, and makes a new one if there is no answer.
func TestWhoeverIsBackTheConnectionIsTried(t *testing.T) {
	r := joinedPage(t)
	r.receiveStatus()
	back := map[string]func(){
		"online":   func() { app.Window().Call("dispatchEvent", newEvent("online")) },
		"pageshow": func() { app.Window().Call("dispatchEvent", newEvent("pageshow")) },
		"seen": func() {
			for _, visibility := range []string{"hidden", "visible"} {
				showAs(t, visibility)
				document().Call("dispatchEvent", newEvent("visibilitychange"))
			}
		},
	}
	for what, happens := range back {
		happens()
		if e := r.receive(); e != (shared.Ping{}) {
			t.Errorf("%s: the server is asked %T", what, e)
		}
		r.send(shared.Pong{}, shared.NewUser{Rev: r.next(), User: member(int(r.rev))})
		r.eventually("the answer is heard", func() bool { return slices.Contains(memberIDs(), member(int(r.rev)).ID) })
	}
	app.Window().Call("dispatchEvent", newEvent("online"))
	r.welcome(member(1)) // since there was no answer
	r.eventually("the sheet is the server's", func() bool { return slices.Equal(memberIDs(), []string{"u1", r.page.you}) })
}
