//go:build js

package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/shared"
)

// putOut has the server end the page's session.
func (r *testPage) putOut(why shared.Error, code shared.CloseCode) {
	r.t.Helper()
	r.send(why)
	r.conn.Close(code, string(why.Code))
}

// Who is kicked is told by whose word and why, as text, stays out, and may join again.
func TestAKickIsSaid(t *testing.T) {
	r := joinedPage(t, member(1))
	r.eventually("kept", func() bool { return readSaved().find(shared.Lobby) != nil })
	r.putOut(shared.Error{Code: shared.CodeKicked, Message: "m", By: "<b>آنا</b>", Reason: "{name} was <i>loud</i>"}, shared.CloseKicked)
	r.watched(member(1))
	want := string(msgs.Trouble["kicked"]) + "\nBy \u2068<b>آنا</b>\u2069\nReason: \u2068{name} was <i>loud</i>\u2069"
	if got := texts(".why"); !slices.Equal(got, []string{want}) {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got := textOf("news"); got != want {
		t.Errorf("screen readers are told %q", got)
	}
	if !asked() || problemShown() != "" || tab.get(joinedItem) != "" || readSaved().find(shared.Lobby) != nil || slices.Contains(memberIDs(), r.page.you) {
		t.Errorf("it asks: %v; the problem is %q; it would join %q; it lists %q", asked(), problemShown(), tab.get(joinedItem), memberIDs())
	}
	r.submit("Me")
	r.answerJoin(r.receive(), []shared.User{member(1)})
	if len(r.conns) != 0 {
		t.Error("it connects once more")
	}
}

// A tab that was reloaded says since when it has been in the room, and is told if it was kicked
// meanwhile. The user then joins anew.
func TestAReloadIsToldOfAKick(t *testing.T) {
	r := joinedPage(t)
	const came = 1 << 40 // see answerJoin
	r.eventually("it is kept", func() bool { return readSince() == came })
	prepare(t)
	local.set(nameItem, "Me")
	tab.set(joinedItem, shared.Lobby)
	setSince(came)
	r = start(t)
	r.accept()
	if e, ok := r.receive().(shared.GotANewUser); !ok || e.JoinedAt != came {
		t.Errorf("it joins with %+v", e)
	}
	r.putOut(shared.Error{Code: shared.CodeKicked, Message: "m"}, shared.CloseKicked)
	r.watched()
	if why := texts(".why"); !slices.Equal(why, []string{string(msgs.Trouble["kicked"])}) || readSince() != 0 {
		t.Errorf("it says %q, and keeps %d", why, readSince())
	}
	r.submit("Me")
	if e, ok := r.receive().(shared.GotANewUser); !ok || e.JoinedAt != 0 {
		t.Errorf("the user joins with %+v", e)
	}
}

// A ban is a problem until an attempt to join succeeds. Each attempt is told until when.
func TestABanIsSaidUntilAnAttemptSucceeds(t *testing.T) {
	r := joinedPage(t)
	year := time.Now().AddDate(1, 0, 0)
	ban := shared.Error{Code: shared.CodeBanned, Message: "m", By: "Ana", Until: year.UnixMilli()}
	for _, reason := range []string{"was loud", ""} {
		ban.Reason = reason
		r.putOut(ban, shared.CloseBanned)
		r.watched()
		got := textOf("problem")
		if problemShown() != problemBanned || !strings.HasPrefix(got, string(msgs.Trouble["banned"])+"\nBy \u2068Ana\u2069\n") ||
			strings.Contains(got, "Reason: \u2068was loud\u2069\n") != (reason != "") || !strings.HasSuffix(got, msgs.BackAfter.With("time", endText(year, time.Now()))) ||
			!strings.Contains(got, year.Format("2006")) {
			t.Errorf("the problem is %q: %q", problemShown(), got)
		}
		if why := texts(".why"); len(why) != 0 {
			t.Errorf("it is said again: %q", why)
		}
		r.submit("Me")
		e := r.receive()
		r.eventually("no problem while it tries", func() bool { return problemShown() == "" })
		if reason == "" {
			r.answerJoin(e, nil)
		}
	}
}

// A ban that is over is no problem any more, and the page watches again if that was refused,
// too.
func TestABanEndsByItself(t *testing.T) {
	prepare(t)
	r := start(t)
	r.accept()
	r.receive()
	r.putOut(shared.Error{Code: shared.CodeBanned, Message: "m", Until: time.Now().Add(3 * time.Second).UnixMilli()}, shared.CloseBanned)
	r.watched()
	if problemShown() != "" || !asked() {
		t.Errorf("the problem is %q", problemShown())
	}
}

// By a clock that is ahead of the server's, the ban is over. It is said until the next attempt.
func TestABanThatIsOverByThisClock(t *testing.T) {
	r := joinedPage(t)
	r.putOut(shared.Error{Code: shared.CodeBanned, Message: "m", Until: 1}, shared.CloseBanned)
	r.watched()
	if problemShown() != problemBanned {
		t.Errorf("the problem is %q", problemShown())
	}
}

// A lock is said at once to whoever is in the room and to whoever is not; only these can't
// join, until it is lifted.
func TestALockIsSaidAtOnce(t *testing.T) {
	prepare(t)
	r := start(t)
	r.watched(member(1))
	lock := func(locked bool) {
		r.send(shared.RoomInfoChanged{Rev: r.next(), RoomInfo: shared.RoomInfo{Locked: locked}})
	}
	shown := func(problem string, locked bool) func() bool {
		return func() bool { return problemShown() == problem && byID("locked").Truthy() == locked }
	}
	lock(true)
	r.eventually("locked", shown(problemLocked, true))
	lock(false)
	r.eventually("open", shown("", false))
	r.submit("Me") // the next lock is on its way
	r.receive()
	r.putOut(shared.Errorf(shared.CodeLocked, "m"), shared.CloseLocked)
	r.accept()
	r.answerWatch(r.receive(), []shared.User{member(1)})
	r.eventually("the list is there", func() bool { return slices.Equal(memberIDs(), []string{"u1"}) })
	lock(true)
	r.eventually("still locked", shown(problemLocked, true))
	lock(false)
	r.eventually("open", shown("", false))
	r.submit("Me")
	r.answerJoin(r.receive(), []shared.User{member(1)})
	lock(true)
	r.eventually("locked behind me", shown("", true))
}
