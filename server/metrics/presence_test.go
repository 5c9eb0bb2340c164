package metrics

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

const adasKey = "the-key-of-ada-lovelace"

func enter(t *testing.T, h *hub.Hub, room, name, key string) *hub.Session {
	t.Helper()
	s, err := h.Connect(room, mute{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: key}))
	return s
}

func leave(s *hub.Session) { s.Receive(shared.Encode(shared.Leave{})) }

// held fails the test unless r, as it is scraped, has so many rooms and members.
func held(t *testing.T, what string, r *Rooms, rooms, members int) {
	t.Helper()
	p := r.counts()
	want(t, what+": rooms, members", []int{p.Rooms, p.Members}, []int{rooms, members})
}

func TestComingAndGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Config{})
		r := Observe(h)
		enter(t, h, "lobby", "watcher", "")
		enter(t, h, "standup", "elsewhere", "")
		s := enter(t, h, "lobby", "Ada", adasKey)
		s.End(shared.ReasonClosed)
		time.Sleep(time.Second)
		s = enter(t, h, "lobby", "Ada", adasKey) // within the grace
		held(t, "after a reload", r, 2, 3)
		p := r.counts()
		want(t, "arrivals", p.Arrivals, uint64(3))
		want(t, "ghost seconds", p.GhostSeconds, 0.0)

		time.Sleep(10 * time.Second)
		s.Silent(time.Now().Add(-30 * time.Second)) // a cut cable, but the tab before was seen later than that
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		s = enter(t, h, "lobby", "Ada", adasKey) // who had not left
		leave(s)
		s = enter(t, h, "lobby", "Ada", adasKey) // who had
		p = r.counts()
		want(t, "arrivals", p.Arrivals, uint64(5))
		want(t, "departures", p.Departed, map[shared.Reason]uint64{shared.ReasonTimeout: 1, shared.ReasonLeft: 1})
		want(t, "false leaves", p.FalseLeaves, uint64(1))
		want(t, "shown after the last sign of life", p.GhostSeconds, 14.0)
		want(t, "seconds until all knew of the silent", p.Detection[shared.ReasonTimeout].Sum, 14.0)
		want(t, "seconds until all knew who left", p.Detection[shared.ReasonLeft].Counts[0], uint64(1))

		s.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace + returnWithin + 1)
		enter(t, h, "lobby", "Ada", adasKey) // too late to be the same visit
		want(t, "false leaves", r.counts().FalseLeaves, uint64(1))
		h.Close()
		held(t, "after the end", r, 0, 0)
		want(t, "departures that the end adds", r.counts().Departed[shared.ReasonClosed], uint64(1))
		h.WaitObservers()
		held(t, "after the last fact", r, 0, 0)
		r.Close()
	})
}

// A room in which nobody is a member is not in use, however many watch it.
func TestRoomsThatAreOnlyWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Config{})
		r := Observe(h)
		for _, d := range []shared.Detail{shared.DetailCount, shared.DetailRoster} {
			s, err := h.Connect("lobby", mute{})
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(shared.Watch{Detail: d}))
		}
		time.Sleep(shared.WatcherAfter + time.Second)
		held(t, "watched", r, 0, 0)
		want(t, "sessions", r.counts().Sessions, 2)
		s := enter(t, h, "lobby", "Ada", adasKey)
		held(t, "joined", r, 1, 1)
		leave(s)
		held(t, "left", r, 0, 0)
		h.Close()
	})
}

// nodes are two hubs that replicate a room to each other, with what counts each.
type nodes struct {
	hubs  [2]*hub.Hub
	rooms [2]*Rooms

	mu   sync.Mutex
	told [2][]hub.Change
}

var names = [2]string{"north", "south"}

func newNodes() *nodes {
	n := new(nodes)
	for i := range n.hubs {
		n.hubs[i] = hub.New(hub.Config{Mesh: mesh(names[i], func(c hub.Change) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.told[i] = append(n.told[i], c)
		})})
		n.rooms[i] = Observe(n.hubs[i])
	}
	return n
}

// mesh returns the mesh of a node that has already heard all others.
func mesh(node string, tell func(hub.Change)) *hub.Mesh {
	return &hub.Mesh{
		Node: node, Opened: func(string) <-chan struct{} { return nil }, Closed: func(string) {},
		Tell: func(_ string, c hub.Change) { tell(c) },
	}
}

// exchange delivers what the nodes have told until neither has more.
func (n *nodes) exchange() {
	for more := true; more; {
		synctest.Wait()
		n.mu.Lock()
		told := n.told
		n.told = [2][]hub.Change{}
		n.mu.Unlock()
		n.hubs[1].Remote("lobby", names[0], told[0])
		n.hubs[0].Remote("lobby", names[1], told[1])
		more = len(told[0])+len(told[1]) > 0
	}
}

