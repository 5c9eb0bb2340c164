package hub

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// A client that was not connected when its member was kicked is told so when it comes back by
// itself, also while the person is in the room again, who has joined anew. Whoever joined after
// the kick comes back as ever.
func TestAKickHoldsForWhoComesBack(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		bo, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo", Key: bosKey})
		enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		_, lost := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		lost.End(shared.ReasonClosed)
		first := joinedAt(h, "lobby", adasID)
		if found, err := h.Kick("lobby", adasID, "Bo", "too loud"); !found || err != nil {
			t.Fatal(found, err)
		}
		back := func(at int64) (shared.Error, shared.CloseCode) {
			p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey, JoinedAt: at, Resume: &shared.Resume{}})
			synctest.Wait()
			return p.bye()
		}
		e, code := back(first)
		want(t, "she is told", e, shared.Error{Code: shared.CodeKicked, Message: e.Message, By: "Bo", Reason: "too loud"})
		want(t, "the close code", code, shared.CloseKicked)

		_, again := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey}) // at the instant of the kick
		synctest.Wait()
		want(t, "she may join", bo.users(), []string{"Ada", "Bo"})
		second := joinedAt(h, "lobby", adasID)
		again.End(shared.ReasonClosed)
		e, _ = back(first)
		want(t, "the other window is told", e.Code, shared.CodeKicked)
		e, _ = back(second)
		want(t, "this one comes back", e, shared.Error{})
		p, s := watch(t, h, "lobby", theRoster)
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, JoinedAt: first}))
		synctest.Wait()
		e, _ = p.bye()
		want(t, "one that watches is told", e.Code, shared.CodeKicked)

		time.Sleep(kicksKept + sweepBansEvery)
		e, _ = back(first)
		want(t, "it is forgotten", e, shared.Error{})
		want(t, "what is kept of it", []any{len(h.bans.rooms), len(h.bans.kicks)}, []any{0, 0})
	})
}

// joinedAt returns the time of arrival with which a member is shown.
func joinedAt(h *Hub, room, id string) int64 {
	for _, u := range h.View(room, 100).Users {
		if u.ID == id {
			return u.JoinedAt
		}
	}
	return 0
}

// Of more than MaxKicks the oldest are forgotten. Two of one member are one.
func TestKicksAreBounded(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		at := time.Now().UnixMilli()
		for range 2 {
			h.hearKick("lobby", "south", Change{Kind: ChangeKick, ID: adasID, At: at})
		}
		for i := range MaxKicks {
			h.hearKick("kitchen", "south", Change{Kind: ChangeKick, ID: shared.MemberID(fmt.Sprint(i)), At: at})
		}
		want(t, "kicks", []any{len(h.bans.kicks), len(h.SentAway("kitchen")), len(h.SentAway("lobby"))}, []any{MaxKicks, MaxKicks, 0})
		h.hearKick("lobby", "south", Change{Kind: ChangeKick, ID: adasID, At: at - kicksKept.Milliseconds()})
		want(t, "one that others have forgotten", h.SentAwayRooms(), []string{"kitchen"})
	})
}

// A node that could not hear of a kick hears of it from what any node remembers. That ends who
// has been there since before, or has come back by itself, and nobody who has joined since.
func TestAKickIsHeardLater(t *testing.T) {
	runPair(t, func(p *pair) {
		bo, _ := p.enter(0, "Bo", bosKey)
		there, _ := p.enter(1, "Ada", adasKey)
		p.exchange()
		first := joinedAt(p.hubs[0], shown, adasID)
		time.Sleep(time.Second)
		found, err := p.hubs[0].Kick(shown, adasID, "Bo", "")
		want(t, "she is found", []any{found, err}, []any{true, nil})
		p.said[0] = nil // is lost
		time.Sleep(time.Second)
		back, _ := enter(t, p.hubs[1], shown, shared.GotANewUser{Name: "Ada", Key: adasKey, JoinedAt: first})
		anew, session := p.enter(1, "Ada", adasKey)
		synctest.Wait()
		there.take()
		late := p.hubs[0].SentAway(shown)
		for range 2 { // the second time it is known
			p.hubs[1].Remote(shown, "north", late)
			synctest.Wait()
		}
		for _, gone := range []*peer{there, back} {
			e, _ := gone.bye()
			want(t, "she hears", []any{e.Code, e.By}, []any{shared.CodeKicked, "Bo"})
		}
		want(t, "the outcome", session.Outcome(), Outcome{})
		p.exchange()
		want(t, "who is here", bo.users(), []string{"Ada", "Bo"})
		want(t, "who is there", anew.users(), []string{"Ada", "Bo"})

		_, s := enter(t, p.hubs[1], shown, shared.GotANewUser{Name: "Ada", Key: adasKey, JoinedAt: first})
		want(t, "another window is refused there", s.Outcome().Code, shared.CodeKicked)
		h := New(Config{})
		defer h.Close()
		h.Remote("attic", "north", late)
		want(t, "a room that is not in use", h.SentAway("attic"), late)
	})
}

