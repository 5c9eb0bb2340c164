package hub

import (
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/shared"
)

// counter is a peer that only counts the messages. It may serve any number of sessions.
type counter struct {
	messages atomic.Int64
	target   atomic.Int64
	reached  chan struct{}
}

func newCounter() *counter { return &counter{reached: make(chan struct{}, 1)} }

func (c *counter) Write([][]byte) error {
	if c.messages.Add(1) == c.target.Load() {
		c.reached <- struct{}{}
	}
	return nil
}

func (c *counter) Close(shared.CloseCode, string) {}

// expect returns a function that waits until n more messages have been written.
func (c *counter) expect(n int) (wait func()) {
	c.messages.Store(0)
	c.target.Store(int64(n))
	return func() { <-c.reached }
}

// quiet makes a room of n members, waits until all are served, and returns the last session.
func quiet(b *testing.B, h *Hub, name string, n int, c *counter) *Session {
	b.Helper()
	var last *Session
	for i := range n {
		s, err := h.Connect(name, c)
		if err != nil {
			b.Fatal(err)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: fmt.Sprint("member ", i)}))
		last = s
	}
	idle(h, name)
	return last
}

// idle waits until no session in the room is behind.
func idle(h *Hub, name string) {
	r := h.rooms[name]
	for {
		r.mu.Lock()
		done := len(r.fanout.flushers) == 0
		r.mu.Unlock()
		if done {
			return
		}
		runtime.Gosched()
	}
}

// One change in a quiet room of n, from the event to the last session's write.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1_000, 3_000, 9_000, 15_000, 100_000} {
		b.Run(fmt.Sprint("members=", n), func(b *testing.B) {
			h, c := New(Config{}), newCounter()
			defer h.Close()
			r := quiet(b, h, "bench", n, c).room
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				wait := c.expect(n)
				r.sessions[i%n].Receive(update(fmt.Sprint("renamed ", i))) // each may change only so often
				wait()
				idle(h, "bench")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/delivery")
		})
	}
}

func update(name string) []byte { return shared.Encode(shared.UpdateUser{Name: &name}) }

// BenchmarkDelivery makes one delivery as a flusher does. It must not allocate.
func BenchmarkDelivery(b *testing.B) {
	h, c := New(Config{}), newCounter()
	defer h.Close()
	s := quiet(b, h, "bench", 1_000, c)
	r := s.room
	fl := new(flusher)
	r.mu.Lock()
	defer r.mu.Unlock()
	rev := r.roster.Rev()
	from, _ := r.log.OffsetAfter(rev-100, rev)
	b.ReportAllocs()
	for b.Loop() {
		s.cursor = from // as if nothing had been written since
		fl.batch.begin(r.nextDelivery(fl, s), s)
		r.serve(fl)
	}
}

// An arrival in a room of n whose members read nothing more: the cost of the
// join itself, its diff and its snapshot.
func BenchmarkArrival(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint("members=", n), func(b *testing.B) {
			h, c := New(Config{}), newCounter()
			defer h.Close()
			s := quiet(b, h, "bench", n, c)
			r := s.room
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.mu.Lock()
				m := r.arrive(fmt.Sprint("id ", i), "newcomer", nil, 1)
				r.snapshot()
				r.depart(m, shared.ReasonLeft)
				r.mu.Unlock()
			}
		})
	}
}

// The memory of n sessions in rooms of equal size, connected and joined.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct{ sessions, rooms int }{{100_000, 1}, {1_000_000, 100_000}} {
		b.Run(fmt.Sprintf("sessions=%d/rooms=%d", c.sessions, c.rooms), func(b *testing.B) {
			for b.Loop() {
				before, start := heapInUse(), time.Now()
				h, p := New(Config{}), newCounter()
				for i := range c.sessions {
					s, err := h.Connect(fmt.Sprint("room-", i%c.rooms), p)
					if err != nil {
						b.Fatal(err)
					}
					s.Receive(shared.Encode(shared.GotANewUser{Name: fmt.Sprint("member ", i)}))
				}
				for name := range h.rooms {
					idle(h, name)
				}
				b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(c.sessions), "ns/join")
				b.ReportMetric(float64(heapInUse()-before)/float64(c.sessions), "B/session")
				h.Close()
			}
		})
	}
}

// heapInUse returns the bytes in use, after what goroutines that are about to end have freed.
func heapInUse() uint64 {
	var m runtime.MemStats
	for least := uint64(math.MaxUint64); ; least = m.HeapAlloc {
		for range 3 { // a pool keeps what it has for one collection more, and a cleanup frees after one
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		if m.HeapAlloc+64<<10 > least {
			return m.HeapAlloc
		}
	}
}

// BenchmarkTooManyBans is refused a ban where there are as many as there may be.
func BenchmarkTooManyBans(b *testing.B) {
	h := New(Config{})
	defer h.Close()
	fillAll(b, h)
	id := shared.MemberID("the-key-of-one-member-more")
	for b.Loop() {
		if h.Ban(Ban{Room: "lobby", ID: id, Until: in(time.Hour)}) != ErrTooManyBans {
			b.Fatal("it is not refused")
		}
	}
}

// BenchmarkBan bans one member more in a room with almost as many bans as there may be, lists
// a page of 100 of them, and has a stranger ask whether one of them is meant.
func BenchmarkBan(b *testing.B) {
	h := New(Config{})
	defer h.Close()
	ids := fill(b, h, "lobby", MaxRoomBans-1)
	more := shared.MemberID("the-key-of-one-member-more")
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			if err := h.Ban(Ban{Room: "lobby", ID: more, Until: in(time.Hour)}); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			h.bans.forget("lobby", func(k *keptBan) bool { return k.ID == more })
			b.StartTimer()
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			if page, _ := h.Bans("lobby", ids[5000], 100); len(page) == 0 {
				b.Fatal("there is no page")
			}
		}
	})
	b.Run("refuses", func(b *testing.B) {
		for b.Loop() {
			if h.bans.refuses("lobby", more, networkOf(netip.MustParseAddr("192.0.2.1"))) != nil {
				b.Fatal("who is not banned is refused")
			}
		}
	})
}
