package cluster

import (
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// A node that stops, or is lost, leaves members behind, who are shown until they are
// back elsewhere or its hold is over. A node that is new, as the one that takes its
// place, never heard of them. So whoever tells it of a room begins with them, or they
// would be missing in its first snapshots. All others tell the same, which does no harm.

// maxHold bounds what another node says of how long to show them.
const maxHold = time.Minute

// tellHeld queues for p what this node still shows in a room of nodes that are not there.
func (c *Cluster) tellHeld(p *peer, name string) {
	for _, q := range c.absent(p) {
		c.tellHeldOf(p, q, name, c.hub.PartOf(name, q.id))
	}
}

// absent returns the peers that are not there, but for p.
func (c *Cluster) absent(p *peer) (absent []*peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.peers {
		if q != p && !q.lost.IsZero() {
			absent = append(absent, q)
		}
	}
	return absent
}

func (c *Cluster) tellHeldOf(p, q *peer, name string, part []hub.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := p.wants[name]
	left := q.hold - time.Since(q.lost)
	if w == nil || w.told || q.lost.IsZero() || left <= 0 {
		return
	}
	for _, rec := range part {
		o := opOf(name, hub.Change{Kind: hub.Here, Record: rec})
		o.Op, o.Want, o.Node, o.Hold, o.Why = opHeld, w.number, q.id, left.Milliseconds(), string(q.reason())
		p.out.force(o)
	}
}

// hold takes in o, of a member of a node that is not there. A node that this one hears
// itself speaks for itself.
func (c *Cluster) hold(name string, o op) {
	change, ok := o.change()
	if ok && c.holds(name, o) {
		c.hub.Remote(name, o.Node, []hub.Change{change})
	}
}

func (c *Cluster) holds(name string, o op) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil || o.Want != r.want || o.Node == "" || o.Node == c.id || o.Hold <= 0 {
		return false
	}
	q := c.peers[o.Node]
	if q == nil {
		now := time.Now()
		q = &peer{id: o.Node, fresh: true, heard: now, lost: now, wants: make(map[string]*want)}
		q.hold = min(time.Duration(o.Hold)*time.Millisecond, maxHold)
		q.bye = shared.Reason(o.Why) == shared.ReasonClosed
		c.peers[q.id] = q
	}
	return !q.lost.IsZero()
}
