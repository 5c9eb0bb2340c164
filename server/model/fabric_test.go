package model

import (
	"math/rand/v2"
	"sync"
	"time"

	"rollcall/server/cluster"
)

// fabric carries messages between nodes, as badly as it is told to: it loses
// them, delivers them late or twice, and cuts nodes off from each other. What
// one node sends another arrives in its order.
type fabric struct {
	mu      sync.Mutex
	random  *rand.Rand
	ends    map[string]*end
	loss    int // of a hundred messages, how many never arrive
	delay   time.Duration
	cut     map[[2]int]bool // between nodes, the lower first
	arrives map[[2]string]time.Time
}

// end is a node's end of the fabric.
type end struct {
	f       *fabric
	node    int
	id      string
	receive func([]byte)
	down    bool // the node knows that its link is
	closed  bool
}

var _ cluster.Transport = (*end)(nil)

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

// reaches reports whether what a sends comes to b. f.mu is held.
func (f *fabric) reaches(a, b *end) bool {
	return !a.closed && !b.closed && !a.down && !b.down && !f.cut[pairOf(a.node, b.node)]
}

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

// carry takes a message on its way. f.mu is held.
func (f *fabric) carry(from, to *end, message []byte) {
	copies := 1
	if f.random.IntN(50) == 0 {
		copies = 2
	}
	if f.random.IntN(100) < f.loss {
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
			arrives := f.reaches(from, to) || from.closed && !to.closed && !to.down
			f.mu.Unlock()
			if arrives {
				to.receive(message)
			}
		})
	}
}

// Probe finds nobody where no node is any more, as NATS does.
func (e *end) Probe(node string, message []byte, gone func()) {
	e.f.mu.Lock()
	to := e.f.ends[node]
	dead := (to == nil || to.closed) && !e.down
	e.f.mu.Unlock()
	if dead {
		time.AfterFunc(time.Millisecond, gone)
		return
	}
	e.Send(node, message)
}

func (e *end) Connected() bool {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	return !e.down
}

func (e *end) Close() {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	e.closed = true
	delete(e.f.ends, e.id)
}
