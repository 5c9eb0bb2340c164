package crowd

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"rollcall/bench/frame"
)

// Bounds of opening connections.
const (
	atOnce       = 128 // handshakes under way; the shortest queue of the servers holds 511
	openWithin   = time.Minute
	dialWithin   = 5 * time.Second
	perAddress   = 2000 // clients from one address of 127.0.0.0/8, so that ports never run out
	maxSeg       = 1460 // of a slow client: what an Ethernet allows
	receiveBytes = 4096 // of a slow client
)

// Spec describes the clients to make.
type Spec struct {
	Room   func(i int) string
	Name   func(i int) string
	From   func(i int) [4]byte // its own address; nil spreads them over 127.0.1.0/24
	Server netip.AddrPort      // zero is the crowd's
	// Slow clients resemble ones behind a network, with small packets and a small
	// buffer: on loopback the system would take megabytes from the server before it
	// noticed that nobody reads. The server may end their connections.
	Slow bool
}

// Add makes n clients without a connection.
func (w *Crowd) Add(n int, s Spec) []*Client {
	made := make([]*Client, n)
	for i := range made {
		c := &Client{Member: len(w.clients), Server: s.Server, Room: s.Room(i), Name: s.Name(i), crowd: w, fd: -1, slow: s.Slow}
		if c.from = [4]byte{127, 0, 1, byte(1 + c.Member/perAddress)}; s.From != nil {
			c.from = s.From(i)
		}
		if !c.Server.IsValid() {
			c.Server = w.server
		}
		c.decoder = w.wire.Decoder(c)
		w.clients = append(w.clients, c)
		made[i] = c
	}
	return made
}

// Open makes n clients, connects them and returns when all are ready.
func (w *Crowd) Open(n int, s Spec) []*Client {
	made := w.Add(n, s)
	w.Reopen(made)
	return made
}

// Gather makes n clients of one room, and returns when all have joined and see all.
func (w *Crowd) Gather(n int, s Spec, within time.Duration) []*Client {
	made := w.Open(n, s)
	w.Watch(made...)
	w.Expect(n, made...)
	w.Join(made...)
	w.Await(within)
	return made
}

// Reopen connects clients that have no connection, and returns when all are ready.
func (w *Crowd) Reopen(clients []*Client) {
	for _, c := range clients {
		if err := w.Until(func() bool { return w.opening < atOnce }, openWithin); err != nil {
			w.Fail(err)
			return
		}
		if err := w.connect(c); err != nil {
			w.Fail(fmt.Errorf("connecting %s: %w", c.Name, err))
		}
	}
	if err := w.Until(func() bool { return w.opening == 0 }, openWithin); err != nil {
		w.Fail(fmt.Errorf("%d clients are not ready: %w", w.opening, err))
	}
}

// Dial connects a client, which enters its room as soon as it is ready. Errors are
// passed to Lost.
func (w *Crowd) Dial(c *Client, enter func(*Client) error) {
	c.enter = enter
	if err := w.connect(c); err != nil {
		w.lost(c, err)
		return
	}
	dials := c.dials
	w.After(dialWithin, func() {
		if c.Open() && c.dials == dials && !c.ready {
			w.lost(c, errors.New("the server does not answer"))
		}
	})
}

// connect begins a connection; the rest happens as the server answers.
func (w *Crowd) connect(c *Client) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	for fd >= len(w.byFD) {
		w.byFD = append(w.byFD, nil)
	}
	c.fd, c.upgraded, c.ready, c.joined, c.told, c.cut, c.have = fd, false, false, false, false, false, 0
	c.rest, c.message = nil, nil
	if c.before != nil { // it was lost inside a roster
		c.sees, c.before = c.before, nil
	}
	c.dials++
	w.opening++
	if err = w.dial(c); err == nil {
		err = w.listen(c)
	}
	if err != nil {
		c.Close()
	}
	return err
}

func (w *Crowd) dial(c *Client) error {
	options := [][3]int{{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}, {unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1}}
	if c.slow {
		options = append(options, [3]int{unix.IPPROTO_TCP, unix.TCP_MAXSEG, maxSeg}, [3]int{unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBytes})
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(c.fd, o[0], o[1], o[2]); err != nil {
			return fmt.Errorf("socket option %v: %w", o, err)
		}
	}
	if err := unix.Bind(c.fd, &unix.SockaddrInet4{Addr: c.from}); err != nil {
		return err
	}
	to := &unix.SockaddrInet4{Addr: c.Server.Addr().As4(), Port: int(c.Server.Port())}
	if err := unix.Connect(c.fd, to); err != nil {
		return err
	}
	if err := unix.SetNonblock(c.fd, true); err != nil {
		return err
	}
	_, err := unix.Write(c.fd, frame.Request(c.Server.String(), w.wire.Path(c.Room)))
	return err
}

func (w *Crowd) listen(c *Client) error {
	w.byFD[c.fd] = c
	err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.fd)})
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}
