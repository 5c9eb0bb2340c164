package model

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"rollcall/server/cluster"
	"rollcall/server/hub"
	"rollcall/shared"
)

// mesh is a world of several nodes. Who is shown where, and when, depends here
// on what has come through; so there is no oracle for every moment. What must
// hold all the time: nobody's stream has a hole, and in calm nobody is shown
// gone who is there. What must hold at rest: all nodes show the same, and that
// is who has a tab open.
type mesh struct {
	w      *world
	fabric *fabric
	starts sync.WaitGroup

	// Guarded by world.mu.
	nodes  []*node
	faults map[string]bool // those that last
	stormy time.Time       // when there was a fault last
}

// node is a place for a server, and the one that is there.
type node struct {
	index   int
	server  *server // nil while down
	cluster *cluster.Cluster
	end     *end
}

func newMesh(w *world) *mesh {
	m := &mesh{w: w, fabric: newFabric(w.shape.Delays), faults: map[string]bool{}}
	for i := range w.shape.Nodes {
		m.nodes = append(m.nodes, &node{index: i})
	}
	return m
}

// storm notes a fault that lasts, or that is over.
func (m *mesh) storm(what string, on bool) {
	m.w.locked(func() {
		if on {
			m.faults[what] = true
		} else {
			delete(m.faults, what)
		}
		m.stormy = time.Now()
	})
}

// calmFor is how long after a fault all must be as if there had been none.
const calmFor = 20 * time.Second

// start starts every node that is not there.
func (m *mesh) start() {
	for _, n := range m.nodes {
		m.startNode(n)
	}
}

func (m *mesh) startNode(n *node) {
	w := m.w
	w.starting.Lock()
	defer w.starting.Unlock()
	var not bool
	w.locked(func() { not = n.server != nil || w.ended })
	if not {
		return
	}
	c := cluster.New(cluster.Config{Name: fmt.Sprint("node-", n.index), Log: slog.New(complaints{slog.DiscardHandler, w})})
	srv := w.serverOf(hub.New(hub.Config{LogBytes: w.shape.LogBytes, Mesh: c.Mesh()}))
	srv.node = n
	e := m.fabric.attach(n.index, c)
	c.Start(srv.hub, e)
	w.locked(func() { n.server, n.cluster, n.end = srv, c, e })
	if w.shape.Observed {
		for _, room := range w.rooms {
			m.starts.Go(func() { // who waits to be let in
				if o := srv.observe(room); o.session != nil {
					w.locked(func() { srv.observers = append(srv.observers, o) })
				}
			})
		}
	}
}

// down takes a server away from everybody; nil if there is none.
func (m *mesh) down(n *node, crash bool) (srv *server, links []*link) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	if srv = n.server; srv == nil {
		return nil, nil
	}
	n.server = nil
	m.w.past = append(m.w.past, srv)
	srv.dead, srv.crashed = true, crash
	for l := range srv.links {
		links = append(links, l)
	}
	return srv, links
}

// hold is how long the others show the members of a node that stops.
const hold = 10 * time.Second

// stop has a node say goodbye, to the others and to its clients.
func (m *mesh) stop(n *node) {
	c := n.cluster
	if srv, _ := m.down(n, false); srv != nil {
		c.Close(hold)
		m.w.closing.Go(srv.hub.Close)
	}
}

// crash ends a node as if it had been killed.
func (m *mesh) crash(n *node) {
	c, e := n.cluster, n.end
	srv, links := m.down(n, true)
	if srv == nil {
		return
	}
	e.Close()
	c.Close(0)
	for _, l := range links {
		l.near.Break()
	}
}

// pick is where a tab connects to: often where it was, else anywhere.
func (m *mesh) pick(t *tab) *server {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	var up []*server
	for _, n := range m.nodes {
		if n.server != nil {
			up = append(up, n.server)
		}
	}
	if t.link != nil && t.random.IntN(2) == 0 && slices.Contains(up, t.link.server) {
		return t.link.server
	}
	if len(up) == 0 {
		return nil
	}
	return up[t.random.IntN(len(up))]
}

// heard judges what somebody who is everywhere and always was told. world.mu is held.
func (m *mesh) heard(o *observer, e shared.Event) error {
	gone, ok := e.(shared.DisconnectUser)
	if !ok || o.server.dead {
		return nil
	}
	now := time.Now()
	calm := len(m.faults) == 0 && now.Sub(m.stormy) > calmFor
	for _, who := range m.w.members {
		if who.room != o.stream.room || who.id != gone.ID {
			continue
		}
		for _, t := range who.tabs {
			here := gone.Reason != shared.ReasonLeft && t.link != nil && t.link.server == o.server && t.live() && now.Sub(t.link.joinedAt) > time.Second
			if t.client != nil && (here || calm && now.Sub(who.disturbed) > calmFor/2) {
				return fmt.Errorf("%v is open, and its member is shown gone at node %d", t, o.server.node.index)
			}
		}
	}
	return nil
}

// complaints finds what nodes log about each other that must not happen: what
// is lost on the way is told again before any proof could find it missing.
type complaints struct {
	slog.Handler
	w *world
}

func (c complaints) Enabled(context.Context, slog.Level) bool { return true }

