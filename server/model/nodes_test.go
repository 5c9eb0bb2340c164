package model

import (
	"math/rand/v2"
	"testing"
	"time"
)

// What happens to nodes, and between them.
func nodeOps() []*op {
	node := func(w *world, s step) *node { return w.mesh.nodes[s.who%len(w.mesh.nodes)] }
	nodeAndTime := []argument{aNode, aTime}
	return []*op{
		{"node-stops", nodeAndTime, 3, func(w *world, s step) {
			w.mesh.stop(node(w, s))
			time.AfterFunc(s.d, func() { w.mesh.startNode(node(w, s)) })
		}},
		{"node-crashes", nodeAndTime, 3, func(w *world, s step) {
			w.mesh.crash(node(w, s))
			time.AfterFunc(s.d, func() { w.mesh.startNode(node(w, s)) })
		}},
		{"node-cut-off", []argument{aNode}, 3, func(w *world, s step) { w.mesh.cutOff(node(w, s)) }},
		{"mesh-heals", nil, 6, func(w *world, _ step) { w.mesh.heal() }},
		{"link-down", nodeAndTime, 3, func(w *world, s step) { w.mesh.linkDown(node(w, s), s.d) }},
		{"links-down", []argument{aTime}, 2, func(w *world, s step) { w.mesh.linksDown(s.d) }},
		{"lossy", []argument{aNumber}, 4, func(w *world, s step) {
			w.mesh.fabric.locked(func() { w.mesh.fabric.loss = s.n })
		}},
		{"slow", []argument{aTime}, 4, func(w *world, s step) {
			w.mesh.fabric.locked(func() { w.mesh.fabric.delay = min(s.d, time.Second) })
		}},
	}
}

// cutOff cuts a node off from all others but, of five, its neighbour.
func (m *mesh) cutOff(n *node) {
	m.storm("cut", true)
	m.fabric.locked(func() {
		for i := range m.nodes {
			if i != n.index && (len(m.nodes) < 5 || i != n.index^1) {
				m.fabric.cut[pairOf(i, n.index)] = true
			}
		}
	})
}

func (m *mesh) heal() {
	m.fabric.locked(func() { clear(m.fabric.cut) })
	m.storm("cut", false)
}

// linkDown has a node know that it can't reach the others.
func (m *mesh) linkDown(n *node, d time.Duration) {
	var e *end
	m.w.locked(func() { e = n.end })
	m.storm("link", true)
	m.fabric.locked(func() { e.down = true })
	time.AfterFunc(d, func() {
		m.fabric.locked(func() { e.down = false })
		m.storm("link", false)
	})
}

// linksDown is what carries the messages going away, and coming back empty. It
// is no fault: nobody may be shown gone.
func (m *mesh) linksDown(d time.Duration) {
	d = min(4*d, 45*time.Second) // longer than a silent node is waited for, not longer than the own link is
	var all []*end
	m.fabric.locked(func() {
		for _, e := range m.fabric.ends {
			e.down = true
			all = append(all, e)
		}
	})
	time.AfterFunc(d, func() {
		m.fabric.locked(func() {
			for _, e := range all {
				e.down = false
			}
		})
	})
}

// meshSpans are what there is to wait for between nodes; see spans.
var meshSpans = []time.Duration{
	0, time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2 * time.Second, 3 * time.Second, 5 * time.Second, 8 * time.Second, 12 * time.Second,
}

// generateMesh returns the schedule of a seed, for several nodes.
func generateMesh(seed uint64) schedule {
	r := rand.New(rand.NewPCG(seed, 0x6d657368))
	s := schedule{shape: shape{
		Tabs: 2 + r.IntN(8), Rooms: 1 + r.IntN(3), Nodes: 3 + r.IntN(3), Observed: r.IntN(3) > 0,
		Buffer: 8, LogBytes: 1 << (10 + r.IntN(4)), Delays: r.Uint64(),
	}}
	s.shape.Members = max(1, s.shape.Tabs*(1+r.IntN(4))/4)
	kinds, total := meshMenu(r)
	bursts := r.IntN(4)
	for range 6 + r.IntN(24) {
		st := stepOf(r, pick(r, kinds, total), s.shape, bursts)
		st.d = meshSpans[r.IntN(len(meshSpans))] + time.Duration(r.IntN(1_000_000))
		s.steps = append(s.steps, st)
	}
	return s
}

// meshMenu draws the kinds of steps: what people do, the end of connections,
// and some of what happens to nodes.
func meshMenu(r *rand.Rand) (kinds []*op, total int) {
	for _, name := range []string{"open", "sleep", "close", "leave", "reload-page", "reload-held", "rename", "note", "status", "break"} {
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
