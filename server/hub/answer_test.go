package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// What the protocol needs is told whatever else waits: only errors are left out.
func TestResumedIsNotLeftOutForErrors(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p, first := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		p.take()
		first.End(shared.ReasonClosed)
		s, err := h.Connect("lobby", p)
		want(t, "error", err, nil)
		p.stall(true)
		s.Receive([]byte(`{"event":"sing"}`)) // its answer is being written from now on
		synctest.Wait()
		for range 200 {
			s.Receive([]byte(`{"event":"sing"}`))
		}
		for range 200 {
			s.Receive(shared.Encode(shared.Ping{}))
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey,
			Resume: &shared.Resume{Epoch: p.roster.Epoch(), Rev: p.roster.Rev()}}))
		p.stall(false)
		synctest.Wait()
		heard := map[string]int{}
		for _, name := range p.names() {
			heard[name]++
		}
		want(t, "resumed, pongs", []int{heard[shared.EventResumed], heard[shared.EventPong]}, []int{1, 1})
		if h.Stats().Unsaid == 0 {
			t.Error("all errors were told")
		}
	})
}

// Who asks for the roster again and again, and reads nothing, is owed one answer.
func TestAskingWithoutReadingCostsOneAnswer(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		p.stall(true)
		s.Receive([]byte(`{"event":"sing"}`)) // its answer is being written from now on
		synctest.Wait()
		p.take()
		for i := range int(shared.StuckWriteAfter/shared.ResyncEvery) - 1 {
			resume := &shared.Resume{}
			if i < 4 { // what is held is as good as it can be
				resume = &shared.Resume{Epoch: p.roster.Epoch(), Rev: p.roster.Rev()}
			}
			time.Sleep(shared.ResyncEvery)
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: resume}))
		}
		s.room.mu.Lock()
		waits := len(s.direct)
		s.room.mu.Unlock()
		if waits > 200 {
			t.Errorf("%d bytes wait", waits)
		}
		want(t, "snapshots owed", h.Stats().Snapshots[stats.CauseResync], uint64(1))
		p.stall(false)
		synctest.Wait()
		want(t, "Ada hears", p.names(), []string{"error", "resumed", "existing_users"})
	})
}
