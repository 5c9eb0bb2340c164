package cluster

import (
	"maps"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// A node that stops or is lost leaves members behind, who are retained: they are shown until
// they are back on another node or the node's hold is over. A new node, such as its
// successor, has never heard of them. So every sync begins with them, or they would be
// missing in the first snapshots of the new node. It receives the same from all nodes, which
// does no harm.

// maxHold bounds the hold that another node asks for.
const maxHold = time.Minute

// clampHold returns a hold in milliseconds as a duration from 0 to maxHold.
func clampHold(ms int64) time.Duration {
	return time.Duration(min(max(ms, 0), maxHold.Milliseconds())) * time.Millisecond
}

// sendRetained queues the retained members of a room for p.
func (c *Cluster) sendRetained(p *peer, name string) {
	for _, q := range c.lostPeers(p) {
		c.sendRetainedOf(p, q, name, c.hub.PartOf(name, q.id))
	}
}

// lostPeers returns the peers other than p that are lost or have stopped.
func (c *Cluster) lostPeers(p *peer) (lost []*peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.peers {
		if q != p && !q.lostAt.IsZero() {
			lost = append(lost, q)
		}
	}
	return lost
}

// sendRetainedOf queues the members of q in a room for p, unless the room was synced.
func (c *Cluster) sendRetainedOf(p, q *peer, name string, part []hub.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sub := p.subs[name]
	left := q.hold - time.Since(q.lostAt)
	if sub == nil || sub.synced || q.lostAt.IsZero() || left <= 0 {
		return
	}
	for _, rec := range part {
		o := opOf(name, hub.Change{Kind: hub.ChangeHere, Record: rec})
		o.Op, o.Sub, o.Node, o.Hold, o.Why = opRetained, sub.number, q.id, left.Milliseconds(), string(q.reason())
		p.out.addUnbounded(o)
	}
}

// dropRetained removes a member who was sent away from a room, if a node that has stopped has
// left it behind. A node that is lost may be back, and then has it. c.receiving is held.
func (c *Cluster) dropRetained(name, id string) {
	lost := c.lostPeers(nil)
	c.mu.Lock()
	stopped := slices.DeleteFunc(lost, func(q *peer) bool { return !q.stopped })
	c.mu.Unlock()
	for _, q := range stopped {
		c.hub.DropSentAway(name, q.id, id)
	}
}

// memberRef is a member of a room.
type memberRef struct{ room, id string }

// dropSentAway is dropRetained for the members whom this node has sent away since it was called
// last. c.receiving is held.
func (c *Cluster) dropSentAway() {
	c.mu.Lock()
	gone := slices.Collect(maps.Keys(c.leaving))
	clear(c.leaving)
	c.mu.Unlock()
	for _, m := range gone {
		c.dropRetained(m.room, m.id)
	}
}

// hasStopped reports whether a node has stopped whose members may be retained. c.mu is held.
func (c *Cluster) hasStopped() bool {
	for _, q := range c.peers {
		if q.stopped {
			return true
		}
	}
	return false
}

// applyRetained shows a retained member, unless this node hears the member's node itself, or
// was told of the room by it. It fails if o is invalid.
func (c *Cluster) applyRetained(name string, o op) error {
	change, err := o.toChange()
	if err == nil && c.acceptsRetained(name, o) {
		c.hub.Remote(name, o.Node, []hub.Change{change})
		c.hub.DropSentAway(name, o.Node, o.User.ID) // the sender may not know yet
	}
	return err
}

// acceptsRetained reports whether the retained member in o is to be shown. If this node does
// not know the member's node, it adds it as one that is lost.
func (c *Cluster) acceptsRetained(name string, o op) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil || o.Sub != r.sub || !isNode(o.Node) || o.Node == c.id || o.Hold <= 0 {
		return false
	}
	q := c.peers[o.Node]
	if q == nil {
		if len(c.peers) >= maxNodes {
			return false
		}
		now := time.Now()
		q = &peer{id: o.Node, fresh: true, lastHeard: now, lostAt: now, subs: make(map[string]*subscription)}
		q.hold = clampHold(o.Hold)
		q.stopped = shared.Reason(o.Why) == shared.ReasonClosed
		c.peers[q.id] = q
	}
	return !q.lostAt.IsZero() && r.sync[q] == 0 // else what it said itself is known
}
