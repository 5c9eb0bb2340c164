package model

import (
	"math/rand/v2"
	"sync"
	"time"

	"rollcall/server/cluster"
)

// fabric is the network between nodes. It can lose messages, deliver them late or
// twice, and cut nodes off from each other. It keeps the order of messages from one
// node to another.
type fabric struct {
	mu      sync.Mutex
	random  *rand.Rand
	ends    map[string]*end
	loss    int                     // percentage of messages that never arrive
	delay   time.Duration           // the longest delay of a message
	cut     map[[2]int]bool         // pairs of nodes that can't reach each other; see pairOf
	arrives map[[2]string]time.Time // when the last message between two ends arrives
}

// end is a node's connection to the fabric.
type end struct {
	f       *fabric
	node    int
	id      string
	receive func([]byte)
	down    bool // the node's own link is down, and the node knows it
	away    int  // current outages of the whole fabric, which the node knows, too
	closed  bool
}

var _ cluster.Transport = (*end)(nil)

// up reports whether the node takes its link to be up. f.mu is held.
func (e *end) up() bool { return !e.down && e.away == 0 }

func newFabric(seed uint64) *fabric {
	return &fabric{
		random: rand.New(rand.NewPCG(seed, 1)), ends: map[string]*end{},
		cut: map[[2]int]bool{}, arrives: map[[2]string]time.Time{},
	}
}

func (f *fabric) attach(node int, c *cluster.Cluster) *end {
	e := &end{f: f, node: node, id: c.ID(), receive: c.Receive}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ends[e.id] = e
	return e
}

func (f *fabric) locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// reaches reports whether messages from a arrive at b. f.mu is held.
func (f *fabric) reaches(a, b *end) bool {
	return !a.closed && !b.closed && a.up() && b.up() && !f.cut[pairOf(a.node, b.node)]
}

// pairOf returns the key of the nodes a and b in fabric.cut.
func pairOf(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

func (e *end) Broadcast(message []byte) {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	for _, to := range e.f.ends {
		if to != e {
			e.f.carry(e, to, message)
		}
	}
}

func (e *end) Send(node string, message []byte) {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	if to := e.f.ends[node]; to != nil {
		e.f.carry(e, to, message)
	}
}

// carry delivers a message after a random delay, twice or not at all. f.mu is held.
func (f *fabric) carry(from, to *end, message []byte) {
	copies := 1
	if f.random.IntN(50) == 0 {
		copies = 2
	}
	if f.random.IntN(100) < f.loss || len(message) > maxMessage {
		copies = 0
	}
	if !f.reaches(from, to) {
		return
	}
	for range copies {
		at := time.Now().Add(100*time.Microsecond + time.Duration(f.random.Int64N(int64(f.delay+1))))
		way := [2]string{from.id, to.id}
		if last := f.arrives[way]; !at.After(last) {
			at = last.Add(time.Microsecond)
		}
		f.arrives[way] = at
		time.AfterFunc(time.Until(at), func() {
			f.mu.Lock()
			arrives := f.reaches(from, to) || from.closed && !to.closed && to.up()
			f.mu.Unlock()
			if arrives {
				to.receive(message)
			}
		})
	}
}

// Probe sends a message, or calls gone if the node no longer exists, as NATS does.
func (e *end) Probe(node string, message []byte, gone func()) {
	e.f.mu.Lock()
	to := e.f.ends[node]
	dead := (to == nil || to.closed) && e.up()
	e.f.mu.Unlock()
	if dead {
		time.AfterFunc(time.Millisecond, gone)
		return
	}
	e.Send(node, message)
}

// maxMessage is so small that nodes have to split large messages.
const maxMessage = 4 << 10

func (e *end) MaxMessage() int { return maxMessage }

func (e *end) Connected() bool {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	return e.up()
}

func (e *end) Close() {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	e.closed = true
	delete(e.f.ends, e.id)
}
