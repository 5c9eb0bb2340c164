// Package crowd is the load generator: thousands of WebSocket clients on raw sockets,
// in one thread around one epoll, with one buffer to read into. A Wire interprets the
// bytes; the crowd knows which members each client sees, and since when.
//
// Errors are sticky, as in bufio.Writer: after the first failure of a crowd its methods
// do nothing and return zero values, and Err returns the failure. A Crowd and its clients
// must be used from one goroutine.
package crowd

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// readBytes is the size of a read from a socket.
const readBytes = 512 << 10

// Crowd is a set of clients that speak one protocol.
type Crowd struct {
	// What all clients have received so far.
	Bytes    int64 // from the sockets, framing included
	Messages int64 // text messages
	Diffs    int64 // arrivals and departures, without those in a roster

	// Partly counts the rosters that lacked somebody whom the client expected.
	Partly int64

	// Hooks, each of which may be nil. With Lost, the end of a connection is no failure
	// of the crowd: the hook may have the client Dial again.
	Lost    func(c *Client, err error)
	Gone    func(c *Client, member int) // c was shown the member, and is not any more
	Entered func(c *Client)             // c has received its first message since it connected

	wire   Wire
	server netip.AddrPort
	epoll  int
	epoch  time.Time
	events []unix.EpollEvent
	byFD   []*Client
	timers []timer // soonest first

	in, out []byte // buffers that all clients share

	clients []*Client // by member
	watched set

	opening int // clients that are not ready
	pending int // clients that wait
	waits   []time.Duration
	failure error
}

type timer struct {
	at time.Time
	do func()
}

// New returns an empty crowd. Clients connect to the server unless they have one of their own.
func New(server netip.AddrPort, wire Wire) (*Crowd, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &Crowd{
		wire: wire, server: server, epoll: epoll, epoch: time.Now(),
		events: make([]unix.EpollEvent, 512), in: make([]byte, readBytes),
	}, nil
}

// Close closes all connections.
func (w *Crowd) Close() {
	for _, c := range w.clients {
		c.Close()
	}
	_ = unix.Close(w.epoll)
}

// Err returns the first failure.
func (w *Crowd) Err() error { return w.failure }

// Fail makes err the failure of the crowd, unless it is nil or there is one.
func (w *Crowd) Fail(err error) {
	if w.failure == nil {
		w.failure = err
	}
}

// Clients returns the clients that have a connection.
func (w *Crowd) Clients() []*Client {
	return slices.DeleteFunc(slices.Clone(w.clients), func(c *Client) bool { return c.fd < 0 })
}

// Join has clients that are ready enter their rooms, one after the other.
func (w *Crowd) Join(clients ...*Client) {
	for _, c := range clients {
		if w.failure != nil {
			return
		}
		c.joined = true
		if err := w.wire.Join(c); err != nil {
			w.Fail(fmt.Errorf("%s joins: %w", c.Name, err))
		}
	}
}

func (w *Crowd) now() int64 { return int64(time.Since(w.epoch)) }

// After calls do once, d from now or when the clients are next served after that.
func (w *Crowd) After(d time.Duration, do func()) {
	at := time.Now().Add(d)
	i, _ := slices.BinarySearchFunc(w.timers, at, func(t timer, at time.Time) int { return t.at.Compare(at) })
	w.timers = slices.Insert(w.timers, i, timer{at, do})
}

// Until serves the clients until done reports true. It returns an error after within,
// which is not a failure of the crowd, or when the crowd fails.
func (w *Crowd) Until(done func() bool, within time.Duration) error {
	deadline := time.Now().Add(within)
	for w.failure == nil && !done() {
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("not within %v", within)
		}
		w.poll(left)
	}
	return w.failure
}

// Rest serves the clients for a while.
func (w *Crowd) Rest(d time.Duration) {
	end := time.Now().Add(d)
	for left := d; left > 0 && w.failure == nil; left = time.Until(end) {
		w.poll(left)
	}
}

// During serves the clients while f runs in another goroutine, and returns f's error,
// which is not a failure of the crowd. f must not use the crowd.
func (w *Crowd) During(f func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	for {
		select {
		case err := <-ended:
			return err
		default:
			w.poll(5 * time.Millisecond)
		}
	}
}

// poll runs the timers that are due and serves the clients that have something to read.
// It waits for that no longer than within.
func (w *Crowd) poll(within time.Duration) {
	for len(w.timers) > 0 {
		left := time.Until(w.timers[0].at)
		if left > 0 {
			within = min(within, left)
			break
		}
		do := w.timers[0].do
		w.timers = slices.Delete(w.timers, 0, 1)
		do()
	}
	n, err := unix.EpollWait(w.epoll, w.events, int(min(within, time.Second).Milliseconds()+1))
	if err != nil && err != unix.EINTR {
		w.Fail(fmt.Errorf("epoll: %w", err))
		return
	}
	for _, event := range w.events[:max(n, 0)] {
		c := w.byFD[event.Fd]
		if c == nil {
			continue // closed meanwhile
		}
		if err := w.read(c); err != nil {
			w.lost(c, err)
		}
	}
}

// lost handles the end of a connection that the client did not close. Nobody waits any
// longer for what the client expected.
func (w *Crowd) lost(c *Client, err error) {
	c.Close()
	c.cut = true
	if c.waiting {
		c.waiting = false
		w.pending--
	}
	switch {
	case w.Lost != nil:
		w.Lost(c, err)
	case !c.slow:
		w.Fail(fmt.Errorf("%s in room %s: %w", c.Name, c.Room, err))
	}
}
