package hub

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// witness is an observer of a test: it keeps all it is given, and a copy of the rooms.
type witness struct {
	*Observer
	mu    sync.Mutex
	facts []Fact
	copy  Copy
	gaps  int
}

func observe(h *Hub, before func([]Fact)) *witness {
	w := &witness{copy: Copy{}}
	w.Observer = h.Observe("witness", func(facts []Fact) {
		if before != nil {
			before(facts)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, f := range facts {
			w.copy.Apply(f)
			if f.Kind == FactGap {
				w.gaps++
			}
		}
		w.facts = append(w.facts, facts...)
	})
	return w
}

// take returns the facts since the last call, each as a line.
func (w *witness) take(t *testing.T) (lines []string) {
	t.Helper()
	w.sync(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.facts {
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprint(
			f.Kind, " ", f.Room, " ", f.Member.Name, " ", f.Origin, " ", f.Reason)), " "))
	}
	w.facts = nil
	return lines
}

func (w *witness) sync(t *testing.T) {
	t.Helper()
	if err := w.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// agrees fails the test unless the copy has exactly what the hub shows.
func (w *witness) agrees(t *testing.T, h *Hub) {
	t.Helper()
	w.sync(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	truth := Copy{}
	for _, room := range h.Rooms() {
		truth[room] = map[string]shared.User{}
		for _, u := range h.View(room, 1<<20).Users {
			truth[room][u.ID] = u
		}
	}
	want(t, "the copy made of facts", w.copy, truth)
}

func TestFactsOfAVisit(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w := observe(h, nil)
		want(t, "at first", w.take(t), []string{"gap"})
		_, first := enter(t, h, "lobby", ada())
		_, second := enter(t, h, "lobby", ada())
		want(t, "two tabs", w.take(t), []string{"opened lobby", "arrived lobby Ada", "attached lobby Ada", "updated lobby Ada"})

		second.End(shared.ReasonClosed)
		first.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace / 2)
		_, third := enter(t, h, "lobby", ada())
		time.Sleep(2 * shared.DefaultGrace)
		want(t, "a reload of one and the end of the other", w.take(t), []string{"updated lobby Ada"})

		third.Receive(update("Countess"))
		third.Silent(time.Now().Add(-time.Second))
		before := time.Now()
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		w.sync(t)
		last := w.facts[1]
		want(t, "the last sign of life", last.Seen, before.Add(-time.Second))
		want(t, "the time", last.Time, before.Add(shared.DefaultGrace))
		want(t, "a visit's end", w.take(t), []string{
			"updated lobby Countess", "detached lobby Countess timeout", "departed lobby Countess timeout", "closed lobby",
		})
		w.agrees(t, h)
	})
}

// A room that ends takes everybody with it, and its observers are told of each.
func TestFactsOfAClosedHub(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		w := observe(h, nil)
		want(t, "at first", w.take(t), []string{"gap", "opened lobby", "arrived lobby Ada", "attached lobby Ada"})
		h.Close()
		want(t, "at the end", w.take(t), []string{"detached lobby Ada closed", "departed lobby Ada closed", "closed lobby"})
		h.WaitObservers() // without being closed
	})
}

// What other nodes say has their name on it, and nobody is attached by it.
func TestFactsOfOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Config{Mesh: &Mesh{
			Node: "here", Opened: func(string) <-chan struct{} { return closedChannel() },
			Closed: func(string) {}, Tell: func(string, Change) {},
		}})
		defer h.Close()
		w := observe(h, nil)
		w.sync(t)
		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		bo := Record{User: shared.User{ID: shared.MemberID("bo"), Name: "Bo", Status: shared.StatusActive, JoinedAt: 1}, Stamp: 1}
		h.Remote("lobby", "there", []Change{{Kind: ChangeHere, Record: bo}})
		h.Remote("lobby", "there", []Change{{Kind: ChangeGone, ID: bo.User.ID, Reason: shared.ReasonTimeout}})
		h.Remote("lobby", "there", []Change{{Kind: ChangeHere, Record: bo}})
		s.Receive(shared.Encode(shared.Leave{}))
		want(t, "facts", w.take(t), []string{
			"gap", "opened lobby", "arrived lobby Ada", "attached lobby Ada",
			"arrived lobby Bo there", "departed lobby Bo there timeout", "arrived lobby Bo there",
			"detached lobby Ada left", "departed lobby Ada left", "departed lobby Bo closed", "closed lobby",
		})
		w.agrees(t, h)
	})
}