// recordOf returns Ada's record on another node, where she arrived some time from now.
func recordOf(ada time.Duration) []Change {
	u := shared.User{ID: adasID, Name: "Ada", Status: shared.StatusActive, JoinedAt: in(ada)}
	return []Change{{Kind: ChangeHere, Record: Record{User: u, Stamp: 1, Sessions: 1}}}
}

// A kick reaches who arrived by a clock that is ahead of that of the node where it is said, unless
// that is so far ahead that no other node would hear the kick.
func TestAKickIsLaterThanWhatItEnds(t *testing.T) {
	runPair(t, func(p *pair) {
		bo, _ := p.enter(0, "Bo", bosKey)
		p.hubs[1].hearKick(shown, "west", Change{Kind: ChangeKick, ID: adasID, At: in(5 * time.Second)})
		p.said[1] = nil // south alone knows of it, and so has Ada arrive 5 s from now
		ada, _ := p.enter(1, "Ada", adasKey)
		p.exchange()
		want(t, "she is ahead", joinedAt(p.hubs[0], shown, adasID) > in(0), true)
		_, _ = p.hubs[0].Kick(shown, adasID, "Bo", "")
		p.exchange()
		e, _ := ada.bye()
		want(t, "she is told", e.Code, shared.CodeKicked)
		want(t, "who is here", bo.users(), []string{"Bo"})

		p.hubs[0].Remote(shown, "west", recordOf(24*time.Hour))
		_, _ = p.hubs[0].Kick(shown, adasID, "Bo", "")
		c := p.said[0][len(p.said[0])-1]
		want(t, "a kick that others take", []any{c.Kind, c.Check()}, []any{ChangeKick, nil})
	})
}

// Who joins anew while a node that is lost still has the stay that a kick has ended arrives then,
// on all nodes that know of the kick, and comes back as ever.
func TestWhoWasKickedArrivesAnew(t *testing.T) {
	runPair(t, func(p *pair) {
		bo, _ := p.enter(0, "Bo", bosKey)
		p.enter(1, "Cy", "")
		for i, h := range p.hubs {
			h.Remote(shown, "west", recordOf(0))
			want(t, "she is shown at "+p.names[i], h.View(shown, 0).Count > 1, true)
		}
		time.Sleep(time.Second)
		_, _ = p.hubs[0].Kick(shown, adasID, "Bo", "")
		time.Sleep(time.Second)
		now := in(0)
		ada, s := p.enter(0, "Ada", adasKey)
		p.exchange()
		want(t, "they agree", ada.hash(), bo.hash())
		for i, h := range p.hubs {
			want(t, "since when she is here at "+p.names[i], joinedAt(h, shown, adasID), now)
		}
		s.End(shared.ReasonClosed)
		_, s = enter(t, p.hubs[0], shown, shared.GotANewUser{Name: "Ada", Key: adasKey, JoinedAt: now})
		want(t, "she comes back", s.Outcome(), Outcome{})
	})
}

