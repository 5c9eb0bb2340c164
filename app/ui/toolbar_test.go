//go:build js

package ui

import (
	"slices"
	"strings"
	"testing"

	"rollcall/shared"
)

// mixed returns members 1 to 4, of whom 2 is idle and 3 away.
func mixed() []shared.User {
	users := []shared.User{member(1), member(2), member(3), member(4)}
	users[1].Status, users[2].Status = shared.StatusIdle, shared.StatusAway
	return users
}

// The tally by status is a filter: each of its buttons lists only who has that status.
func TestFilters(t *testing.T) {
	r := joinedPage(t, mixed()...)
	r.eventually("counted by status", func() bool {
		return slices.Equal(texts(".filters button"), []string{"3 active", "1 idle", "1 away"})
	})
	query(`.filters [data-status="idle"]`).Call("click")
	r.eventually("only who is idle", func() bool { return slices.Equal(memberIDs(), []string{"u2"}) })
	if pressed := texts(`.filters [aria-pressed="true"]`); !slices.Equal(pressed, []string{"1 idle"}) {
		t.Errorf("pressed is %q", pressed)
	}
	idle := member(4)
	idle.Status = shared.StatusIdle
	r.send(shared.UserUpdated{Rev: r.next(), User: idle})
	r.eventually("one more", func() bool { return slices.Equal(memberIDs(), []string{"u2", "u4"}) })
	query(`.filters [data-status="idle"]`).Call("click")
	r.eventually("all again", func() bool { return len(memberIDs()) == 5 })
	query(`.filters [data-status="away"]`).Call("click")
	r.eventually("only who is away", func() bool { return slices.Equal(memberIDs(), []string{"u3"}) })
	r.send(shared.UserUpdated{Rev: r.next(), User: member(3)})
	r.eventually("nobody is, so all are listed", func() bool { return len(memberIDs()) == 5 })
}

// On wish the list is grouped by status.
func TestGroupedByStatus(t *testing.T) {
	r := joinedPage(t, mixed()...)
	byID("sort").Set("value", "status")
	byID("sort").Call("dispatchEvent", newEvent("change"))
	want := []string{"u1", "u4", r.page.you, "u2", "u3"}
	r.eventually("grouped", func() bool { return slices.Equal(memberIDs(), want) })
}

// The user's own name and status are in the bar, on the button that changes them.
func TestOneself(t *testing.T) {
	r := joinedPage(t, member(1))
	own := func() string { return strings.Join(texts("#rename .sr"), "") }
	r.eventually("active", func() bool { return strings.Contains(own(), "You are \u2068Me\u2069, active") })
	me, _ := r.page.roster.Get(r.page.you)
	me.Status = shared.StatusAway
	r.send(shared.UserUpdated{Rev: r.next(), User: me})
	r.eventually("away", func() bool { return strings.Contains(own(), "You are \u2068Me\u2069, away") })
}

func newsOfTally() string { return query(".tally > span").Get("textContent").String() }

// Who arrives is named beside the number of people for a moment, and the card stands out.
func TestAnArrivalIsSeen(t *testing.T) {
	r := joinedPage(t, member(1))
	r.send(shared.NewUser{Rev: r.next(), User: member(2)})
	r.eventually("named, and the card stands out", func() bool {
		return strings.Contains(newsOfTally(), "Person 2") && query(`.new[data-member="u2"]`).Truthy()
	})
	r.eventually("for a moment", func() bool { return newsOfTally() == "here now" && !query(".new").Truthy() })
}

// Those of a storm are only counted.
func TestAStormIsOnlyCounted(t *testing.T) {
	r := joinedPage(t, member(1))
	var storm []shared.Event
	for i := range maxAnimated + 1 {
		storm = append(storm, shared.NewUser{Rev: r.next(), User: member(10 + i)})
	}
	r.send(storm...)
	r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == "8" })
	if newsOfTally() != "here now" || query(".new").Truthy() {
		t.Errorf("the tally says %q", newsOfTally())
	}
	var end []shared.Event
	for i := range maxAnimated + 1 {
		end = append(end, shared.DisconnectUser{Rev: r.next(), ID: member(10 + i).ID, Reason: shared.ReasonLeft})
	}
	r.send(end...)
	r.eventually("counted", func() bool { return byID("count").Get("textContent").String() == "2" })
	if query(".left, .gone").Truthy() {
		t.Error("those of the storm are listed as gone")
	}
}

// Who left is listed below the others, until they are back or some minutes have passed.
func TestRecentlyLeft(t *testing.T) {
	r := joinedPage(t, member(1), member(2))
	for _, id := range []string{"u1", "u2"} {
		r.send(shared.DisconnectUser{Rev: r.next(), ID: id, Reason: shared.ReasonClosed})
	}
	r.eventually("both, the latest first", func() bool {
		return slices.Equal(texts(".left bdi"), []string{"Person 2", "Person 1"}) && strings.Contains(texts(".left li")[0], "closed the page")
	})
	r.send(shared.NewUser{Rev: r.next(), User: member(2)})
	r.eventually("one is back", func() bool { return slices.Equal(texts(".left bdi"), []string{"Person 1"}) })
	r.onUI(func() { r.page.showMove(&r.page.left, r.page.left[0], 1) })
	r.eventually("the time is over", func() bool { return !query(".left").Truthy() })
}
