package cluster

import (
	"math/rand/v2"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// inStream is the stream from one peer. Guarded by Cluster.mu.
type inStream struct {
	stream     uint64    // its number; 0 if it was never opened
	next       uint64    // the number of the operation expected next
	highest    uint64    // the highest number known to exist
	open       bool      // a message of it has come
	lastHeard  time.Time // when a message of it last came
	lastResend time.Time // when missing operations were last requested
}

// openStream asks p to begin its stream to this node anew. If p has not answered the latest
// request, openStream repeats it. c.mu is held.
func (c *Cluster) openStream(p *peer) {
	if p.in.open || p.in.stream == 0 {
		c.unsubscribeAll(p) // the new stream begins with its subscriptions
		p.in = inStream{stream: 1 + rand.Uint64N(1<<53-1), next: 1, lastHeard: time.Now()}
	}
	c.enqueueLocked(p.id, message{Kind: kindOpen, From: c.id, Stream: p.in.stream, Fresh: p.fresh}.encode())
}

// resetStream opens p's stream anew if it is the one that p can't continue.
func (c *Cluster) resetStream(p *peer, stream uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.in.stream == stream {
		c.openStream(p)
	}
}

// receiveOps processes a message with operations of p's stream.
func (c *Cluster) receiveOps(p *peer, m message) {
	ops := c.nextOps(p, m)
	for len(ops) > 0 {
		n := 1
		for n < len(ops) && ops[n].Room == ops[0].Room {
			n++
		}
		c.apply(p, ops[0].Room, ops[:n])
		ops = ops[n:]
	}
}

// nextOps returns the operations of m that have not come before. If operations before them
// are missing, nextOps requests these and returns none.
func (c *Cluster) nextOps(p *peer, m message) (ops []op) {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := &p.in
	if m.Stream != in.stream {
		return nil
	}
	now := time.Now()
	in.open, in.lastHeard, p.fresh = true, now, false
	in.highest = max(in.highest, m.Seq+uint64(len(m.Ops))-1)
	if m.Seq > in.next {
		c.requestResend(p, now)
		return nil
	}
	known := in.next - m.Seq
	if known >= uint64(len(m.Ops)) {
		return nil
	}
	ops = m.Ops[known:]
	in.next += uint64(len(ops))
	return ops
}

// requestResend asks p for the missing operations of its stream, unless it did so less than
// resendEvery ago. c.mu is held.
func (c *Cluster) requestResend(p *peer, now time.Time) {
	if in := &p.in; now.Sub(in.lastResend) >= resendEvery {
		in.lastResend = now
		c.enqueueLocked(p.id, message{Kind: kindResend, From: c.id, Stream: in.stream, Seq: in.next - 1}.encode())
	}
}

// apply processes consecutive operations about one room. Invalid ones are logged and
// skipped: if they matter, the next proof fails.
func (c *Cluster) apply(p *peer, name string, ops []op) {
	if err := shared.CheckRoom(name); err != nil {
		c.logInvalid(p, err)
		return
	}
	changes := make([]hub.Change, 0, len(ops))
	c.mu.Lock()
	late := c.isCatchingUp(time.Now())
	c.mu.Unlock()
	ended := false
	for _, o := range ops {
		change, news, err := c.dispatch(p, name, o)
		if err != nil {
			c.logInvalid(p, err)
		} else if news {
			change.Late = late
			changes = append(changes, change)
			ended = ended || o.Op == opEnd
		}
	}
	if len(changes) > 0 {
		proved := c.hub.Remote(name, p.id, changes)
		c.finishOps(p, name, ended, proved)
		for _, change := range changes {
			if id := sentAway(change); id != "" {
				c.dropRetained(name, id)
			}
		}
	}
}

// dispatch processes o itself where it is about a subscription or a retained member.
// Otherwise it returns the change for the hub, and whether that is current.
func (c *Cluster) dispatch(p *peer, name string, o op) (change hub.Change, news bool, err error) {
	switch o.Op {
	case opSubscribe:
		c.subscribe(p, name, o.Sub)
	case opUnsubscribe:
		c.unsubscribe(p, name)
	case opRetained:
		err = c.applyRetained(name, o)
	default:
		if news = isForAll(o.Op) || c.isCurrent(p, name, o); news {
			change, err = o.toChange()
		}
	}
	return change, news, err
}

// logInvalid logs an operation of p that this version can't process.
func (c *Cluster) logInvalid(p *peer, err error) {
	if n := c.invalid.Due(); n > 0 {
		c.config.Log.Warn("a node says what this one can't take", "node", p.id, "err", err, "such", n)
	}
}

// isCurrent reports whether o belongs to this node's current subscription to the room. A
// begin of that subscription starts the sync.
func (c *Cluster) isCurrent(p *peer, name string, o op) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil {
		return false
	}
	switch o.Op {
	case opBegin:
		if o.Sub == r.sub {
			r.sync[p] = syncing
		}
		return o.Sub == r.sub
	case opEnd:
		return o.Sub == r.sub && r.sync[p] != 0
	}
	return r.sync[p] != 0
}

// repairEvery is the least time between two repairs of a room whose proof fails. After an
// invalid operation every proof fails.
const repairEvery = 5 * time.Second

// finishOps notes that p has synced a room if ended is set. If a proof did not hold, it
// subscribes to the room at p anew.
func (c *Cluster) finishOps(p *peer, name string, ended, proved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil {
		return
	}
	if ended && r.sync[p] == syncing {
		r.sync[p] = synced
		c.loadIfComplete(r)
	}
	if now := time.Now(); !proved && now.Sub(r.repaired) >= repairEvery {
		r.repaired = now
		c.config.Log.Warn("a room was not as its node said, and is asked for again", "node", p.id, "room", name)
		p.out.add(op{Op: opSubscribe, Room: name, Sub: r.sub})
		c.wake()
	}
}
