package cluster

import (
	"slices"
	"time"

	"rollcall/server/hub"
)

// room is a room that clients of this node are in. Guarded by Cluster.mu.
type room struct {
	sub         uint64              // the number of this node's subscription
	sync        map[*peer]syncState // how far each peer has synced it; without removed peers
	subscribers []*peer             // the peers that were sent a sync and are sent changes
	loaded      chan struct{}       // closed when people may be let in
	isLoaded    bool
	loadTimer   *time.Timer
	repaired    time.Time // when the subscription was last repeated
}

// syncState says how far a peer has sent its part of a room. Zero is not at all.
type syncState int

const (
	syncing syncState = iota + 1
	synced
)

// roomOpened is called by the hub when a room comes into use. It subscribes to the room at
// every peer. The channel is closed when people may be let in.
func (c *Cluster) roomOpened(name string) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastSub++
	r := &room{sub: c.lastSub, sync: make(map[*peer]syncState), loaded: make(chan struct{})}
	c.rooms[name] = r
	for _, p := range c.peers {
		p.out.add(op{Op: opSubscribe, Room: name, Sub: r.sub})
		if sub := p.subs[name]; sub != nil && sub.synced {
			r.subscribers = append(r.subscribers, p)
		}
	}
	c.loadIfComplete(r)
	if c.closed {
		r.finishLoading()
	}
	if !r.isLoaded {
		r.loadTimer = time.AfterFunc(c.patience, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			r.finishLoading()
		})
	}
	c.wake()
	return r.loaded
}

// roomClosed is called by the hub when a room is not in use any more. It ends the
// subscriptions to it.
func (c *Cluster) roomClosed(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rooms[name].finishLoading()
	delete(c.rooms, name)
	for _, p := range c.peers {
		p.out.add(op{Op: opUnsubscribe, Room: name})
	}
	c.wake()
}

// loadIfComplete lets people into a room that every live peer has synced. c.mu is held.
func (c *Cluster) loadIfComplete(r *room) {
	if c.discovered && c.isComplete(r) {
		r.finishLoading()
	}
}

// isComplete reports whether every live peer has synced r. Before that, a member who seems
// to be on no node may be on one that has not synced yet. c.mu is held.
func (c *Cluster) isComplete(r *room) bool {
	for _, p := range c.peers {
		if p.lostAt.IsZero() && r.sync[p] != synced {
			return false
		}
	}
	return true
}

// finishLoading lets people in.
func (r *room) finishLoading() {
	if r.isLoaded {
		return
	}
	r.isLoaded = true
	close(r.loaded)
	if r.loadTimer != nil {
		r.loadTimer.Stop()
	}
}

// publish is called by the hub for each change of this node's part of a room. It queues the
// change for the subscribers, and for every peer what is no part of a room: a peer that was not
// synced yet may have the member, and nothing would tell it later.
func (c *Cluster) publish(name string, change hub.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if id := sentAway(change); id != "" && c.hasStopped() { // later, for the hub's locks are held now
		c.leaving[memberRef{name, id}] = struct{}{}
	}
	o := opOf(name, change)
	if isForAll(o.Op) {
		for _, p := range c.peers {
			p.out.add(o)
		}
	} else if r := c.rooms[name]; r != nil {
		for _, p := range r.subscribers {
			p.out.add(o)
		}
	}
	c.wake()
}

// subscribe adds or replaces the subscription of p to a room, which is synced soon. It
// ignores a subscription beyond maxSubscriptions.
func (c *Cluster) subscribe(p *peer, name string, number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeSubscriber(p, name)
	if p.subs[name] == nil && len(p.subs) >= maxSubscriptions {
		return
	}
	p.subs[name] = &subscription{number: number}
	p.out.toSync.add(name)
	c.wake()
}

// unsubscribe ends the subscription of p to a room.
func (c *Cluster) unsubscribe(p *peer, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeSubscriber(p, name)
	delete(p.subs, name)
}

// removeSubscriber stops sending changes of a room to p. c.mu is held.
func (c *Cluster) removeSubscriber(p *peer, name string) {
	if r := c.rooms[name]; r != nil {
		r.subscribers = slices.DeleteFunc(r.subscribers, func(q *peer) bool { return q == p })
	}
}

// unsubscribeAll ends all subscriptions of p. c.mu is held.
func (c *Cluster) unsubscribeAll(p *peer) {
	for name := range p.subs {
		c.removeSubscriber(p, name)
	}
	clear(p.subs)
	p.out.toSync = roomQueue{}
}

// syncRoom queues the retained members of a room, its bans and then this node's part of it
// for p, if p still subscribes to it and was not sent it yet.
func (c *Cluster) syncRoom(p *peer, name string) {
	c.sendRetained(p, name)
	c.sendBans(p, name)
	c.hub.Own(name, func(own hub.Part) {
		c.mu.Lock()
		defer c.mu.Unlock()
		sub := p.subs[name]
		if sub == nil || sub.synced || p.out.stream == 0 {
			return
		}
		sub.synced = true
		if r := c.rooms[name]; r != nil {
			r.subscribers = append(r.subscribers, p)
		}
		p.out.add(op{Op: opBegin, Room: name, Sub: sub.number})
		own.Changes(func(change hub.Change) { p.out.addUnbounded(opOf(name, change)) })
		p.out.addUnbounded(op{Op: opEnd, Room: name, Sub: sub.number, Count: own.Digest.Count, Hash: &own.Digest.Hash})
	})
}

// maxProofs bounds the proofs to one peer in one second. With more rooms than that, a random
// selection is proved.
const maxProofs = 256

// sendProofs queues proofs of the rooms that were synced, for every peer.
func (c *Cluster) sendProofs() {
	type proof struct {
		p    *peer
		name string
	}
	var due []proof
	c.mu.Lock()
	for _, p := range c.peers {
		if p.out.stream == 0 {
			continue
		}
		p.out.keepalive = true
		n := 0
		for name, sub := range p.subs { // in the random order of a map
			if n++; n > maxProofs {
				break
			}
			if sub.synced {
				due = append(due, proof{p, name})
			}
		}
	}
	c.mu.Unlock()
	for _, d := range due {
		c.hub.Own(d.name, func(own hub.Part) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if sub := d.p.subs[d.name]; sub != nil && sub.synced {
				d.p.out.add(opOf(d.name, hub.Change{Kind: hub.ChangeProof, Digest: own.Digest}))
			}
		})
	}
}
