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

// mesh has the nodes of a cluster. What each node shows at a given moment depends on
// which messages have arrived, so there is no oracle. At all times, no stream may have
// a hole, and when there has been no fault for a while, nobody who is there may be
// shown as gone. At rest, all nodes must show the same members: those with an open tab.
type mesh struct {
	w      *world
	fabric *fabric
	starts sync.WaitGroup

	// Guarded by world.mu.
	nodes      []*node
	faults     map[string]bool    // the present faults
	lastFault  time.Time          // when a fault last began or ended
	trouble    []time.Time        // when faults and outages of all links began, and nodes ended
	lastOutage time.Time          // when all links last went down, or up again
	said       map[memberRef]said // of bans
}

// node is one node of the cluster, on which one server runs after the other.
type node struct {
	index   int
	server  *server // nil while down
	cluster *cluster.Cluster
	end     *end
	trapped bool // the next change of a room panics; see mesh.trap
}

func newMesh(w *world) *mesh {
	m := &mesh{w: w, fabric: newFabric(w.shape.Delays), faults: map[string]bool{}, said: map[memberRef]said{}}
	for i := range w.shape.Nodes {
		m.nodes = append(m.nodes, &node{index: i})
	}
	return m
}

// setFault notes that a fault begins or ends.
func (m *mesh) setFault(what string, on bool) {
	m.w.locked(func() {
		if on {
			m.faults[what] = true
			m.trouble = append(m.trouble, time.Now())
		} else {
			delete(m.faults, what)
		}
		m.lastFault = time.Now()
	})
}

// calmFor is the time after a fault in which the nodes recover from it.
const calmFor = 20 * time.Second

// start starts every node that is down.
func (m *mesh) start() {
	for _, n := range m.nodes {
		m.startNode(n)
	}
}

func (m *mesh) startNode(n *node) {
	w := m.w
	w.starting.Lock()
	defer w.starting.Unlock()
	var skip bool
	w.locked(func() { skip = n.server != nil || w.ended })
	if skip {
		return
	}
	log := slog.New(logChecker{Handler: slog.DiscardHandler, w: w})
	c := cluster.New(cluster.Config{Name: fmt.Sprint("node-", n.index), Log: log})
	srv := w.serverOf(hub.New(hub.Config{LogBytes: w.shape.LogBytes, Mesh: m.trap(n, c.Mesh()), Log: log}))
	srv.node = n
	e := m.fabric.attach(n.index, c)
	c.Start(srv.hub, e)
	w.locked(func() { n.server, n.cluster, n.end = srv, c, e })
	if w.shape.Observed {
		for _, room := range w.rooms {
			m.observe(srv, room)
		}
	}
}

// observe adds an observer to a room. It may take a while until the hub accepts it.
func (m *mesh) observe(srv *server, room string) {
	m.starts.Go(func() {
		o := srv.observe(room)
		for ; o.session == nil && !m.isDead(srv); o = srv.observe(room) {
			time.Sleep(10 * time.Millisecond) // until the hub has removed the ruined room
		}
		if o.session != nil {
			m.w.locked(func() { srv.observers = append(srv.observers, o) })
		}
	})
}

func (m *mesh) isDead(srv *server) (dead bool) {
	m.w.locked(func() { dead = srv.dead })
	return dead
}

// down marks the node's server as dead and returns it with its links, or nil if the
// node is down.
func (m *mesh) down(n *node, crash bool) (srv *server, links []*link) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	if srv = n.server; srv == nil {
		return nil, nil
	}
	n.server = nil
	m.trouble = append(m.trouble, time.Now())
	m.w.past = append(m.w.past, srv)
	srv.dead, srv.crashed = true, crash
	for l := range srv.links {
		links = append(links, l)
	}
	return srv, links
}

// hold is how long the other nodes keep the members of a node that stops.
const hold = 10 * time.Second

// stop shuts a node down: it informs the other nodes and its clients.
func (m *mesh) stop(n *node) {
	c := n.cluster
	if srv, _ := m.down(n, false); srv != nil {
		c.Close(hold)
		m.w.closing.Go(srv.hub.Close)
	}
}

// crash ends a node without informing anybody, as if it had been killed.
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

