package cluster

import (
	"cmp"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/server/notice"
	"rollcall/shared"
)

// The timing of a cluster. People notice each of these bounds: see docs/cluster.md.
const (
	helloEvery     = time.Second
	tickEvery      = helloEvery / 2
	probeAfter     = 3 * time.Second         // of silence until a peer is sent a ping
	lostAfter      = 6 * time.Second         // of silence until a peer is lost and the grace begins
	ownPause       = 1500 * time.Millisecond // delay of a tick beyond which this node itself was paused
	stallAfter     = 3 * time.Second         // of silence in the stream of a live peer until it is opened anew
	resendEvery    = 100 * time.Millisecond  // least time between two requests for missing operations
	discoverWithin = 1500 * time.Millisecond // time from Start for the transport to connect and other nodes to be heard
	loadWithin     = 2 * time.Second         // longest wait of a newcomer for other nodes to sync a room
	maxSuspension  = time.Minute             // longest time for which no peer is lost because the own link is down
	logEvery       = time.Second             // least time between two equal warnings about peers or NATS
)

// Config configures a node. Zero fields take defaults.
type Config struct {
	// Name and Version are shown to operators. Two nodes may have the same name.
	Name    string
	Version string
	// Grace is how long the members of a lost node are still shown; shared.DefaultGrace
	// if zero.
	Grace time.Duration
	// Log receives a line for each node that comes, is lost, or goes.
	Log *slog.Logger
}

// Cluster is this node and what it knows of the others. Its methods are safe for
// concurrent use.
type Cluster struct {
	config    Config
	id        string // random, so that no two lives of any node share it
	hub       *hub.Hub
	transport Transport
	sendWake  chan struct{} // has a value while something is to be sent
	done      chan struct{} // closed by Close
	ends      sync.WaitGroup
	patience  time.Duration // loadWithin, but in tests that speed must not decide

	receiving sync.Mutex // held while a message or the removal of a peer is processed

	mu         sync.Mutex
	peers      map[string]*peer
	rooms      map[string]*room
	lastSub    uint64 // the number of the latest subscription
	outbox     []outboxMessage
	ticks      int  // since Start
	discovered bool // discoverWithin is over
	lastTick   time.Time
	lastPause  time.Time // when the latest pause of this node was noticed
	linkDown   time.Time // when the own link went down; zero if it is up
	linkUp     time.Time // when the own link came up again last
	closed     bool

	leaving map[memberRef]struct{} // for dropSentAway

	lastAsk  uint64                // the number of the latest query
	asking   map[uint64]*gathering // by the number of the query
	queries  chan query            // of other nodes, to be answered
	answerTo func(query []byte, most int) []byte

	outboxSize int            // bytes of outbox
	invalid    notice.Warning // of messages that make no sense
}

// New returns a node that knows no others until Start.
func New(c Config) *Cluster {
	c.Grace = cmp.Or(c.Grace, shared.DefaultGrace)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Cluster{
		config:   c,
		id:       rand.Text()[:16],
		invalid:  notice.Warning{Every: logEvery},
		sendWake: make(chan struct{}, 1),
		done:     make(chan struct{}),
		patience: loadWithin,
		peers:    make(map[string]*peer),
		rooms:    make(map[string]*room),
		leaving:  make(map[memberRef]struct{}),
		asking:   make(map[uint64]*gathering),
		queries:  make(chan query, maxQueries),
	}
}

// ID returns the random identifier of this life of this node.
func (c *Cluster) ID() string { return c.id }

// Mesh returns the hooks with which the hub of this node must be made.
func (c *Cluster) Mesh() *hub.Mesh {
	return &hub.Mesh{Node: c.id, Opened: c.roomOpened, Closed: c.roomClosed, Tell: c.publish}
}

