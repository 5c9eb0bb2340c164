package model

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// world has the present server, all past ones, and all people. One goroutine plays the
// schedule; only that uses guests and checks.
type world struct {
	shape   shape
	rooms   []string
	tabs    []*tab
	members []*member
	guests  int            // how many guests and pests have come
	closing sync.WaitGroup // the servers that are stopping

	starting sync.Mutex // held while a server is made
	mesh     *mesh      // nil without a cluster
	checks   int        // how often check was called

	// mu guards the fields below, and those of other types that say so. It is never
	// held during a call of a hub or a pipe, which may hold locks of their own when
	// they call the world.
	mu      sync.Mutex
	server  *server // nil while down, and in a cluster
	past    []*server
	ended   bool // no more servers may start
	ruined  bool // a panic has ended a room
	history map[point]digest
	room    map[string]*roomState
	random  *rand.Rand
	now     string // the current step
	failure error  // the first failure
}

// roomState is what check remembers of a room.
type roomState struct {
	epoch     string
	rev       uint64
	changed   time.Time // when check last found a new rev
	slowAt    time.Time // when a reader was last slow, or may have been
	watched   time.Time // when a session last began or stopped to watch
	says      roomInfo
	announced int // how many announcements were made
	slow      int // the largest number of slow readers at a time
}

func newWorld(s shape) *world {
	w := &world{
		shape: s, history: map[point]digest{}, room: map[string]*roomState{},
		random: rand.New(rand.NewPCG(s.Delays, 0)),
	}
	if s.Nodes > 0 {
		w.mesh = newMesh(w)
	}
	for i := range s.Rooms {
		name := fmt.Sprint("room-", i)
		w.rooms = append(w.rooms, name)
		w.room[name] = &roomState{}
	}
	for i := range s.Members {
		key := fmt.Sprintf("the-key-of-member-%d", i/s.Rooms)
		w.members = append(w.members, newMember(w.rooms[i%s.Rooms], key))
	}
	for i := range s.Tabs {
		w.tabs = append(w.tabs, newTab(w, i, w.members[i%s.Members]))
	}
	return w
}

func (w *world) tab(s step) *tab      { return w.tabs[s.who%len(w.tabs)] }
func (w *world) roomOf(s step) string { return w.rooms[s.who%len(w.rooms)] }

func (w *world) locked(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// fail notes err as the failure of the schedule, unless it is nil or not the first.
func (w *world) fail(err error) { w.locked(func() { w.failLocked(err) }) }

func (w *world) failLocked(err error) {
	if err != nil && w.failure == nil {
		w.failure = fmt.Errorf("%s, after %v: %w", w.now, time.Since(epoch), err)
	}
}

func (w *world) failed() (err error) {
	w.locked(func() { err = w.failure })
	return err
}

func (w *world) current() (srv *server) {
	w.locked(func() { srv = w.server })
	return srv
}

// start starts a server, unless one is up.
func (w *world) start() {
	w.starting.Lock()
	defer w.starting.Unlock()
	var skip bool
	w.locked(func() { skip = w.server != nil || w.ended })
	if skip {
		return
	}
	srv := w.newServer()
	w.locked(func() { w.server = srv })
}

func (w *world) startAfter(d time.Duration) { time.AfterFunc(d, w.start) }

// down marks the server as dead and returns it with its links, or nil if none is up.
func (w *world) down(crash bool) (srv *server, links []*link) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if srv = w.server; srv == nil {
		return nil, nil
	}
	w.server = nil
	w.past = append(w.past, srv)
	srv.dead, srv.crashed = true, crash
	for l := range srv.links {
		links = append(links, l)
	}
	for _, m := range w.members {
		m.disturbed = time.Now()
	}
	return srv, links
}

// stop shuts the server down in order, in the background.
func (w *world) stop() {
	if srv, _ := w.down(false); srv != nil {
		w.closing.Go(srv.hub.Close)
	}
}

// crash breaks all connections without ending any session, as if the server had been
// killed.
func (w *world) crash() {
	_, links := w.down(true)
	for _, l := range links {
		l.near.Break()
	}
}

// noteSlowness notes that a reader in m's room may now become slow, or has been.
// world.mu is held.
func (w *world) noteSlowness(m *member) {
	m.disturbed = time.Now()
	w.room[m.room].slowAt = m.disturbed
}

func (w *world) disturb(l *link) { w.noteSlowness(l.tab.member) }

// sleep sleeps for d, and calls check several times: an error may last only for a part
// of the time.
func (w *world) sleep(d time.Duration) {
	for range 3 {
		time.Sleep(d / 2)
		d -= d / 2
		synctest.Wait()
		w.check()
	}
	time.Sleep(d)
}

// restFor is longer than any client needs to reconnect.
const restFor = shared.SilentAfter + 2*shared.RetryMost + 10*time.Second

// rest repairs everything that can be repaired, waits, and checks that all is well.
func (w *world) rest() {
	if w.mesh != nil {
		w.mesh.rest()
		return
	}
	for _, t := range w.tabs {
		t.heal()
		t.resume()
	}
	w.start()
	w.sleep(restFor)
	synctest.Wait()
	w.check()
	w.checkRest()
}

// leaveAll has everybody leave, and checks that no room remains.
func (w *world) leaveAll() {
	if w.mesh != nil {
		w.mesh.leaveAll()
		return
	}
	for i, t := range w.tabs {
		if i%2 == 0 {
			t.do(t.close)
		} else {
			t.do(t.leave)
		}
	}
	time.Sleep(shared.DefaultGrace + 2*time.Second)
	synctest.Wait()
	w.check()
	for _, g := range w.server.audience {
		g.receive(shared.Encode(shared.Leave{}))
	}
	for _, o := range w.server.observers {
		o.receive(shared.Encode(shared.Leave{}))
	}
	synctest.Wait()
	for _, room := range w.rooms {
		if v := w.server.hub.View(room, noLimit); v.Epoch != "" {
			w.fail(fmt.Errorf("%s is still there when everybody has left: %+v", room, v))
		}
	}
}

// end stops everything, so that every goroutine that still runs is a leak.
func (w *world) end() {
	w.locked(func() { w.ended = true })
	w.stop()
	if w.mesh != nil {
		w.mesh.end()
	}
	for _, t := range w.tabs {
		t.do(t.close)
		close(t.orders)
	}
	w.closing.Wait()
	for _, srv := range w.past {
		srv.hub.Close()
	}
}

// play plays s in a bubble of its own and returns the first failure.
func play(t *testing.T, s schedule) (err error) {
	defer func() { // synctest panics if the goroutines of a bubble are deadlocked
		if p := recover(); p != nil {
			err = fmt.Errorf("%v (%w)", p, err)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(s.shape)
		if w.mesh != nil {
			w.mesh.start()
		} else {
			w.start()
		}
		w.run(s.steps)
		err = w.failed()
		w.end()
	})
	return err
}

// run plays the steps and checks after each, then rests and has everybody leave. It
// stops at the first failure.
func (w *world) run(steps []step) {
	for i, st := range steps {
		w.locked(func() { w.now = fmt.Sprintf("step %d (%v)", i+1, st) })
		st.op.play(w, st)
		if st.burst {
			continue
		}
		synctest.Wait()
		w.check()
		if w.failed() != nil {
			return
		}
	}
	w.locked(func() { w.now = "at rest" })
	if w.rest(); w.failed() == nil {
		w.leaveAll()
	}
}