// pick returns the server that a tab connects to: often the last one, otherwise a
// random one. It returns nil if all nodes are down.
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

// checkDeparture returns an error if o receives the departure of a member that has an
// open tab: one that is connected to the same server, or any if there has been no fault
// for a while. world.mu is held.
func (m *mesh) checkDeparture(o *observer, e shared.Event) error {
	gone, ok := e.(shared.DisconnectUser)
	if !ok || o.server.dead {
		return nil
	}
	now := time.Now()
	calm := len(m.faults) == 0 && now.Sub(m.lastFault) > calmFor
	for _, who := range m.w.members {
		if who.room != o.stream.room || who.id != gone.ID || gone.Reason == shared.ReasonKicked && who.sentAway {
			continue
		}
		calm := calm && now.Sub(who.disturbed) > calmFor/2
		// Who leaves while a panic ends the room on another node may be told of with its reason.
		met := now.Sub(who.disturbed) < heardWithin && now.Sub(m.lastFault) < heardWithin
		for _, t := range who.tabs {
			if now.Sub(who.sentAwayAt) < heardWithin { // the last of the sessions may have ended otherwise
				continue
			}
			here := gone.Reason != shared.ReasonLeft && !met && t.link != nil && t.link.server == o.server && t.live() && now.Sub(t.link.joinedAt) > time.Second
			if t.isMember() && (here || calm) {
				return fmt.Errorf("%v is open, and its member is shown gone (%s) at node %d", t, gone.Reason, o.server.node.index)
			}
		}
	}
	return nil
}

// logChecker is a slog.Handler that fails the schedule when a hub logs that an
// observer panicked, or a node that its copy of a room differed from another node's.
// Lost messages are repeated before nodes compare their rooms, so that must happen only
// after a panic, which may lose a change.
type logChecker struct {
	slog.Handler
	w        *world
	observer bool // the lines are about an observer
}

func (c logChecker) WithAttrs(attrs []slog.Attr) slog.Handler {
	c.observer = c.observer || attrs[0].Key == "observer"
	return c
}

func (c logChecker) Enabled(context.Context, slog.Level) bool { return true }

func (c logChecker) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "crashed" && c.observer || strings.HasPrefix(r.Message, "a room was not") {
		go c.w.locked(func() { // in a goroutine, as the caller may hold locks
			if !c.w.ruined {
				about := r.Message
				r.Attrs(func(a slog.Attr) bool { about += " " + a.String(); return true })
				c.w.failLocked(errors.New(about))
			}
		})
	}
	return nil
}

// live returns the servers of all nodes that are up.
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

// check checks the replica of each node, and compares each room on each node with what
// others held at the same revision.
func (m *mesh) check() {
	for _, srv := range m.live() {
		m.w.fail(srv.replica.check(srv.hub))
		for _, room := range m.w.rooms {
			v := srv.hub.View(room, noLimit)
			m.w.fail(m.w.agreeView(room, v))
		}
	}
	m.w.locked(func() { m.w.failLocked(m.checkModerated()) })
}

func (w *world) agreeView(room string, v hub.View) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.agree(point{room, v.Epoch, v.Rev}, digestOf(v), "the hub")
}

func digestOf(v hub.View) digest {
	p := digest{shared.HashRoomInfo(v.Info), v.Count}
	for _, u := range v.Users {
		p.hash ^= shared.HashUser(u)
	}
	return p
}

// meshRest is longer than the nodes need to reconnect to each other, and the clients,
// which do not wait here, to a node.
const meshRest = 25 * time.Second

// rest ends all faults, starts all nodes, waits, and checks that all have recovered.
func (m *mesh) rest() {
	m.fabric.locked(func() {
		m.fabric.loss, m.fabric.delay = 0, 0
		clear(m.fabric.cut)
		for _, e := range m.fabric.ends {
			e.down, e.away = false, 0
		}
	})
	m.w.locked(func() {
		clear(m.faults)
		m.lastFault = time.Now()
		for _, n := range m.nodes {
			n.trapped = false
		}
	})
	m.start()
	for _, t := range m.w.tabs {
		t.heal()
	}
	m.w.sleep(meshRest)
	m.claimAtOnce()
	synctest.Wait()
	m.check()
	m.checkRest()
	m.w.fail(m.checkBans())
	m.checkInfos()
	m.w.sleep(watchersKnown)
	synctest.Wait()
	m.checkCounts()
}