func closedChannel() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// An observer that does not keep up holds nobody up, and nothing without bound is kept
// for it; afterwards it has the truth again.
func TestABlockedObserver(t *testing.T) {
	h := New(Config{})
	defer h.Close()
	release := make(chan struct{})
	w := observe(h, func([]Fact) { <-release })
	quick := observe(h, nil)
	_, s := enter(t, h, "lobby", ada())
	m := s.room.members[s.member.id]
	for i := range 3 * maxFacts {
		s.room.mu.Lock()
		u, _ := s.room.roster.Get(m.id)
		u.Note = fmt.Sprint(i)
		s.room.update(m, u)
		s.room.mu.Unlock()
		if i%1000 == 0 {
			quick.sync(t)
		}
	}
	h.facts.mu.Lock()
	kept := cap(h.facts.queue)
	h.facts.mu.Unlock()
	if kept > 2*maxFacts {
		t.Errorf("there is space for %d facts", kept)
	}
	quick.agrees(t, h)
	want(t, "gaps of the other", quick.gaps, 1)
	close(release)
	w.agrees(t, h)
	if w.gaps < 2 {
		t.Errorf("the slow one was given %d gaps", w.gaps)
	}
	w.Close()
	quick.Close()
	h.facts.mu.Lock()
	defer h.facts.mu.Unlock()
	if kept := cap(h.facts.queue); kept > restingFacts {
		t.Errorf("there is space for %d facts, though nobody is behind", kept)
	}
}

// An observer that panics starts again from a gap, with the stack in the log.
func TestAPanickingObserver(t *testing.T) {
	var log bytes.Buffer
	run(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, h *Hub) {
		armed := true
		w := observe(h, func(facts []Fact) {
			if armed && facts[0].Kind == FactUpdated {
				armed = false
				panic("planted")
			}
		})
		p, s := enter(t, h, "lobby", ada())
		w.take(t)
		s.Receive(update("Countess"))
		synctest.Wait()
		want(t, "the room sees", p.users(), []string{"Countess"})
		want(t, "facts", w.take(t), []string{"gap", "opened lobby", "arrived lobby Countess", "attached lobby Countess"})
		if !strings.Contains(log.String(), "planted") || !strings.Contains(log.String(), "observer=witness") {
			t.Errorf("the log: %s", &log)
		}
		w.agrees(t, h)
	})
}

// Observers that begin and fall behind in the middle of everything have the truth
// whenever they are up to date.
func TestFactsAreTheRosters(t *testing.T) {
	h := New(Config{Grace: 2 * time.Millisecond})
	defer h.Close()
	var busy sync.WaitGroup
	stop := make(chan struct{})
	for i := range 4 {
		busy.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("the-key-of-person-%d", random.IntN(20))
				_, s := enter(t, h, fmt.Sprint("room-", random.IntN(3)), shared.GotANewUser{Name: "Someone", Key: key})
				s.Receive(update(fmt.Sprint("Name ", random.IntN(1000))))
				time.Sleep(time.Duration(random.IntN(2000)) * time.Microsecond)
				if random.IntN(3) == 0 {
					s.Receive(shared.Encode(shared.Leave{}))
				}
				s.End(shared.ReasonClosed)
			}
		})
	}
	witnesses := []*witness{observe(h, nil)}
	for range 20 {
		time.Sleep(5 * time.Millisecond)
		w := observe(h, func([]Fact) { time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond) })
		witnesses = append(witnesses, w)
		if len(witnesses)%3 == 0 { // as one that missed something
			h.facts.mu.Lock()
			w.cursor = 0
			h.facts.mu.Unlock()
		}
	}
	close(stop)
	busy.Wait()
	for len(h.Rooms()) > 0 {
		time.Sleep(time.Millisecond)
	}
	enter(t, h, "the-last", ada())
	for _, w := range witnesses {
		w.agrees(t, h)
		w.Close()
	}
}

func TestSyncOfAClosedObserver(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		blocked := make(chan struct{})
		w := observe(h, func([]Fact) { <-blocked })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		want(t, "while it is blocked", w.Sync(ctx), context.DeadlineExceeded)
		close(blocked)
		w.sync(t)
		w.Close()
		w.Close()
		enter(t, h, "lobby", ada())
		if w.Sync(t.Context()) == nil {
			t.Error("a closed observer is up to date")
		}
	})
}

// A room that ends while a snapshot begins is not in it, and neither are its facts
// afterwards: an observer would hear of members of a room that it does not know.
func TestARoomEndsWhileASnapshotBegins(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		s, err := h.Connect("lobby", newCounter())
		want(t, "error", err, nil)
		copied, heard := Copy{}, []FactKind(nil)
		h.Observe("test", func(facts []Fact) {
			for _, f := range facts {
				if copied.Apply(f); f.Kind == FactGap {
					s.Receive(shared.Encode(ada()))
					s.Receive(shared.Encode(shared.Leave{}))
				}
				heard = append(heard, f.Kind)
			}
		})
		synctest.Wait()
		want(t, "rooms", h.Rooms(), []string(nil))
		want(t, "heard", heard, []FactKind{FactGap})
		s, err = h.Connect("lobby", newCounter())
		want(t, "error", err, nil)
		s.Receive(shared.Encode(ada()))
		synctest.Wait()
		want(t, "heard", heard, []FactKind{FactGap, FactRoomOpened, FactArrived, FactAttached})
		want(t, "members", len(copied["lobby"]), 1)
	})
}
