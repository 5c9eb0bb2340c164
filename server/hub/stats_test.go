package hub

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// held returns how many rooms, members and sessions a hub has.
func held(h *Hub) []int {
	members := 0
	for _, room := range h.Rooms() {
		members += h.View(room, 0).Count
	}
	return []int{len(h.Rooms()), members, h.Stats().Sessions}
}

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
		want(t, "rooms, members, sessions", held(h), []int{2, 3, 3})
		want(t, "joins, flaps", []uint64{st.Joins, st.Flaps}, []uint64{4, 1})

		time.Sleep(10 * time.Second)
		s.Silent(time.Now().Add(-30 * time.Second)) // a cut cable, but the tab before was seen later than that
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		_, s = enter(t, h, "lobby", ada())
		s.Receive(shared.Encode(shared.Leave{}))
		enter(t, h, "lobby", ada())
		st = h.Stats()
		want(t, "joins, flaps", []uint64{st.Joins, st.Flaps}, []uint64{6, 1})
		want(t, "ended", []uint64{st.Ended[shared.ReasonClosed], st.Ended[shared.ReasonTimeout], st.Ended[shared.ReasonLeft]}, []uint64{1, 1, 1})
		h.Close()
		want(t, "after the end", held(h), []int{0, 0, 0})
	})
}

func TestStatsOfSnapshots(t *testing.T) {
	run(t, Config{LogBytes: MinLogBytes}, func(t *testing.T, h *Hub) {
		p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		q := newPeer(t)
		s, err := h.Connect("lobby", q)
		want(t, "error", err, nil)
		ask := func(r shared.Resume) {
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: &r}))
		}
		synctest.Wait()
		epoch := p.roster.Epoch()
		q.stall(true)
		s.Receive([]byte(`{"event":"sing"}`)) // while its answer is being written, nothing else is
		synctest.Wait()
		ask(shared.Resume{Epoch: "another", Rev: 1})
		ask(shared.Resume{}) // before it was sent the snapshot that it waits for: no other
		q.stall(false)
		synctest.Wait()
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
		want(t, "causes", st.Snapshots, map[stats.Cause]uint64{stats.CauseJoin: 1, stats.CauseRefused: 1, stats.CauseResync: 1, stats.CauseBehind: 1})
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
