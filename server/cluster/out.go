package cluster

import (
	"maps"
	"slices"

	"rollcall/server/hub"
)

// Bounds of what is kept for a peer. If it receives nothing until they are reached, the
// stream is reset.
const (
	maxQueueSize     = 32 << 20 // bytes of operations by op.size, besides one room that is being synced
	maxOps           = 512      // operations of a message, at most
	maxHistory       = 256      // sent messages that can be sent again
	maxHistorySize   = 1 << 20  // bytes of those messages
	maxSubscriptions = 1 << 20  // rooms that a peer can subscribe to
)

// outStream is the stream to one peer. Guarded by Cluster.mu.
type outStream struct {
	stream    uint64 // its number; 0 until the peer has opened it
	queue     []op
	queueSize int       // bytes by op.size
	toSync    roomQueue // rooms whose sync is still to be queued
	bans      roomQueue // rooms whose bans are still to be queued
	seq       uint64    // the number of the last operation taken from the queue
	keepalive bool      // a message is due even if the queue is empty
	broken    bool      // the queue was full and operations are missing: the stream must be reset

	history     []sentMessage // the latest messages sent, in order
	historySize int           // bytes
}

// roomQueue is a queue of room names without duplicates.
type roomQueue struct {
	names []string
	has   map[string]bool
}

func (d *roomQueue) add(name string) {
	if d.has[name] {
		return
	}
	if d.has == nil {
		d.has = make(map[string]bool)
	}
	d.has[name] = true
	d.names = append(d.names, name)
}

// next removes and returns the first name, if there is one.
func (d *roomQueue) next() (name string, ok bool) {
	if len(d.names) == 0 {
		return "", false
	}
	name = d.names[0]
	d.names = d.names[1:]
	delete(d.has, name)
	return name, true
}

// sentMessage is a message of a stream, with the numbers of its first and last operation.
type sentMessage struct {
	first, last uint64
	data        []byte
}

// add queues o if the stream is open. If the queue is full, it marks the stream as broken.
func (s *outStream) add(o op) {
	if s.queueSize >= maxQueueSize {
		s.broken = true
	}
	s.addUnbounded(o)
}

// addUnbounded queues o even if the queue is full: it is part of a sync, which is queued
// whole or not at all.
func (s *outStream) addUnbounded(o op) {
	if s.stream != 0 && !s.broken {
		s.queue = append(s.queue, o)
		s.queueSize += o.size()
	}
}

// startStream starts the stream to p anew, as p requests with m. It begins with this node's
// subscriptions, syncs all rooms that p subscribes to, and then has all bans.
func (c *Cluster) startStream(p *peer, m message) {
	if c.beginStream(p, m) {
		c.queueBans(p) // not with c.mu held; those said meanwhile are in the stream already
	}
}

// beginStream is startStream without the bans. It reports whether the stream is a new one.
func (c *Cluster) beginStream(p *peer, m message) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.Stream == 0 || m.Stream == p.out.stream {
		return false
	}
	if m.Fresh && p.in.open { // p was restarted, or has removed this node: its stream is over, too
		c.openStream(p)
	}
	p.out = outStream{stream: m.Stream, keepalive: true}
	for name, r := range c.rooms {
		p.out.addUnbounded(op{Op: opSubscribe, Room: name, Sub: r.sub})
	}
	for name, sub := range p.subs {
		c.removeSubscriber(p, name)
		sub.synced = false
		p.out.toSync.add(name)
	}
	c.wake()
	return true
}

// outboxMessage is a message to one peer outside its stream.
type outboxMessage struct {
	to   string
	data []byte
}

// maxOutboxSize bounds the outbox, in bytes. Dropping a message has the same effect as
// losing it on its way.
const maxOutboxSize = 8 << 20

// enqueue puts m for a peer into the outbox. c.mu is not held.
func (c *Cluster) enqueue(to string, m message) {
	data := m.encode()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enqueueLocked(to, data)
}

// enqueueLocked puts an encoded message for a peer into the outbox. c.mu is held.
func (c *Cluster) enqueueLocked(to string, data []byte) {
	if c.outboxSize < maxOutboxSize {
		c.outbox = append(c.outbox, outboxMessage{to, data})
		c.outboxSize += len(data)
	}
	c.wake()
}

