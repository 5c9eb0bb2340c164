package cluster

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// The clock of a cluster. Each bound is felt by people: docs/cluster.md.
const (
	helloEvery = time.Second
	tickEvery  = helloEvery / 2
	probeAfter = 3 * time.Second         // of silence, a peer is asked for
	lostAfter  = 6 * time.Second         // of silence, it is lost, and the grace begins
	ownPause   = 1500 * time.Millisecond // a tick that is so late says that this node was away
	stallAfter = 3 * time.Second         // a stream that says nothing, of a peer that is heard, is opened anew
	againEvery = 100 * time.Millisecond  // at most so often a hole is asked for
	meetWithin = 1500 * time.Millisecond // so long a node that starts expects others: their hello, after the way to them is there
	loadWithin = 2 * time.Second         // so long a newcomer waits for what other nodes have in a room
	frozenMost = time.Minute             // with the own link down nobody is lost for so long
)

// Config is what a node says of itself, and how it treats others. Zero fields
// take defaults.
type Config struct {
	// Name is shown to operators. Two nodes may have the same.
	Name    string
	Version string
	// Grace is how long the members of a lost node are still shown.
	Grace time.Duration
	// Log receives a line for each node that comes, is lost, or goes.
	Log *slog.Logger
}

// Cluster is this node among the others. Its methods are safe for concurrent use.
type Cluster struct {
	config Config
	id     string // random: no two lives of any node have the same
	hub    *hub.Hub
	net    Transport
	poke   chan struct{} // something is to be sent
	done   chan struct{} // closed by Close
	ends   sync.WaitGroup

	receiving sync.Mutex // held while a message, or the loss of a peer, is dealt with

	mu     sync.Mutex
	peers  map[string]*peer
	rooms  map[string]*room
	asked  uint64 // numbers the wants
	post   []letter
	ticks  int  // since Start
	met    bool // meetWithin is over
	ticked time.Time
	paused time.Time // when a pause of this node was noticed last
	down   time.Time // since when the own link is; zero if it is up
	closed bool
}

// New makes a node that is alone until Start.
func New(c Config) *Cluster {
	c.Grace = cmp.Or(c.Grace, shared.DefaultGrace)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Cluster{
		config: c,
		id:     rand.Text()[:16],
		poke:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		peers:  make(map[string]*peer),
		rooms:  make(map[string]*room),
	}
}

// ID names this life of this node.
func (c *Cluster) ID() string { return c.id }

// Mesh is what the hub of this node is to be made with.
func (c *Cluster) Mesh() *hub.Mesh {
	return &hub.Mesh{Node: c.id, Opened: c.roomOpened, Closed: c.roomClosed, Tell: c.tell}
}

// Start joins the others. h must have been made with Mesh; t must give what it
// receives to Receive.
func (c *Cluster) Start(h *hub.Hub, t Transport) {
	c.mu.Lock()
	c.hub, c.net, c.ticked = h, t, time.Now()
	c.mu.Unlock()
	c.ends.Go(c.send)
	c.ends.Go(c.keepTime)
	c.hello()
}

// Close says goodbye. The others show this node's members for hold, and no
// longer; what happens on this node from now on they are not told.
func (c *Cluster) Close(hold time.Duration) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	for _, r := range c.rooms {
		r.load()
	}
	c.mu.Unlock()
	close(c.done)
	c.ends.Wait()
	c.net.Broadcast(message{Kind: kindBye, From: c.id, HoldMS: hold.Milliseconds()}.encode())
	c.net.Close()
}

// Receive takes a message of another node. If our own code panics over it, it is logged
// and given up, as if it had been lost: the next proof finds what is missing.
func (c *Cluster) Receive(data []byte) {
	defer hub.Rescue(c.config.Log, nil)
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		c.config.Log.Warn("a message of the cluster makes no sense", "err", err)
		return
	}
	c.receiving.Lock()
	defer c.receiving.Unlock()
	p := c.hear(m)
	if p == nil {
		return
	}
	switch m.Kind {
	case kindPing:
		c.mail(p.id, c.introduction())
	case kindOpen:
		c.begin(p, m)
	case kindAgain:
		c.resend(p, m)
	case kindLost:
		c.restart(p, m.Stream)
	case kindOps:
		c.take(p, m)
	}
}

// hello tells everybody that this node is alive.
func (c *Cluster) hello() { c.net.Broadcast(c.introduction().encode()) }

func (c *Cluster) introduction() message {
	return message{Kind: kindHello, From: c.id, Info: &info{
		Name: c.config.Name, Version: c.config.Version, Sessions: c.hub.Sessions(),
	}}
}

// keepTime does what is due, until the end.
func (c *Cluster) keepTime() {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.tick(time.Now())
		case <-c.done:
			return
		}
	}
}

func (c *Cluster) tick(now time.Time) {
	defer hub.Rescue(c.config.Log, nil)
	c.receiving.Lock()
	defer c.receiving.Unlock()
	beat := c.count(now)
	gone, quiet := c.review(now, beat)
	for _, p := range gone {
		c.forget(p)
	}
	for _, p := range quiet {
		c.net.Probe(p.id, message{Kind: kindPing, From: c.id}.encode(), func() { c.nobodyThere(p) })
	}
	if beat {
		c.hello()
		c.proveAll()
		c.wake()
	}
}

// count counts a tick, and reports whether it is time to say hello. After a pause of this
// node's own it is at every tick: the others may have given it up, and the way to them may
// not be there at once.
func (c *Cluster) count(now time.Time) (beat bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticks++
	if !c.met && time.Duration(c.ticks)*tickEvery >= meetWithin {
		c.met = true
		for _, r := range c.rooms {
			c.checkLoaded(r)
		}
	}
	if c.late(now) > ownPause {
		c.paused = now
	}
	return now.Sub(c.paused) < lostAfter || time.Duration(c.ticks)*tickEvery%helloEvery == 0
}

// wake has what is queued sent.
func (c *Cluster) wake() {
	select {
	case c.poke <- struct{}{}:
	default:
	}
}