// repeat tells the first node who is on the second.
func (n *nodes) repeat() {
	var all []hub.Change
	n.hubs[1].Own("lobby", func(own hub.Part) {
		own.Each(func(rec hub.Record) { all = append(all, hub.Change{Kind: hub.ChangeHere, Record: rec}) })
	})
	n.hubs[0].Remote("lobby", names[1], all)
}

// A node that nobody of its own is left on counts nobody, however often somebody came
// while others were shown there. Those whom the end of its room hides are shown nobody
// leaving.
func TestMembersAreCountedWhoAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNodes()
		enter(t, n.hubs[1], "lobby", "Bo", "")
		n.exchange()
		const cycles = 5
		for i := range cycles {
			s := enter(t, n.hubs[0], "lobby", "Ada", adasKey)
			n.repeat()
			n.exchange()
			held(t, fmt.Sprint("north, open, ", i), n.rooms[0], 1, 2)
			held(t, fmt.Sprint("south, with Ada, ", i), n.rooms[1], 1, 2)
			leave(s)
			n.exchange()
			held(t, fmt.Sprint("north, closed, ", i), n.rooms[0], 0, 0)
			held(t, fmt.Sprint("south, without Ada, ", i), n.rooms[1], 1, 1)
		}
		for i, arrivals := range []uint64{2 * cycles, 1 + cycles} {
			p := n.rooms[i].counts()
			want(t, names[i]+": arrivals", p.Arrivals, arrivals)
			want(t, names[i]+": departures", p.Departed, map[shared.Reason]uint64{shared.ReasonLeft: cycles})
			want(t, names[i]+": false leaves", p.FalseLeaves, uint64(0))
			n.hubs[i].Close()
		}
	})
}

// A room that crashes takes everybody with it; those who come back had not left.
func TestMembersAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		armed := false
		h := hub.New(hub.Config{Mesh: mesh("north", func(hub.Change) {
			if armed {
				armed = false
				panic("planted")
			}
		})})
		r := Observe(h)
		for range 3 {
			enter(t, h, "lobby", "Ada", adasKey)
			enter(t, h, "lobby", "Bo", "")
			enter(t, h, "other", "Cy", "the-key-of-cy-of-the-other-room")
			held(t, "before", r, 2, 3)
			armed = true // in the middle of the next arrival
			enter(t, h, "lobby", "Dan", "")
			held(t, "after", r, 1, 1)
		}
		p := r.counts()
		want(t, "departures", p.Departed, map[shared.Reason]uint64{})
		want(t, "false leaves", p.FalseLeaves, uint64(0))
		h.Close()
	})
}

// What facts were missed is not counted, nor is the snapshot that comes instead; rooms
// and members are right again.
func TestMembersAfterAGap(t *testing.T) {
	h := hub.New(hub.Config{Mesh: mesh("north", func(hub.Change) {})})
	defer h.Close()
	r := Observe(h)
	enter(t, h, "lobby", "Ada", adasKey)
	here := func(name string, stamp int) hub.Change {
		u := shared.User{ID: shared.MemberID(name), Name: name, Note: fmt.Sprint(stamp), Status: shared.StatusActive, JoinedAt: 1}
		return hub.Change{Kind: hub.ChangeHere, Record: hub.Record{User: u, Stamp: uint64(stamp)}}
	}
	h.Remote("lobby", "south", []hub.Change{here("Bo", 1)})
	held(t, "before", r, 1, 2)

	r.mu.Lock() // the observer can't keep up with the following
	var changes []hub.Change
	for i := range 20_000 {
		changes = append(changes, here("Bo", i+2))
		if i == 1000 { // not in what the observer has in hand, nor in what is kept for it
			changes = append(changes, here("Cy", 1))
		}
	}
	h.Remote("lobby", "south", changes)
	r.mu.Unlock()
	held(t, "after", r, 1, 3)
	want(t, "arrivals", r.counts().Arrivals, uint64(2))
	h.Remote("lobby", "south", []hub.Change{here("Dan", 1)})
	held(t, "later", r, 1, 4)
	want(t, "arrivals", r.counts().Arrivals, uint64(3))
}

// A scrape does not wait for an observer that is held up.
func TestAScrapeServesWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Config{})
		r := Observe(h)
		enter(t, h, "lobby", "Ada", adasKey)
		held(t, "before", r, 1, 1)
		release := make(chan struct{})
		blocked := h.Observe("blocked", func([]hub.Fact) { <-release })
		r.observer.Close()
		r.observer = blocked
		began := time.Now()
		held(t, "meanwhile", r, 1, 1)
		want(t, "took", time.Since(began), syncWithin)
		close(release)
		h.Close()
		h.WaitObservers()
	})
}