// send sends what is queued, until Close.
func (c *Cluster) send() {
	for {
		select {
		case <-c.sendWake:
			for c.sendRound() {
			}
		case <-c.done:
			return
		}
	}
}

// sendRound sends the outbox, and for each peer one message of its stream or, if its queue is
// empty, queues the next room to sync, or the bans of the next. It reports whether there may be more to send.
func (c *Cluster) sendRound() (more bool) {
	defer hub.Rescue(c.config.Log, nil) // the receiver requests what is lost by that
	limit := c.transport.MaxMessage()
	c.mu.Lock()
	outbox := c.outbox
	c.outbox, c.outboxSize = nil, 0
	peers := slices.Collect(maps.Values(c.peers))
	c.mu.Unlock()
	for _, l := range outbox {
		c.transport.Send(l.to, l.data)
	}
	for _, p := range peers {
		if m, ok := c.nextMessage(p, limit); ok {
			c.sendOps(p, m)
			more = true
		} else if name, ok := c.nextToSync(p); ok {
			c.syncRoom(p, name)
			more = true
		} else if name, ok := c.nextBans(p); ok {
			c.sendBans(p, name)
			more = true
		}
	}
	return more
}

// nextMessage takes the next message for p, of at most limit bytes, from its queue. For a
// broken stream that is a reset.
func (c *Cluster) nextMessage(p *peer, limit int) (m message, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &p.out
	if s.stream == 0 || len(s.queue) == 0 && !s.keepalive && !s.broken {
		return m, false
	}
	m = message{Kind: kindOps, From: c.id, Stream: s.stream, Seq: s.seq + 1}
	if s.broken {
		m.Kind, p.out = kindReset, outStream{}
		for name, sub := range p.subs {
			c.removeSubscriber(p, name)
			sub.synced = false
		}
		return m, true
	}
	m.Ops = s.dequeue(limit)
	s.seq += uint64(len(m.Ops))
	s.keepalive = false
	return m, true
}

// dequeue removes as many operations from the queue as fit into a message of limit bytes,
// but at least one: an operation that is too large fails where it is sent.
func (s *outStream) dequeue(limit int) []op {
	size, n := messageSize, 0
	for n < min(len(s.queue), maxOps) {
		more := s.queue[n].size()
		if n > 0 && size+more > limit {
			break
		}
		size += more
		n++
	}
	ops := s.queue[:n:n]
	s.queueSize -= size - messageSize
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	return ops
}

// sendOps sends a message of p's stream, and adds it to the history.
func (c *Cluster) sendOps(p *peer, m message) {
	data := m.encode()
	if len(m.Ops) > 0 {
		c.mu.Lock()
		if p.out.stream == m.Stream {
			p.out.remember(sentMessage{m.Seq, m.Seq + uint64(len(m.Ops)) - 1, data})
		}
		c.mu.Unlock()
	}
	c.transport.Send(p.id, data)
}

// remember adds m to the history, and drops the oldest messages beyond its bounds.
func (s *outStream) remember(m sentMessage) {
	s.history = append(s.history, m)
	s.historySize += len(m.data)
	for len(s.history) > maxHistory || s.historySize > maxHistorySize && len(s.history) > 1 {
		s.historySize -= len(s.history[0].data)
		s.history[0] = sentMessage{}
		s.history = s.history[1:]
	}
}

// nextToSync returns the next room to sync with p, if there is one.
func (c *Cluster) nextToSync(p *peer) (name string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.out.stream == 0 {
		return "", false
	}
	return p.out.toSync.next()
}

// resend sends p again what follows m.Seq in its stream. If the history does not have all
// of that, or the transport takes only smaller messages by now, it resets the stream.
func (c *Cluster) resend(p *peer, m message) {
	limit := c.transport.MaxMessage()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &p.out
	if m.Stream != s.stream {
		return
	}
	tooLarge := func(k sentMessage) bool { return k.last > m.Seq && len(k.data) > limit }
	if len(s.history) > 0 && s.history[0].first > m.Seq+1 || slices.ContainsFunc(s.history, tooLarge) {
		c.enqueueLocked(p.id, message{Kind: kindReset, From: c.id, Stream: m.Stream}.encode())
		return
	}
	for _, k := range s.history {
		if k.last > m.Seq {
			c.enqueueLocked(p.id, k.data)
		}
	}
}
