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

// world is a server with its past, and everybody. One goroutine plays the
// schedule; it also owns guests.
type world struct {
	shape   shape
	rooms   []string
	tabs    []*tab
	members []*member
	guests  int
	closing sync.WaitGroup // servers that stop

	starting sync.Mutex // held while a server is made
	mesh     *mesh      // of several nodes; see mesh_test.go

	// mu guards what follows and all that says so. It is held for a moment and
	// never while a hub or a pipe is called, which may hold locks of their own
	// when they call the world.
	mu      sync.Mutex
	server  *server // nil while down
	past    []*server
	ended   bool // no server starts any more
	history map[point]proof
	room    map[string]*roomState
	random  *rand.Rand
	now     string // the step under way
	failure error  // the first
}

// roomState is what is known of a room from one check to the next.
type roomState struct {
	epoch   string
	rev     uint64
	changed time.Time // when rev was last seen to change
	shaken  time.Time // when a reader was last slow, or about to be
	slow    int       // the most readers ever slow at a time
}

func newWorld(s shape) *world {
	w := &world{
		shape: s, history: map[point]proof{}, room: map[string]*roomState{},
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

// fail notes what went wrong, if err says that something did.
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

// start makes a server, unless there is one.
func (w *world) start() {
	w.starting.Lock()
	defer w.starting.Unlock()
	var not bool
	w.locked(func() { not = w.server != nil || w.ended })
	if not {
		return
	}
	srv := w.newServer()
	w.locked(func() { w.server = srv })
}

func (w *world) startAfter(d time.Duration) { time.AfterFunc(d, w.start) }

// down takes the server away from everybody; nil if there is none.
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

// stop has the server say goodbye to everybody.
func (w *world) stop() {
	if srv, _ := w.down(false); srv != nil {
		w.closing.Go(srv.hub.Close)
	}
}

// crash ends the server as if it had been killed: no session is told, or ends.
func (w *world) crash() {
	_, links := w.down(true)
	for _, l := range links {
		l.near.Break()
	}
}

// shake notes that a reader in m's room may be slow, or was. world.mu is held.
func (w *world) shake(m *member) {
	m.disturbed = time.Now()
	w.room[m.room].shaken = m.disturbed
}

func (w *world) disturb(l *link) { w.shake(l.tab.member) }

// sleep lets time pass, and looks in now and then: what is wrong for a while
// only may be right again in the end.
func (w *world) sleep(d time.Duration) {
	for range 3 {
		time.Sleep(d / 2)
		d -= d / 2
		synctest.Wait()
		w.check()
	}
	time.Sleep(d)
}

// restFor is longer than anything takes that a client does to come back.
const restFor = shared.SilentAfter + 2*shared.RetryMost + 10*time.Second

// rest repairs all that can be repaired and waits. Then all must be well.
func (w *world) rest() {
	if w.mesh != nil {
		w.mesh.rest()
		return
	}
	for _, t := range w.tabs {
		t.setOffline(false)
		t.onLink((*link).heal)
		t.goOn()
	}
	w.start()
	w.sleep(restFor)
	synctest.Wait()
	w.check()
	w.checkRest()
}

// farewell has everybody go, and nothing may remain.
func (w *world) farewell() {
	if w.mesh != nil {
		w.mesh.farewell()
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
		if v := w.server.hub.View(room, everybody); v.Epoch != "" {
			w.fail(fmt.Errorf("%s is still there when everybody has left: %+v", room, v))
		}
	}
}

// end stops everything, so that a goroutine that is left is a leak.
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

// play plays s in a bubble of its own and returns what went wrong.
func play(t *testing.T, s schedule) (err error) {
	defer func() { // of a bubble that can't end
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
		w.farewell()
	}
}