// A kick that is heard late ends nothing that has begun since: not the grace of a member, nor what
// may still be on another node, nor watching with a sign-in.
func TestALateKickEndsNothingThatIsLater(t *testing.T) {
	runPair(t, func(p *pair) {
		h := p.hubs[0]
		bo, _ := p.enter(0, "Bo", bosKey)
		watchIn := func() *Session {
			s, _ := h.ConnectAs(shown, newPeer(t), &Identity{ID: adasID})
			s.Receive(shared.Encode(theRoster))
			return s
		}
		before := watchIn()
		kick := Change{Kind: ChangeKick, ID: adasID, At: in(0)}
		time.Sleep(time.Second)
		since := watchIn()
		_, s := p.enter(0, "Ada", adasKey)
		s.End(shared.ReasonClosed)
		synctest.Wait()
		bo.take()
		h.Remote(shown, "south", []Change{kick})
		synctest.Wait()
		want(t, "Bo hears", bo.names(), []string(nil))
		want(t, "who watched before", before.Outcome().Code, shared.CodeKicked)
		want(t, "who has watched since", since.Outcome(), Outcome{})
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		want(t, "after the grace Bo hears", bo.names(), []string{"disconnect_user"})

		h.Remote(shown, "west", recordOf(0))
		h.Remote(shown, "west", []Change{{Kind: ChangeGone, ID: adasID, Late: true}})
		kick.At++
		h.Remote(shown, "south", []Change{kick})
		synctest.Wait()
		want(t, "who is here", bo.users(), []string{"Ada", "Bo"})
		kick.At = in(0)
		h.Remote(shown, "south", []Change{kick})
		synctest.Wait()
		want(t, "who is here then", bo.users(), []string{"Bo"})
	})
}

// What a node that is gone has left of a member ends with a kick or a ban that is about it, and not
// with one before, nor with a ban that is over.
func TestDropSentAway(t *testing.T) {
	kick := func(ago time.Duration) Change { return Change{Kind: ChangeKick, ID: adasID, At: in(-ago)} }
	ban := func(from, until time.Duration) Change {
		return Change{Kind: ChangeBan, Ban: &Ban{ID: adasID, From: in(from), Until: in(until)}}
	}
	for what, c := range map[string]struct {
		change func() Change
		shown  []string
	}{
		"a kick":             {func() Change { return kick(0) }, []string{"Bo"}},
		"a kick before":      {func() Change { return kick(time.Minute) }, []string{"Ada", "Bo"}},
		"a ban":              {func() Change { return ban(-time.Minute, time.Minute) }, []string{"Bo"}},
		"a ban that is over": {func() Change { return ban(-time.Minute, -time.Second) }, []string{"Ada", "Bo"}},
	} {
		runPair(t, func(p *pair) {
			h := p.hubs[0]
			bo, _ := p.enter(0, "Bo", bosKey)
			h.DropSentAway(shown, "west", adasID)
			h.Remote(shown, "west", recordOf(0))
			h.Remote(shown, "south", []Change{c.change()})
			h.DropSentAway(shown, "west", adasID)
			synctest.Wait()
			want(t, what, bo.users(), c.shown)
			want(t, what+", of what is left", len(h.inUse(shown).replica.parts), len(c.shown)-1)
		})
	}
}

// A kick of another node must have a time, and words, as one that is said here.
func TestCheckKick(t *testing.T) {
	now := time.Now().UnixMilli()
	for _, c := range []Change{
		{ID: adasID}, {ID: adasID, At: -1}, {ID: adasID, At: now + 2*kicksKept.Milliseconds()},
		{ID: "no id", At: now}, {ID: adasID, At: now, By: " Bo"}, {ID: adasID, At: now, Why: "too\nloud"},
	} {
		if c.Kind = ChangeKick; c.Check() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	want(t, "a valid one", Change{Kind: ChangeKick, ID: adasID, At: now, By: "Bo", Why: "loud"}.Check(), nil)
}

// What another node said is told again while it is new: that node may not reach all others.
func TestOnlyWhatIsNewIsToldAgain(t *testing.T) {
	runPair(t, func(p *pair) {
		now := time.Now()
		for i, ago := range []time.Duration{0, tellAgainFor - time.Second, tellAgainFor, kicksKept - time.Second} {
			said, id := now.Add(-ago).UnixMilli(), shared.MemberID(fmt.Sprint("somebody ", i))
			p.hubs[0].Remote(shown, "west", []Change{
				{Kind: ChangeKick, ID: id, At: said},
				{Kind: ChangeBan, Ban: &Ban{ID: id, From: said, Until: said + time.Hour.Milliseconds()}},
			})
		}
		want(t, "changes that are told again", len(p.said[0]), 4)
		want(t, "what is known", len(p.hubs[0].SentAway(shown)), 8)
	})
}
