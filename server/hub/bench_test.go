package hub

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/shared"
)

// counter is a peer that takes everything and only counts the messages. One
// serves any number of sessions.
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

// expect returns what waits until n more messages have been written.
func (c *counter) expect(n int) (wait func()) {
	c.messages.Store(0)
	c.target.Store(int64(n))
	return func() { <-c.reached }
}

// quiet returns a room of n members, all of whom have been served, and the last session.
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

// idle returns when nobody in the room is behind.
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

// One delivery as a flusher makes it: claim, take, write. It must not allocate.
func BenchmarkDelivery(b *testing.B) {
	h, c := New(Config{}), newCounter()
	defer h.Close()
	s := quiet(b, h, "bench", 1_000, c)
	r := s.room
	fl := new(flusher)
	r.mu.Lock()
	defer r.mu.Unlock()
	b.ReportAllocs()
	for b.Loop() {
		s.cursor = r.log.base // as if nothing had been written yet
		fl.batch.begin(r.take(fl, s), s)
		r.serve(fl)
	}
}

// One diff encoded and appended to a log that keeps as much as one may.
func BenchmarkAppend(b *testing.B) {
	var l log
	b.ReportAllocs()
	for rev := uint64(1); b.Loop(); rev++ {
		l.diff(rev, shared.NewUser{Rev: rev, User: shared.User{
			ID: "ABCDEFGHIJKLMNOP", Name: "newcomer", Status: shared.StatusActive, JoinedAt: 1_800_000_000_000,
		}}, MaxLogBytes)
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
				m := r.arrive(fmt.Sprint("id ", i), "newcomer")
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
				before, start := heap(), time.Now()
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
				b.ReportMetric(float64(heap()-before)/float64(c.sessions), "B/session")
				h.Close()
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
