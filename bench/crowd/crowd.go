// Package crowd is the load generator: thousands of WebSocket clients on raw
// sockets, in one thread and around one epoll, with one buffer to read into.
// What the clients make of the bytes is a Wire's business; a crowd knows who
// of those it watches is believed to be there by whom, and since when.
//
// A Crowd and its clients are for one goroutine.
package crowd

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// readBytes is how much is read from a socket at a time.
const readBytes = 512 << 10

// Crowd is the clients of one server.
type Crowd struct {
	// What all clients have received so far.
	Bytes    int64 // of the sockets, framing included
	Messages int64 // text messages
	Diffs    int64 // arrivals and departures, but for those in a roster

	wire   Wire
	server netip.AddrPort
	epoll  int
	epoch  time.Time
	events []unix.EpollEvent
	byFD   []*Client

	in, out, joined []byte // buffers that all share

	clients []*Client
	members int
	watched []bool // by member

	opening int // clients that are not ready
	pending int // clients that wait
	waits   []time.Duration
	failure error
}

// New makes an empty crowd for a server.
func New(server netip.AddrPort, wire Wire) (*Crowd, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &Crowd{
		wire:   wire,
		server: server,
		epoll:  epoll,
		epoch:  time.Now(),
		events: make([]unix.EpollEvent, 512),
		in:     make([]byte, readBytes),
	}, nil
}

// Close closes all connections.
func (w *Crowd) Close() {
	for _, c := range w.clients {
		c.Close()
	}
	_ = unix.Close(w.epoll)
}

// Clients returns those who have a connection.
func (w *Crowd) Clients() []*Client {
	return slices.DeleteFunc(slices.Clone(w.clients), func(c *Client) bool { return c.fd < 0 })
}

func (w *Crowd) now() int64 { return int64(time.Since(w.epoch)) }

func (w *Crowd) listen(c *Client) error {
	for c.fd >= len(w.byFD) {
		w.byFD = append(w.byFD, nil)
	}
	w.byFD[c.fd] = c
	err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.fd)})
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// Until serves the clients until done reports true. It fails when that takes
// longer than within, or when something goes wrong with a client.
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
func (w *Crowd) Rest(d time.Duration) error {
	end := time.Now().Add(d)
	for left := d; left > 0 && w.failure == nil; left = time.Until(end) {
		w.poll(left)
	}
	return w.failure
}

// poll serves those who have something to read, and waits for that at most as
// long as said.
func (w *Crowd) poll(within time.Duration) {
	n, err := unix.EpollWait(w.epoll, w.events, int(min(within, time.Second).Milliseconds()+1))
	if err != nil && err != unix.EINTR {
		w.failure = fmt.Errorf("epoll: %w", err)
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

var errClosed = errors.New("the server closed the connection")

func (w *Crowd) read(c *Client) error {
	held := copy(w.in, c.head)
	n, err := unix.Read(c.fd, w.in[held:])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err != nil:
		return err
	case n == 0:
		return errClosed
	}
	now := w.now()
	w.Bytes += int64(n)
	err = c.receive(w.in[:held+n])
	if c.waiting && c.have == c.want {
		w.satisfy(c, now)
	}
	return err
}

// lost notes the end of a connection that the server ended.
func (w *Crowd) lost(c *Client, err error) {
	c.Close()
	c.cut = true
	if !c.mayCut && w.failure == nil {
		w.failure = fmt.Errorf("%s in room %s: %w", c.Name, c.Room, err)
	}
}
