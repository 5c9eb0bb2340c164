package hub

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// Rooms whose members change all the time, while nobody comes, take no more than
// before; and what the hub says that they take is about what they do.
func TestChangesTakeNoMemory(t *testing.T) {
	const rooms, members, changes = 20, 3, 200
	run(t, Config{}, func(t *testing.T, h *Hub) {
		before := heapInUse()
		var sessions []*Session
		for i := range rooms * members {
			s, err := h.Connect(fmt.Sprint("room-", i%rooms), newCounter())
			want(t, "error", err, nil)
			s.Receive(shared.Encode(shared.GotANewUser{Name: fmt.Sprint("member ", i)}))
			sessions = append(sessions, s)
		}
		for i := range changes {
			for _, s := range sessions {
				s.Receive(update(fmt.Sprint("changed ", i)))
			}
			time.Sleep(shared.UpdateEvery)
		}
		synctest.Wait()
		want(t, "changes", h.Stats().Diffs, uint64(rooms*members*(1+changes)))
		took, said := int(heapInUse()-before), h.Stats().RoomBytes
		if said > rooms*20<<10 || took > 2*said || said > 2*took {
			t.Errorf("%d rooms take %d bytes, and say %d", rooms, took, said)
		}
		runtime.KeepAlive(sessions)
	})
}

// A room from which a crowd has gone takes what those who are left need.
func TestACrowdLeavesNothingBehind(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		first, err := connect(h, shared.GotANewUser{Name: "Ada"})
		want(t, "error", err, nil)
		crowd := make([]*Session, 1000)
		for i := range crowd {
			crowd[i], err = connect(h, shared.GotANewUser{Name: fmt.Sprint(i)})
			want(t, "error", err, nil)
		}
		synctest.Wait()
		full := h.Stats().RoomBytes
		for _, s := range crowd {
			s.Receive(shared.Encode(shared.Leave{}))
		}
		synctest.Wait()
		r := first.room
		r.mu.Lock()
		defer r.mu.Unlock()
		const few = 64 + 4
		if cap(r.sessions) > few || cap(r.pending) > few || r.most > few {
			t.Errorf("there is place for %d sessions, %d at the door, %d members", cap(r.sessions), cap(r.pending), r.most)
		}
		if left := r.size(); left > 20<<10 || full < 1000*memberBytes {
			t.Errorf("%d bytes are left of %d", left, full)
		}
	})
}
