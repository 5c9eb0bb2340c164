package cluster

import (
	"slices"
	"time"

	"rollcall/server/hub"
)

// room is one that this node has somebody in. Guarded by Cluster.mu.
type room struct {
	want     uint64          // the number of the asking
	stages   map[*peer]stage // how far each peer has told of it
	audience []*peer         // those who were told and hear of changes
	loaded   chan struct{}   // closed when everybody has told
	isLoaded bool
	patience *time.Timer
}

type stage int

const (
	telling stage = iota + 1
	told
)

// roomOpened is told by the hub of a room that is in use from now on.
func (c *Cluster) roomOpened(name string) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	r := &room{want: c.asked, stages: make(map[*peer]stage), loaded: make(chan struct{})}
	c.rooms[name] = r
	for _, p := range c.peers {
		p.out.add(op{Op: opWant, Room: name, Want: r.want})
		if w := p.wants[name]; w != nil && w.told {
			r.audience = append(r.audience, p)
		}
	}
	c.checkLoaded(r)
	if c.closed {
		r.load()
	}
	if !r.isLoaded {
		r.patience = time.AfterFunc(loadWithin, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			r.load()
		})
	}
	c.wake()
	return r.loaded
}

// roomClosed is told by the hub of a room that nobody here is in any more.
func (c *Cluster) roomClosed(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rooms[name].load()
	delete(c.rooms, name)
	for _, p := range c.peers {
		p.out.add(op{Op: opDrop, Room: name})
	}
	c.wake()
}

// checkLoaded lets people into a room of which every live peer has told.
func (c *Cluster) checkLoaded(r *room) {
	if !c.met {
		return
	}
	for _, p := range c.peers {
		if p.lost.IsZero() && r.stages[p] != told {
			return
		}
	}
	r.load()
}

// load lets people in.
func (r *room) load() {
	if r.isLoaded {
		return
	}
	r.isLoaded = true
	close(r.loaded)
	if r.patience != nil {
		r.patience.Stop()
	}
}

// tell is told by the hub of a change in this node's part of a room.
func (c *Cluster) tell(name string, change hub.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil || len(r.audience) == 0 || c.closed {
		return
	}
	o := opOf(name, change)
	for _, p := range r.audience {
		p.out.add(o)
	}
	c.wake()
}

// wanted notes that p wants to be told of a room, or to be told again.
func (c *Cluster) wanted(p *peer, name string, number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unhear(p, name)
	p.wants[name] = &want{number: number}
	p.out.owed = append(p.out.owed, name)
	c.wake()
}

// dropped notes that p does not want to be told of a room any more.
func (c *Cluster) dropped(p *peer, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unhear(p, name)
	delete(p.wants, name)
}

// unhear takes p out of the audience of a room.
func (c *Cluster) unhear(p *peer, name string) {
	if r := c.rooms[name]; r != nil {
		r.audience = slices.DeleteFunc(r.audience, func(q *peer) bool { return q == p })
	}
}

// deafen takes p out of every audience, and forgets what it wants.
func (c *Cluster) deafen(p *peer) {
	for name := range p.wants {
		c.unhear(p, name)
	}
	clear(p.wants)
	p.out.owed = nil
}

// tellRoom queues this node's part of a room for p, who wants it, behind what nodes had
// there that are not there any more.
func (c *Cluster) tellRoom(p *peer, name string) {
	c.tellHeld(p, name)
	c.hub.Own(name, func(d hub.Digest, each func(func(hub.Record))) {
		c.mu.Lock()
		defer c.mu.Unlock()
		w := p.wants[name]
		if w == nil || w.told || p.out.stream == 0 {
			return
		}
		w.told = true
		if r := c.rooms[name]; r != nil {
			r.audience = append(r.audience, p)
		}
		p.out.add(op{Op: opBegin, Room: name, Want: w.number})
		each(func(rec hub.Record) { p.out.force(opOf(name, hub.Change{Kind: hub.Here, Record: rec})) })
		p.out.force(op{Op: opEnd, Room: name, Want: w.number, Count: d.Count, Hash: &d.Hash})
	})
}

// provesPerBeat bounds the proofs to one peer in one second; with more rooms
// than that, those proven are drawn at random.
const provesPerBeat = 256

// proveAll queues proofs of what was told, for every peer.
func (c *Cluster) proveAll() {
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
		p.out.beat = true
		n := 0
		for name, w := range p.wants { // Go begins anywhere in a map
			if n++; n > provesPerBeat {
				break
			}
			if w.told {
				due = append(due, proof{p, name})
			}
		}
	}
	c.mu.Unlock()
	for _, d := range due {
		c.hub.Own(d.name, func(digest hub.Digest, _ func(func(hub.Record))) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if w := d.p.wants[d.name]; w != nil && w.told {
				d.p.out.add(opOf(d.name, hub.Change{Kind: hub.Proof, Digest: digest}))
			}
		})
	}
}
