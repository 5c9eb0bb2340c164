package cluster

import (
	"maps"
	"slices"

	"rollcall/server/hub"
)

// Bounds of what waits for a peer. One that takes nothing for longer opens the
// stream anew when it is back.
const (
	maxQueue    = 1 << 16 // operations, beyond one room that it is being told of
	maxOps      = 512     // in a message
	maxKept     = 256     // messages that were sent and can be sent again
	maxKeptSize = 1 << 20 // their bytes
)

// outStream is what this node tells one peer. Guarded by Cluster.mu.
type outStream struct {
	stream uint64 // the number the peer has given it; 0 as long as it has not
	queue  []op
	owed   []string // rooms of which the peer is still to be told
	seq    uint64   // of the last operation that was taken from the queue
	beat   bool     // a message is due, even an empty one
	broken bool     // the queue was full: what comes now would have a hole before it

	kept     []sent // the latest messages, in order
	keptSize int
}

// sent is a message that was sent.
type sent struct {
	first, last uint64
	data        []byte
}

// add queues o, if there is a stream.
func (s *outStream) add(o op) {
	if len(s.queue) >= maxQueue {
		s.broken = true
	}
	s.force(o)
}

// force queues o though the queue be full: the rest of what must not be torn.
func (s *outStream) force(o op) {
	if s.stream != 0 && !s.broken {
		s.queue = append(s.queue, o)
	}
}

// begin starts the stream to p anew, as p asks.
func (c *Cluster) begin(p *peer, m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.Stream == 0 || m.Stream == p.out.stream {
		return
	}
	if m.Fresh && p.in.open { // it has forgotten what it told: its stream is no more
		c.open(p)
	}
	p.out = outStream{stream: m.Stream, beat: true}
	for name, r := range c.rooms {
		p.out.force(op{Op: opWant, Room: name, Want: r.want})
	}
	for name, w := range p.wants {
		c.unhear(p, name)
		w.told = false
		p.out.owed = append(p.out.owed, name)
	}
	c.wake()
}

// letter is a message to one peer that is in no stream.
type letter struct {
	to   string
	data []byte
}

// maxPost bounds the letters that wait. One that is dropped is missed like one
// that was lost on its way.
const maxPost = 1 << 12

// mail sends m to a peer soon. mu is not held.
func (c *Cluster) mail(to string, m message) {
	data := m.encode()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mailLocked(to, data)
}

func (c *Cluster) mailLocked(to string, data []byte) {
	if len(c.post) < maxPost {
		c.post = append(c.post, letter{to, data})
	}
	c.wake()
}

// send sends what is queued, until the end.
func (c *Cluster) send() {
	for {
		select {
		case <-c.poke:
			for c.sendRound() {
			}
		case <-c.done:
			return
		}
	}
}

// sendRound sends each peer its next message, and reports whether there may be more.
func (c *Cluster) sendRound() (more bool) {
	defer hub.Rescue(c.config.Log, nil) // what was in hand is asked for again
	c.mu.Lock()
	post := c.post
	c.post = nil
	peers := slices.Collect(maps.Values(c.peers))
	c.mu.Unlock()
	for _, l := range post {
		c.net.Send(l.to, l.data)
	}
	for _, p := range peers {
		if m, ok := c.next(p); ok {
			c.sendNext(p, m)
			more = true
		} else if name, ok := c.nextOwed(p); ok {
			c.tellRoom(p, name)
			more = true
		}
	}
	return more
}

// next takes the next message for p from its queue.
func (c *Cluster) next(p *peer) (m message, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &p.out
	if s.stream == 0 || len(s.queue) == 0 && !s.beat && !s.broken {
		return m, false
	}
	m = message{Kind: kindOps, From: c.id, Stream: s.stream, Seq: s.seq + 1}
	if s.broken {
		m.Kind, p.out = kindLost, outStream{}
		for name, w := range p.wants {
			c.unhear(p, name)
			w.told = false
		}
		return m, true
	}
	n := min(len(s.queue), maxOps)
	m.Ops = s.queue[:n:n]
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	s.seq += uint64(n)
	s.beat = false
	return m, true
}

// sendNext sends m to p, and keeps it.
func (c *Cluster) sendNext(p *peer, m message) {
	data := m.encode()
	if len(m.Ops) > 0 {
		c.mu.Lock()
		if p.out.stream == m.Stream {
			p.out.keep(sent{m.Seq, m.Seq + uint64(len(m.Ops)) - 1, data})
		}
		c.mu.Unlock()
	}
	c.net.Send(p.id, data)
}

func (s *outStream) keep(m sent) {
	s.kept = append(s.kept, m)
	s.keptSize += len(m.data)
	for len(s.kept) > maxKept || s.keptSize > maxKeptSize && len(s.kept) > 1 {
		s.keptSize -= len(s.kept[0].data)
		s.kept[0] = sent{}
		s.kept = s.kept[1:]
	}
}

// nextOwed takes the next room of which p is to be told.
func (c *Cluster) nextOwed(p *peer) (name string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(p.out.owed) == 0 || p.out.stream == 0 {
		return "", false
	}
	name = p.out.owed[0]
	p.out.owed = p.out.owed[1:]
	return name, true
}

// resend sends p again what it misses, or has it open a new stream.
func (c *Cluster) resend(p *peer, m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &p.out
	if m.Stream != s.stream {
		return
	}
	if len(s.kept) > 0 && s.kept[0].first > m.Seq+1 {
		c.mailLocked(p.id, message{Kind: kindLost, From: c.id, Stream: m.Stream}.encode())
		return
	}
	for _, k := range s.kept {
		if k.last > m.Seq {
			c.mailLocked(p.id, k.data)
		}
	}
}
