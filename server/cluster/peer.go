package cluster

import (
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// peer is another node. Guarded by Cluster.mu.
type peer struct {
	id    string
	info  info
	fresh bool // nothing of it was ever heard in a stream
	heard time.Time
	lost  time.Time     // since when it is taken for lost; zero if it is not
	hold  time.Duration // with lost: how long its members are still shown
	bye   bool          // it said so: what still comes of it is not heard

	in    inStream
	out   outStream
	wants map[string]*want // the rooms that it wants to be told of
}

// want is a room that a peer wants to be told of.
type want struct {
	number uint64
	told   bool // so changes are to follow
}

// hear notes that the sender of m is alive. It returns nil if m is of nobody
// who is to be heard.
func (c *Cluster) hear(m message) *peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || m.From == "" || m.From == c.id {
		return nil
	}
	now := time.Now()
	p := c.peers[m.From]
	if p == nil {
		if m.Kind == kindBye {
			return nil
		}
		p = &peer{id: m.From, fresh: true, wants: make(map[string]*want)}
		c.peers[p.id] = p
		c.config.Log.Info("a node came", "node", p.id)
	}
	if p.bye {
		return nil
	}
	if p.in.stream == 0 {
		c.open(p)
	}
	if !p.lost.IsZero() {
		c.config.Log.Info("a node is back", "node", p.id, "name", p.info.Name)
	}
	p.heard, p.lost = now, time.Time{}
	if m.Info != nil {
		p.info = *m.Info
	}
	if m.Kind == kindBye {
		p.bye, p.lost, p.hold = true, now, time.Duration(m.HoldMS)*time.Millisecond
		c.config.Log.Info("a node stops", "node", p.id, "name", p.info.Name)
	}
	return p
}

// review goes through the peers: who is lost, who is gone for good, and who is
// quiet. Time in which this node could hear nobody does not count against them.
func (c *Cluster) review(now time.Time, beat bool) (gone, quiet []*peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	late := c.late(now)
	c.ticked = now
	if c.isFrozen(now) {
		return nil, nil
	}
	for _, p := range c.peers {
		if late > ownPause {
			p.pardon(now)
		}
		switch silent := now.Sub(p.heard); {
		case !p.lost.IsZero() && now.Sub(p.lost) >= p.hold:
			gone = append(gone, p)
		case !p.lost.IsZero():
		case silent >= lostAfter:
			c.lose(p, now)
		case silent >= probeAfter:
			quiet = append(quiet, p)
		case beat && (!p.in.open || now.Sub(p.in.heard) > stallAfter):
			c.open(p)
		}
	}
	return gone, quiet
}

// late is by how much a tick is.
func (c *Cluster) late(now time.Time) time.Duration { return now.Sub(c.ticked) - tickEvery }

// pardon counts the peer's silence from now on.
func (p *peer) pardon(now time.Time) {
	p.heard = now
	if !p.lost.IsZero() {
		p.lost = now
	}
}

// isFrozen reports whether the own link is down, and not for too long.
func (c *Cluster) isFrozen(now time.Time) bool {
	if c.net.Connected() {
		if !c.down.IsZero() {
			c.down = time.Time{}
			for _, p := range c.peers {
				p.pardon(now)
			}
		}
		return false
	}
	if c.down.IsZero() {
		c.down = now
		c.config.Log.Warn("the link to the other nodes is down")
	}
	return now.Sub(c.down) < frozenMost
}

// lose takes p for lost. It is forgotten after the grace, if it is not heard.
func (c *Cluster) lose(p *peer, now time.Time) {
	p.lost, p.hold = now, c.config.Grace
	c.config.Log.Warn("a node is lost", "node", p.id, "name", p.info.Name, "silent", now.Sub(p.heard))
	for _, r := range c.rooms {
		c.checkLoaded(r)
	}
}

// nobodyThere notes that nobody receives for p.
func (c *Cluster) nobodyThere(p *peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.peers[p.id] == p && p.lost.IsZero() && now.Sub(p.heard) >= probeAfter && c.down.IsZero() {
		c.lose(p, now)
	}
}

// reason is why the members of p, which is not there, are gone in the end.
func (p *peer) reason() shared.Reason {
	if p.bye {
		return shared.ReasonClosed
	}
	return shared.ReasonNodeLost
}

// forget drops all that p said. receiving is held.
func (c *Cluster) forget(p *peer) {
	c.mu.Lock()
	delete(c.peers, p.id)
	c.deafen(p)
	var rooms []string
	for name := range c.rooms {
		rooms = append(rooms, name)
	}
	reason := p.reason()
	c.config.Log.Info("a node is forgotten", "node", p.id, "name", p.info.Name)
	c.mu.Unlock()
	for _, name := range rooms {
		c.hub.Remote(name, p.id, []hub.Change{{Kind: hub.Begin}, {Kind: hub.End, Reason: reason}})
	}
}