func (c complaints) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "a room was not") {
		go c.w.fail(errors.New(r.Message)) // whoever logs holds locks
	}
	return nil
}

// live are the nodes that there are, with their servers.
func (m *mesh) live() (servers []*server) {
	m.w.locked(func() {
		for _, n := range m.nodes {
			if n.server != nil {
				servers = append(servers, n.server)
			}
		}
	})
	return servers
}

// check compares what each node shows with what was held at that revision.
func (m *mesh) check() {
	for _, srv := range m.live() {
		for _, room := range m.w.rooms {
			v := srv.hub.View(room, everybody)
			m.w.fail(m.w.agreeView(room, v))
		}
	}
}

func (w *world) agreeView(room string, v hub.View) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.agree(point{room, v.Epoch, v.Rev}, proofOf(v), "the hub")
}

func proofOf(v hub.View) proof {
	p := proof{count: v.Count}
	for _, u := range v.Users {
		p.hash ^= shared.HashUser(u)
	}
	return p
}

// meshRest is longer than the nodes need to find each other again, and the
// clients, who do not wait here, their node.
const meshRest = 25 * time.Second

func (m *mesh) rest() {
	m.fabric.locked(func() {
		m.fabric.loss, m.fabric.delay = 0, 0
		clear(m.fabric.cut)
		for _, e := range m.fabric.ends {
			e.down = false
		}
	})
	m.w.locked(func() { clear(m.faults); m.stormy = time.Now() })
	m.start()
	for _, t := range m.w.tabs {
		t.setOffline(false)
		t.onLink((*link).heal)
	}
	m.w.sleep(meshRest)
	synctest.Wait()
	m.check()
	m.checkRest()
}

// checkRest checks that all nodes show the same people, who are those with a
// tab open, and that every client holds what its node shows.
func (m *mesh) checkRest() {
	w := m.w
	for _, room := range w.rooms {
		must := m.present(room)
		var first *hub.View
		for _, srv := range m.live() {
			v := srv.hub.View(room, everybody)
			if v.Epoch == "" {
				continue // nobody is there
			}
			w.fail(m.checkView(srv, room, v, must))
			if first == nil {
				first = &v
			}
			if proofOf(v) != proofOf(*first) {
				w.fail(fmt.Errorf("%s is %+v on node %d, and %+v on another", room, v.Users, srv.node.index, first.Users))
			}
		}
		if first == nil && len(must) > 0 {
			w.fail(fmt.Errorf("%s is nowhere, and should show %v", room, must))
		}
	}
}

// present are the members who are to be shown, with their status.
func (m *mesh) present(room string) map[string]shared.Status {
	must := map[string]shared.Status{}
	m.w.locked(func() {
		for _, who := range m.w.members {
			open := slices.ContainsFunc(who.tabs, func(t *tab) bool { return t.client != nil })
			if who.room == room && open {
				must[who.id] = who.status()
			}
		}
		if m.w.shape.Observed {
			must[shared.MemberID(observerKey(room))] = shared.StatusActive
		}
	})
	return must
}

func (m *mesh) checkView(srv *server, room string, v hub.View, must map[string]shared.Status) error {
	var err error
	for _, u := range v.Users {
		if must[u.ID] != u.Status {
			err = errors.Join(err, fmt.Errorf("node %d shows %+v in %s, who should be %q", srv.node.index, u, room, must[u.ID]))
		}
	}
	if len(v.Users) != len(must) {
		err = errors.Join(err, fmt.Errorf("node %d shows %d members in %s, there are %d", srv.node.index, len(v.Users), room, len(must)))
	}
	m.w.locked(func() {
		for _, t := range m.w.tabs {
			if t.client == nil || t.member.room != room {
				continue
			}
			if !t.live() {
				err = errors.Join(err, fmt.Errorf("%v did not come back: it is %s", t, t.state))
			} else if t.link.server == srv && (t.stream.epoch != v.Epoch || t.stream.rev != v.Rev) {
				err = errors.Join(err, fmt.Errorf("%v is at %s/%d, node %d at %s/%d", t, t.stream.epoch, t.stream.rev, srv.node.index, v.Epoch, v.Rev))
			}
		}
	})
	return err
}

// farewell has everybody go, and no node may keep a room.
func (m *mesh) farewell() {
	for i, t := range m.w.tabs {
		if i%2 == 0 {
			t.do(t.close)
		} else {
			t.do(t.leave)
		}
	}
	time.Sleep(shared.DefaultGrace + 2*time.Second)
	synctest.Wait()
	for _, srv := range m.live() {
		for _, o := range srv.observers {
			o.receive(shared.Encode(shared.Leave{}))
		}
	}
	time.Sleep(time.Second)
	synctest.Wait()
	for _, srv := range m.live() {
		for _, room := range m.w.rooms {
			if v := srv.hub.View(room, everybody); v.Epoch != "" {
				m.w.fail(fmt.Errorf("%s is still at node %d when everybody has left: %+v", room, srv.node.index, v))
			}
		}
	}
}

// end stops every node.
func (m *mesh) end() {
	for _, n := range m.nodes {
		m.stop(n)
	}
	m.starts.Wait()
}