// Start begins to replicate h, which must have been made with Mesh. t must pass each
// message that it receives to Receive. Start must be called once, before Close.
func (c *Cluster) Start(h *hub.Hub, t Transport) {
	c.mu.Lock()
	c.hub, c.transport, c.lastTick = h, t, time.Now()
	c.mu.Unlock()
	c.ends.Go(c.send)
	c.ends.Go(c.keepTime)
	if c.answerTo != nil {
		c.ends.Go(c.answerQueries)
	}
	c.hello()
}

// Close says goodbye and stops replicating. The other nodes show this node's members for
// hold (at most a minute), and learn nothing of what happens here from now on. Close also
// closes the transport; calls after the first do nothing.
func (c *Cluster) Close(hold time.Duration) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	for _, r := range c.rooms {
		r.finishLoading()
	}
	c.mu.Unlock()
	close(c.done)
	c.ends.Wait()
	if c.transport == nil {
		return // it was never started
	}
	c.transport.Broadcast(message{Kind: kindBye, From: c.id, HoldMS: hold.Milliseconds()}.encode())
	c.transport.Close()
}

// Receive processes a message of another node. A message that makes no sense is logged and
// dropped. So is one over which this program panics, as if it had been lost: the next proof
// repairs what is missing.
func (c *Cluster) Receive(data []byte) {
	defer hub.Rescue(c.config.Log, nil)
	m, err := decode(data)
	if err != nil {
		if n := c.invalid.Due(); n > 0 {
			c.config.Log.Warn("a message of the cluster makes no sense", "err", err, "such", n)
		}
		return
	}
	c.receiving.Lock()
	defer c.receiving.Unlock()
	p := c.heardFrom(m)
	if p == nil {
		return
	}
	switch m.Kind {
	case kindPing:
		c.enqueue(p.id, c.introduction())
	case kindOpen:
		c.startStream(p, m)
	case kindResend:
		c.resend(p, m)
	case kindReset:
		c.resetStream(p, m.Stream)
	case kindOps:
		c.receiveOps(p, m)
	case kindAsk:
		c.receiveQuery(p, m)
	case kindAnswer:
		c.receiveAnswer(p, m)
	}
}

// hello broadcasts that this node is alive.
func (c *Cluster) hello() { c.transport.Broadcast(c.introduction().encode()) }

// introduction returns the hello of this node.
func (c *Cluster) introduction() message {
	return message{Kind: kindHello, From: c.id, Info: &nodeInfo{
		Name: c.config.Name, Version: c.config.Version, Sessions: c.hub.Sessions(),
	}}
}

// keepTime calls tick regularly, until Close.
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

// tick removes peers that are gone for good, pings silent ones and, when it is due, says
// hello and proves this node's part of each room.
func (c *Cluster) tick(now time.Time) {
	defer hub.Rescue(c.config.Log, nil)
	c.receiving.Lock()
	defer c.receiving.Unlock()
	helloDue := c.countTick(now)
	expired, silent := c.checkPeers(now, helloDue)
	c.dropSentAway()
	for _, p := range expired {
		c.removePeer(p)
	}
	for _, p := range silent {
		c.transport.Probe(p.id, message{Kind: kindPing, From: c.id}.encode(), func() { c.noResponder(p) })
	}
	if helloDue {
		c.hello()
		c.sendProofs()
		c.wake()
	}
}

// countTick counts a tick, and reports whether a hello is due. After a pause of this node
// one is due at every tick: the others may have given it up, and the first hellos may be
// lost while the transport reconnects.
func (c *Cluster) countTick(now time.Time) (helloDue bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticks++
	if !c.discovered && time.Duration(c.ticks)*tickEvery >= discoverWithin {
		c.discovered = true
		for _, r := range c.rooms {
			c.loadIfComplete(r)
		}
	}
	if c.tickDelay(now) > ownPause {
		c.lastPause = now
	}
	return now.Sub(c.lastPause) < lostAfter || time.Duration(c.ticks)*tickEvery%helloEvery == 0
}

// wake makes the sending goroutine look for queued messages.
func (c *Cluster) wake() {
	select {
	case c.sendWake <- struct{}{}:
	default:
	}
}
