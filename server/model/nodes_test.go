package model

import (
	"math/rand/v2"
	"testing"
	"time"
)

// nodeOps returns the kinds of steps that affect nodes and the network between them.
func nodeOps() []*op {
	node := func(w *world, s step) *node { return w.mesh.nodes[s.who%len(w.mesh.nodes)] }
	nodeAndTime := []argument{nodeArg, timeArg}
	return []*op{
		{"node-stops", nodeAndTime, 3, func(w *world, s step) {
			w.mesh.stop(node(w, s))
			time.AfterFunc(s.d, func() { w.mesh.startNode(node(w, s)) })
		}},
		{"node-crashes", nodeAndTime, 3, func(w *world, s step) {
			w.mesh.crash(node(w, s))
			time.AfterFunc(s.d, func() { w.mesh.startNode(node(w, s)) })
		}},
		{"node-cut-off", []argument{nodeArg}, 3, func(w *world, s step) { w.mesh.cutOff(node(w, s)) }},
		{"mesh-heals", nil, 6, func(w *world, _ step) { w.mesh.heal() }},
		{"link-down", nodeAndTime, 3, func(w *world, s step) { w.mesh.linkDown(node(w, s), s.d) }},
		{"links-down", []argument{timeArg}, 2, func(w *world, s step) { w.mesh.linksDown(s.d) }},
		{"node-says", []argument{roomArg, numberArg}, 4, func(w *world, s step) { w.mesh.setInfo(s.n, w.roomOf(s), infos[s.n%len(infos)]) }},
		{"node-kicks", tabAndN, 4, func(w *world, s step) { w.mesh.kick(s.n, w.tab(s)) }},
		{"node-bans", []argument{tabArg, numberArg, timeArg}, 5, func(w *world, s step) { w.mesh.ban(s.n, w.tab(s).member, 6*s.d) }},
		{"node-unbans", tabAndN, 3, func(w *world, s step) { w.mesh.unban(s.n, w.tab(s).member) }},
		{"node-announces", []argument{roomArg, numberArg}, 4, func(w *world, s step) { w.mesh.announce(s.n, w.roomOf(s)) }},
		{"ruin", []argument{nodeArg}, 3, func(w *world, s step) { w.locked(func() { node(w, s).trapped = true }) }},
		{"lossy", []argument{numberArg}, 4, func(w *world, s step) {
			w.mesh.fabric.locked(func() { w.mesh.fabric.loss = s.n })
		}},
		{"slow", []argument{timeArg}, 4, func(w *world, s step) {
			w.mesh.fabric.locked(func() { w.mesh.fabric.delay = min(s.d, time.Second) })
		}},
	}
}

// cutOff cuts a node off from all others; if there are five, from all but a neighbour.
func (m *mesh) cutOff(n *node) {
	m.setFault("cut", true)
	m.fabric.locked(func() {
		for i := range m.nodes {
			if i != n.index && (len(m.nodes) < 5 || i != n.index^1) {
				m.fabric.cut[pairOf(i, n.index)] = true
			}
		}
	})
}

// heal ends all cuts.
func (m *mesh) heal() {
	m.fabric.locked(func() { clear(m.fabric.cut) })
	m.setFault("cut", false)
}

// linkDown breaks a node's link to the fabric for d, which the node notices.
func (m *mesh) linkDown(n *node, d time.Duration) {
	var e *end
	m.w.locked(func() { e = n.end })
	m.setFault("link", true)
	m.fabric.locked(func() { e.down = true })
	time.AfterFunc(d, func() {
		m.fabric.locked(func() { e.down = false })
		m.setFault("link", false)
	})
}

// linksDown breaks the links of all nodes for a time that depends on d, as when the
// message broker restarts, and loses the messages on the way. It does not count as a
// fault: nobody may be shown as gone. If outages overlap, the links are up again when
// the last one ends.
func (m *mesh) linksDown(d time.Duration) {
	m.w.locked(func() { m.lastOutage = time.Now(); m.trouble = append(m.trouble, m.lastOutage) })
	d = min(4*d, 45*time.Second) // may exceed the limit for a silent node, but not that for the own link
	var all []*end
	m.fabric.locked(func() {
		for _, e := range m.fabric.ends {
			e.away++
			all = append(all, e)
		}
	})
	time.AfterFunc(d, func() {
		m.w.locked(func() { m.lastOutage = time.Now() })
		m.fabric.locked(func() {
			for _, e := range all {
				e.away = max(0, e.away-1)
			}
		})
	})
}

// meshDurations are the lengths of sleeps, delays and outages; see durations.
var meshDurations = []time.Duration{
	0, time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2 * time.Second, 3 * time.Second, 5 * time.Second, 8 * time.Second, 12 * time.Second,
}

// generateMesh returns the schedule of a seed, for a cluster.
func generateMesh(seed uint64) schedule {
	r := rand.New(rand.NewPCG(seed, 0x6d657368))
	s := schedule{shape: shape{
		Tabs: 2 + r.IntN(8), Rooms: 1 + r.IntN(3), Nodes: 3 + r.IntN(3), Observed: r.IntN(3) > 0,
		Buffer: 8, LogBytes: 1 << (10 + r.IntN(4)), Delays: r.Uint64(),
	}}
	s.shape.Members = max(1, s.shape.Tabs*(1+r.IntN(4))/4)
	kinds, total := drawMeshKinds(r)
	bursts := r.IntN(4)
	for range 6 + r.IntN(24) {
		st := drawStep(r, pick(r, kinds, total), s.shape, bursts)
		st.d = meshDurations[r.IntN(len(meshDurations))] + time.Duration(r.IntN(1_000_000))
		s.steps = append(s.steps, st)
	}
	return s
}

// drawMeshKinds returns the kinds of steps for a schedule, and the sum of their
// weights: some that affect people and connections, always, and a random half of those
// of nodeOps.
func drawMeshKinds(r *rand.Rand) (kinds []*op, total int) {
	for _, name := range []string{"open", "sleep", "close", "leave", "reload-page", "reload-held", "watch", "count", "join", "leave-and-watch", "rename", "note", "note-until", "status", "break", "claim", "give-up"} {
		o := opNamed(name)
		kinds = append(kinds, o)
		total += o.weight
	}
	for _, o := range meshOps {
		if r.IntN(2) == 0 {
			kinds = append(kinds, o)
			total += o.weight
		}
	}
	return kinds, total
}

// TestMeshSchedules plays one schedule per seed on three to five nodes.
func TestMeshSchedules(t *testing.T) {
	campaignOf(t, "TestMeshSchedules", generateMesh, *count*2/3)
}