// checkCounts is world.checkCounts for all rooms of all nodes.
func (m *mesh) checkCounts() {
	for _, srv := range m.live() {
		for _, room := range m.w.rooms {
			members := srv.hub.View(room, 0).Count
			m.w.locked(func() { m.w.failLocked(m.w.checkCounts(srv, room, members)) })
		}
	}
}

// devices returns the number of devices that must be shown of the members with open tabs,
// by id. world.mu is held.
func (m *mesh) devices(room string) map[string]int {
	must := map[string]int{}
	for _, who := range m.w.members {
		n := 0
		for _, t := range who.tabs {
			if t.isMember() {
				n++
			}
		}
		if who.room != room || n == 0 {
			continue
		}
		if must[who.id] = min(n, shared.MaxDevices); n == 1 {
			must[who.id] = 0
		}
	}
	return must
}

// checkRest checks that all nodes show the same members, those with an open tab, and
// that every client holds what its node shows.
func (m *mesh) checkRest() {
	w := m.w
	for _, room := range w.rooms {
		must := m.present(room)
		var first *hub.View
		for _, srv := range m.live() {
			v := srv.hub.View(room, noLimit)
			if v.Epoch == "" {
				continue // nobody is there
			}
			w.fail(errors.Join(m.checkView(srv, room, v, must), m.checkClaims(room, v)))
			if first == nil {
				first = &v
			}
			if digestOf(v) != digestOf(*first) {
				w.fail(fmt.Errorf("%s is %+v on node %d, and %+v on another", room, v.Users, srv.node.index, first.Users))
			}
		}
		if first == nil && len(must) > 0 {
			w.fail(fmt.Errorf("%s is nowhere, and should show %v", room, must))
		}
	}
}

// present returns the status of each member that must be shown, by id.
func (m *mesh) present(room string) map[string]shared.Status {
	must := map[string]shared.Status{}
	m.w.locked(func() {
		for _, who := range m.w.members {
			open := slices.ContainsFunc(who.tabs, (*tab).isMember)
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
		if u.NoteUntil != 0 && u.NoteUntil < time.Now().Add(-time.Second).UnixMilli() {
			err = errors.Join(err, fmt.Errorf("node %d shows %+v in %s, whose note has ended", srv.node.index, u, room))
		}
		if must[u.ID] != u.Status {
			err = errors.Join(err, fmt.Errorf("node %d shows %+v in %s, who should be %q", srv.node.index, u, room, must[u.ID]))
		}
	}
	if len(v.Users) != len(must) {
		err = errors.Join(err, fmt.Errorf("node %d shows %d members in %s, there are %d", srv.node.index, len(v.Users), room, len(must)))
	}
	m.w.locked(func() {
		devices := m.devices(room)
		for _, u := range v.Users {
			if n, known := devices[u.ID]; known && n != u.Devices {
				err = errors.Join(err, fmt.Errorf("node %d shows %+v in %s, with %d devices", srv.node.index, u, room, n))
			}
			for _, who := range m.w.members {
				if who.room == room && who.id == u.ID {
					err = errors.Join(err, who.checkSignIn(u))
				}
			}
		}
		for _, t := range m.w.tabs {
			if t.client == nil || t.member.room != room {
				continue
			}
			if !t.live() {
				err = errors.Join(err, fmt.Errorf("%v did not come back: it is %s", t, t.state))
			} else if t.outlives() {
				err = errors.Join(err, fmt.Errorf("%v was kicked, and is still there or back by itself", t))
			} else if t.link.server == srv && t.watches != shared.DetailCount && (t.stream.epoch != v.Epoch || t.stream.rev != v.Rev) {
				err = errors.Join(err, fmt.Errorf("%v is at %s/%d, node %d at %s/%d", t, t.stream.epoch, t.stream.rev, srv.node.index, v.Epoch, v.Rev))
			}
		}
	})
	return err
}

// leaveAll has everybody leave, and checks that no node keeps a room.
func (m *mesh) leaveAll() {
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
			if v := srv.hub.View(room, noLimit); v.Epoch != "" {
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
