package hub

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

func ada() shared.GotANewUser { return shared.GotANewUser{Name: "Ada", Key: adasKey} }

func TestStatsOfComingAndGoing(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		enter(t, h, "standup", shared.GotANewUser{Name: "elsewhere"})
		_, s := enter(t, h, "lobby", ada())
		s.End(shared.ReasonClosed)
		time.Sleep(time.Second)
		_, s = enter(t, h, "lobby", ada()) // within the grace
		st := h.Stats()
		want(t, "rooms, members, sessions", []int{st.Rooms, st.Members, st.Sessions}, []int{2, 3, 3})
		want(t, "joins, arrivals, flaps", []uint64{st.Joins, st.Arrivals, st.Flaps}, []uint64{4, 3, 1})
		want(t, "ghost seconds", st.GhostSeconds, 0.0)

		time.Sleep(10 * time.Second)
		s.Silent(time.Now().Add(-30 * time.Second)) // a cut cable, but the tab before was seen later than that
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		_, s = enter(t, h, "lobby", ada()) // who had not left
		s.Receive(shared.Encode(shared.Leave{}))
		_, s = enter(t, h, "lobby", ada()) // who had
		st = h.Stats()
		want(t, "joins, arrivals, flaps", []uint64{st.Joins, st.Arrivals, st.Flaps}, []uint64{6, 5, 1})
		want(t, "false leaves", st.FalseLeaves, uint64(1))
		want(t, "ended", []uint64{st.Ended[shared.ReasonClosed], st.Ended[shared.ReasonTimeout], st.Ended[shared.ReasonLeft]}, []uint64{1, 1, 1})
		want(t, "shown after the last sign of life", st.GhostSeconds, 14.0)
		want(t, "seconds until all knew of the silent", st.Detection[shared.ReasonTimeout].Sum, 14.0)
		want(t, "seconds until all knew who left", st.Detection[shared.ReasonLeft].Counts[0], uint64(1))

		s.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace + ReturnWithin + 1)
		enter(t, h, "lobby", ada()) // too late to be the same visit
		want(t, "false leaves", h.Stats().FalseLeaves, uint64(1))
		h.Close()
		st = h.Stats()
		want(t, "after the end", []int{st.Rooms, st.Members, st.Sessions}, []int{0, 0, 0})
	})
}

func TestStatsOfSnapshots(t *testing.T) {
	run(t, Config{LogBytes: MinLogBytes}, func(t *testing.T, h *Hub) {
		p, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		ask := func(r shared.Resume) {
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: &r}))
		}
		synctest.Wait()
		epoch := p.roster.Epoch()
		_, s = enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: &shared.Resume{Epoch: "another", Rev: 1}})
		ask(shared.Resume{})
		time.Sleep(shared.ResyncEvery)
		ask(shared.Resume{BadHash: true})
		bo, err := h.Connect("lobby", newCounter())
		want(t, "error", err, nil)
		bo.Receive(shared.Encode(shared.GotANewUser{Name: "Bo", Resume: &shared.Resume{Epoch: epoch, Rev: 1}})) // served
		p.stall(true)
		for i := range shared.UpdateBurst { // the log holds no so many of such names
			s.Receive(update(strings.Repeat("\u8a9e", shared.MaxNameRunes-1) + fmt.Sprint(i)))
			time.Sleep(2 * slowWrite)
		}
		want(t, "slow readers", h.Stats().SlowReaders, 1)
		p.stall(false)
		synctest.Wait()
		st := h.Stats()
		want(t, "causes", st.Snapshots, map[Cause]uint64{CauseJoin: 1, CauseRefused: 1, CauseResync: 2, CauseBehind: 1})
		want(t, "resyncs, mismatches", []uint64{st.Resyncs, st.Mismatches}, []uint64{2, 1})
		want(t, "slow readers", st.SlowReaders, 0)
	})
}

func TestStatsOfWriting(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		time.Sleep(time.Millisecond) // so that it is the second
		_, s := enter(t, h, "lobby", ada())
		synctest.Wait()
		before := h.Stats()
		p.stall(true)
		for i := range 4 { // the first is being written to both, when the others come
			s.Receive(update(fmt.Sprint("Ada ", i)))
			synctest.Wait()
		}
		p.stall(false)
		synctest.Wait()
		st := h.Stats()
		want(t, "diffs", st.Diffs-before.Diffs, uint64(4))
		want(t, "messages", st.Messages-before.Messages, uint64(2+2))
		want(t, "diffs in them", st.FrameDiffs.Sum-before.FrameDiffs.Sum, 8.0)
		want(t, "of one diff", st.FrameDiffs.Counts[0]-before.FrameDiffs.Counts[0], uint64(2))
		want(t, "of three or four", st.FrameDiffs.Counts[2]-before.FrameDiffs.Counts[2], uint64(2))
		shown, _ := s.room.roster.Get(shared.MemberID(adasKey))
		one := len(shared.Encode(shared.UserUpdated{Rev: 3, User: shown}))
		want(t, "bytes", st.Bytes-before.Bytes, uint64(8*one+2+2)) // and what separates them
	})
}

func TestStatsOfErrors(t *testing.T) {
	run(t, Config{MaxSessions: 2}, func(t *testing.T, h *Hub) {
		p, s := enter(t, h, "lobby", ada())
		s.Receive(shared.Encode(ada()))
		if _, err := h.Connect("No Room", p); err == nil {
			t.Error("a room of that name")
		}
		_, other := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		if _, err := h.Connect("lobby", p); err == nil {
			t.Error("a third connection")
		}
		other.Receive([]byte("{"))
		p.stall(true)
		s.Receive(update("Ada L."))
		time.Sleep(2 * shared.StuckWriteAfter)
		want(t, "errors", h.Stats().Failed, map[shared.Code]uint64{
			shared.CodeAlreadyJoined: 1, shared.CodeBadRoom: 1, shared.CodeServerFull: 1,
			shared.CodeBadJSON: 1, shared.CodeTooSlow: 1})
	})
}

// A flusher finds the bucket of a message by its bits.
func TestFramesAreTalliedInTheirBuckets(t *testing.T) {
	for n := 1; n < 3000; n++ {
		h, st := newHistogram(frameBounds), newStats()
		h.observe(float64(n))
		var own tally
		own.frame(n)
		own.addUp(st)
		want(t, fmt.Sprint(n, " diffs"), st.counts.FrameDiffs, h)
	}
}

func TestDeparturesAreBounded(t *testing.T) {
	d := departures{at: make(map[departure]time.Time)}
	now := time.Now()
	who := func(i int) departure { return departure{"lobby", fmt.Sprint(i)} }
	for i := range maxDepartures + 100 {
		d.add(who(i), now)
	}
	want(t, "remembered", []int{len(d.at), len(d.queue)}, []int{maxDepartures, maxDepartures})
	want(t, "the first came back", d.back(who(99), now), false)
	want(t, "a later one came back", d.back(who(100), now), true)
	want(t, "and again", d.back(who(100), now), false)
	d.add(who(101), now.Add(ReturnWithin)) // anew: its older departure must not take this one along
	d.add(who(0), now.Add(ReturnWithin+1))
	want(t, "remembered", []int{len(d.at), len(d.queue)}, []int{2, 2})
	want(t, "back in time", d.back(who(101), now.Add(ReturnWithin+1)), true)
	want(t, "back too late", d.back(who(0), now.Add(3*ReturnWithin)), false)
}
