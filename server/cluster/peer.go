package cluster

import (
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// peer is another node. Guarded by Cluster.mu.
type peer struct {
	id        string
	info      nodeInfo
	fresh     bool // no message of its stream has come yet
	lastHeard time.Time
	lostAt    time.Time     // when it was lost or stopped; zero while it is alive
	hold      time.Duration // how long its members are shown after lostAt
	stopped   bool          // it said goodbye: later messages of it are ignored

	in   inStream
	out  outStream
	subs map[string]*subscription // its subscriptions, by room
}

// maxNodes bounds the other nodes, with those that have gone and are still remembered. The
// messages of further nodes are ignored.
const maxNodes = 1000

// subscription is the subscription of a peer to a room.
type subscription struct {
	number uint64
	synced bool // the room was queued for the peer whole: changes follow
}

// heardFrom notes that the sender of m is alive, or that it stops, and returns it. It
// returns nil if m is to be ignored.
func (c *Cluster) heardFrom(m message) *peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || m.From == "" || m.From == c.id {
		return nil
	}
	now := time.Now()
	p := c.peers[m.From]
	if p == nil {
		if m.Kind == kindBye || len(c.peers) >= maxNodes {
			return nil
		}
		p = &peer{id: m.From, fresh: true, subs: make(map[string]*subscription)}
		c.peers[p.id] = p
		c.config.Log.Info("a node came", "node", p.id)
	}
	if p.stopped {
		return nil
	}
	if p.in.stream == 0 {
		c.openStream(p)
	}
	if !p.lostAt.IsZero() {
		c.config.Log.Info("a node is back", "node", p.id, "name", p.info.Name)
	}
	p.lastHeard, p.lostAt = now, time.Time{}
	if m.Info != nil {
		p.info = *m.Info
	}
	if m.Kind == kindBye {
		p.stopped, p.lostAt, p.hold = true, now, clampHold(m.HoldMS)
		c.config.Log.Info("a node stops", "node", p.id, "name", p.info.Name)
	}
	return p
}

// checkPeers marks peers as lost, and opens their streams or requests missing operations
// where that is due. It returns the peers whose members need not be shown any longer, and
// those that have been silent long enough to be sent a ping. Time in which this node could
// hear nobody does not count as their silence.
func (c *Cluster) checkPeers(now time.Time, helloDue bool) (expired, silent []*peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	late := c.tickDelay(now)
	c.lastTick = now
	if c.isSuspended(now) {
		return nil, nil
	}
	for _, p := range c.peers {
		if late > ownPause {
			p.resetSilence(now)
		}
		switch silence := now.Sub(p.lastHeard); {
		case !p.lostAt.IsZero() && now.Sub(p.lostAt) >= p.hold:
			expired = append(expired, p)
		case !p.lostAt.IsZero():
		case silence >= lostAfter:
			c.markLost(p, now)
		case silence >= probeAfter:
			silent = append(silent, p)
		case helloDue && (!p.in.open || now.Sub(p.in.lastHeard) > stallAfter):
			c.openStream(p)
		case p.in.highest >= p.in.next: // the request or its answer may have been lost, too
			c.requestResend(p, now)
		}
	}
	return expired, silent
}

// tickDelay returns by how much a tick is late.
func (c *Cluster) tickDelay(now time.Time) time.Duration { return now.Sub(c.lastTick) - tickEvery }

// resetSilence makes the silence of a peer, or the time since it was lost, begin now.
func (p *peer) resetSilence(now time.Time) {
	p.lastHeard = now
	if !p.lostAt.IsZero() {
		p.lostAt = now
	}
}

// isSuspended reports whether peers can't be judged because the own link is down. After
// maxSuspension they are judged all the same. c.mu is held.
func (c *Cluster) isSuspended(now time.Time) bool {
	if c.transport.Connected() {
		if !c.linkDown.IsZero() {
			c.linkDown, c.linkUp = time.Time{}, now
			for _, p := range c.peers {
				p.resetSilence(now)
			}
		}
		return false
	}
	if c.linkDown.IsZero() {
		c.linkDown = now
		c.config.Log.Warn("the link to the other nodes is down")
	}
	return now.Sub(c.linkDown) < maxSuspension
}

// isCatchingUp reports whether this node may still be receiving what others sent while it
// could hear nobody. Meanwhile it may learn from one node that a member is gone before it
// learns from another that the member is there. c.mu is held.
func (c *Cluster) isCatchingUp(now time.Time) bool {
	return !c.linkDown.IsZero() || now.Sub(c.linkUp) < lostAfter || now.Sub(c.lastPause) < lostAfter
}

// markLost marks p as lost. It is removed after the grace unless it is heard again. c.mu is
// held.
func (c *Cluster) markLost(p *peer, now time.Time) {
	p.lostAt, p.hold = now, c.config.Grace
	c.config.Log.Warn("a node is lost", "node", p.id, "name", p.info.Name, "silent", now.Sub(p.lastHeard))
	for _, r := range c.rooms {
		c.loadIfComplete(r)
	}
}

// noResponder marks p as lost because nothing receives messages for it, unless it was heard
// in the meantime.
func (c *Cluster) noResponder(p *peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.peers[p.id] == p && p.lostAt.IsZero() && now.Sub(p.lastHeard) >= probeAfter && c.linkDown.IsZero() {
		c.markLost(p, now)
	}
}

// reason returns why the members of p, which is lost or has stopped, are shown leaving in
// the end.
func (p *peer) reason() shared.Reason {
	if p.stopped {
		return shared.ReasonClosed
	}
	return shared.ReasonNodeLost
}

// removePeer removes p and the members that only p had. c.receiving is held.
func (c *Cluster) removePeer(p *peer) {
	c.mu.Lock()
	delete(c.peers, p.id)
	c.unsubscribeAll(p)
	late := c.isCatchingUp(time.Now())
	rooms := make(map[string]bool, len(c.rooms)) // whether its members may turn up on another node
	for name, r := range c.rooms {
		delete(r.sync, p)
		rooms[name] = late || !c.isComplete(r)
	}
	reason := p.reason()
	c.config.Log.Info("a node is forgotten", "node", p.id, "name", p.info.Name)
	c.mu.Unlock()
	for name, late := range rooms {
		c.hub.Remote(name, p.id, []hub.Change{{Kind: hub.ChangeBegin}, {Kind: hub.ChangeEnd, Reason: reason, Late: late}})
	}
}
