package cluster

import (
	"math/rand/v2"
	"time"

	"rollcall/server/hub"
)

// inStream is what one peer tells this node. Guarded by Cluster.mu.
type inStream struct {
	stream uint64
	next   uint64 // the number of the operation that is to come
	most   uint64 // the highest one that is known of
	open   bool   // something has come
	heard  time.Time
	asked  time.Time // when last something was asked for again
}

// open has p begin its stream anew, or asks it once more to do so.
func (c *Cluster) open(p *peer) {
	if p.in.open || p.in.stream == 0 {
		c.deafen(p) // it will say again what it wants
		p.in = inStream{stream: 1 + rand.Uint64N(1<<53-1), next: 1, heard: time.Now()}
	}
	c.mailLocked(p.id, message{Kind: kindOpen, From: c.id, Stream: p.in.stream, Fresh: p.fresh}.encode())
}

// restart opens p's stream anew, since p can't go on with it.
func (c *Cluster) restart(p *peer, stream uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.in.stream == stream {
		c.open(p)
	}
}

// take takes the next operations of p's stream.
func (c *Cluster) take(p *peer, m message) {
	ops, ok := c.follow(p, m)
	if !ok {
		c.mail(p.id, message{Kind: kindAgain, From: c.id, Stream: m.Stream, Seq: p.in.next - 1})
		return
	}
	for len(ops) > 0 {
		n := 1
		for n < len(ops) && ops[n].Room == ops[0].Room {
			n++
		}
		c.apply(p, ops[0].Room, ops[:n])
		ops = ops[n:]
	}
}

// follow returns those operations of m that are next, or false if some before
// them are to be asked for.
func (c *Cluster) follow(p *peer, m message) (ops []op, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := &p.in
	if m.Stream != in.stream {
		return nil, true
	}
	now := time.Now()
	in.open, in.heard, p.fresh = true, now, false
	in.most = max(in.most, m.Seq+uint64(len(m.Ops))-1)
	if m.Seq > in.next {
		if now.Sub(in.asked) < againEvery {
			return nil, true
		}
		in.asked = now
		return nil, false
	}
	known := in.next - m.Seq
	if known >= uint64(len(m.Ops)) {
		return nil, true
	}
	ops = m.Ops[known:]
	in.next += uint64(len(ops))
	return ops, true
}

// apply does what operations about one room say.
func (c *Cluster) apply(p *peer, name string, ops []op) {
	changes := make([]hub.Change, 0, len(ops))
	ended := false
	for _, o := range ops {
		switch o.Op {
		case opWant:
			c.wanted(p, name, o.Want)
			continue
		case opDrop:
			c.dropped(p, name)
			continue
		}
		if o.Op == opHeld {
			c.hold(name, o)
			continue
		}
		if !c.isNews(p, name, o) {
			continue
		}
		if change, ok := o.change(); ok {
			changes = append(changes, change)
			ended = ended || o.Op == opEnd
		}
	}
	if len(changes) > 0 {
		proved := c.hub.Remote(name, p.id, changes)
		c.conclude(p, name, ended, proved)
	}
}

// isNews reports whether o belongs to this node's latest asking for the room.
func (c *Cluster) isNews(p *peer, name string, o op) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil {
		return false
	}
	switch o.Op {
	case opBegin:
		if o.Want == r.want {
			r.stages[p] = telling
		}
		return o.Want == r.want
	case opEnd:
		return o.Want == r.want && r.stages[p] != 0
	}
	return r.stages[p] != 0
}

// conclude notes what p has told to its end, and asks again for what was not right.
func (c *Cluster) conclude(p *peer, name string, ended, proved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil {
		return
	}
	if ended && r.stages[p] == telling {
		r.stages[p] = told
		c.checkLoaded(r)
	}
	if !proved {
		c.config.Log.Warn("a room was not as its node said, and is asked for again", "node", p.id, "room", name)
		p.out.add(op{Op: opWant, Room: name, Want: r.want})
		c.wake()
	}
}
