package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

func (s *Session) setStatus(status shared.Status) {
	s.Receive(shared.Encode(shared.UpdateUser{Status: &status}))
}

// The time of the last change of the status comes with that change, in the same diff, and
// nothing else changes it.
func TestStatusSince(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		who, s := enter(t, h, "lobby", ada())
		began := time.Now().UnixMilli()
		synctest.Wait()
		check := func(what string, diffs int, status shared.Status, since int64) {
			t.Helper()
			synctest.Wait()
			u, _ := watcher.roster.Get(who.you)
			want(t, what, []any{len(updates(watcher)), u.Status, u.StatusSince}, []any{diffs, status, since})
		}
		check("at first", 0, shared.StatusActive, 0)
		s.setStatus(shared.StatusIdle) // in the same millisecond
		check("idle at once", 1, shared.StatusIdle, began+1)
		time.Sleep(time.Minute)
		s.setStatus(shared.StatusIdle)
		s.Receive(shared.Encode(shared.UpdateUser{Note: new("lunch")}))
		check("with a note", 1, shared.StatusIdle, began+1)
		s.setStatus(shared.StatusActive)
		check("active", 1, shared.StatusActive, began+60_000)

		time.Sleep(time.Minute)
		s.End(shared.ReasonClosed)
		_, s = enter(t, h, "lobby", ada())
		time.Sleep(shared.DefaultGrace + time.Millisecond)
		check("after a reload", 0, shared.StatusActive, began+60_000)
		s.setStatus(shared.StatusAway)
		check("away", 1, shared.StatusAway, time.Now().UnixMilli())
		s.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace + time.Millisecond)
		enter(t, h, "lobby", ada())
		synctest.Wait()
		check("in another stay", 0, shared.StatusActive, 0)
	})
}

// updates takes what p has heard and returns the updates in it.
func updates(p *peer) (us []shared.UserUpdated) {
	for _, e := range p.take() {
		if u, ok := e.(shared.UserUpdated); ok {
			us = append(us, u)
		}
	}
	return us
}

// On two nodes, the status is that of the most attentive session, and has been for as long
// as any: on both it takes one diff, with the same time.
func TestStatusSinceOnTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		var watchers [2]*peer
		for i := range watchers {
			watchers[i], _ = p.enter(i, "watcher", "")
		}
		who, north := p.enter(0, "Ada", adasKey)
		p.exchange()
		_, south := p.enter(1, "Ada", adasKey)
		p.exchange()
		began := time.Now()
		step := func(what string, diffs int, status shared.Status, since time.Duration) {
			t.Helper()
			p.exchange()
			for i, w := range watchers {
				u, _ := w.roster.Get(who.you)
				at := time.Duration(0)
				if u.StatusSince != 0 {
					at = time.UnixMilli(u.StatusSince).Sub(began)
				}
				want(t, what+" at "+p.names[i], []any{len(updates(w)), u.Status, at}, []any{diffs, status, since})
			}
			time.Sleep(time.Minute)
		}
		const active, idle = shared.StatusActive, shared.StatusIdle
		step("at first, since there are two devices", 1, active, 0)
		north.setStatus(idle) // minute 1
		step("one of two is idle", 0, active, 0)
		south.setStatus(idle)
		step("both are", 1, idle, 2*time.Minute)
		south.setStatus(active)
		step("one is active", 1, active, 3*time.Minute)
		north.setStatus(active)
		step("the other too", 0, active, 3*time.Minute)
		south.setStatus(idle)
		step("the first not any more", 0, active, 3*time.Minute)
		south.setStatus(active)
		p.exchange()
		north.setStatus(idle)
		step("they have changed places", 0, active, 3*time.Minute)
		south.End(shared.ReasonClosed)
		step("the active one is gone", 0, active, 3*time.Minute)
		step("for good", 1, idle, 7*time.Minute+shared.DefaultGrace)
		_, south = p.enter(1, "Ada", adasKey)
		step("there is another device", 1, idle, 7*time.Minute+shared.DefaultGrace)
		north.End(shared.ReasonClosed)
		step("which is the only one now", 0, idle, 7*time.Minute+shared.DefaultGrace)
		south.setStatus(active)
		step("and active, on one device", 2, active, 11*time.Minute)
	})
}

// Who arrives on two nodes at a time has had the status since the first arrival.
func TestStatusSinceATwofoldArrival(t *testing.T) {
	runPair(t, func(p *pair) {
		watcher, _ := p.enter(0, "watcher", "")
		p.exchange()
		ada, _ := p.enter(0, "Ada", adasKey)
		time.Sleep(time.Second)
		p.enter(1, "Ada", adasKey)
		p.exchange()
		u, _ := watcher.roster.Get(ada.you)
		want(t, "the watcher hears and sees", []any{len(updates(watcher)), u.StatusSince}, []any{1, int64(0)}) // of two devices
	})
}

// A node that hears a masked record first does not take its time for that of the status.
func TestStatusSinceOfAMaskedRecord(t *testing.T) {
	runPair(t, func(p *pair) {
		watcher, _ := p.enter(0, "watcher", "")
		time.Sleep(time.Minute)
		now := time.Now().UnixMilli()
		bo := shared.User{ID: shared.MemberID("bo"), Name: "Bo", Status: shared.StatusIdle, JoinedAt: 1, StatusSince: 5}
		record := Change{Kind: ChangeHere, Record: Record{User: bo, Masked: true, Stamp: 1}}
		p.hubs[0].Remote(shown, "south", []Change{record})
		synctest.Wait()
		u, _ := watcher.roster.Get(bo.ID)
		want(t, "idle", u.StatusSince, now)
		bo.Status = shared.StatusActive
		p.hubs[0].Remote(shown, "west", []Change{{Kind: ChangeHere, Record: Record{User: bo, Stamp: 1}}})
		synctest.Wait()
		u, _ = watcher.roster.Get(bo.ID)
		want(t, "active", u.StatusSince, int64(5))

		for at, since := range map[int64]int64{time.Now().Add(time.Hour).UnixMilli(): now, now - 1: now - 1} {
			p.hubs[0].Remote(shown, "west", []Change{{Kind: ChangeHere, Record: Record{User: bo, Stamp: 1}}})
			p.hubs[0].Remote(shown, "west", []Change{{Kind: ChangeGone, ID: bo.ID, At: at}})
			synctest.Wait()
			u, _ = watcher.roster.Get(bo.ID)
			want(t, "gone", u.StatusSince, since)
		}
	})
}
