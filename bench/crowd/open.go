package crowd

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"rollcall/bench/frame"
)

// Bounds of opening connections.
const (
	atOnce       = 128 // handshakes under way; the shortest queue of the servers holds 511
	openWithin   = time.Minute
	perAddress   = 2000 // clients from one address of 127.0.0.0/8, so that ports never run out
	maxSeg       = 1460 // of a slow client: what an Ethernet allows
	receiveBytes = 4096 // of a slow client
)

// Spec says what clients are opened.
type Spec struct {
	Room func(i int) string
	Name func(i int) string
	// Slow has the clients look like ones behind a network, with small packets
	// and a small buffer: on loopback the system would take megabytes from the
	// server before it noticed that nobody reads. The server may end their
	// connections.
	Slow bool
}

// Open makes n clients and returns when all are ready.
func (w *Crowd) Open(n int, s Spec) ([]*Client, error) {
	made := make([]*Client, n)
	for i := range made {
		c := &Client{Member: w.members, Room: s.Room(i), Name: s.Name(i), crowd: w, fd: -1, mayCut: s.Slow}
		c.decoder = w.wire.Decoder(c)
		w.members++
		w.watched = append(w.watched, false)
		w.clients = append(w.clients, c)
		made[i] = c
	}
	return made, w.Reopen(made)
}

// Reopen gives clients without a connection a new one, and returns when all
// are ready.
func (w *Crowd) Reopen(clients []*Client) error {
	for _, c := range clients {
		if err := w.Until(func() bool { return w.opening < atOnce }, openWithin); err != nil {
			return err
		}
		if err := w.connect(c); err != nil {
			return fmt.Errorf("connecting %s: %w", c.Name, err)
		}
	}
	if err := w.Until(func() bool { return w.opening == 0 }, openWithin); err != nil {
		return fmt.Errorf("%d clients are not ready: %w", w.opening, err)
	}
	return nil
}

// connect begins a connection; the rest happens as the server answers.
func (w *Crowd) connect(c *Client) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c.fd, c.upgraded, c.ready, c.joined, c.cut = fd, false, false, false, false
	c.reader, c.head, c.rest = frame.Reader{}, nil, nil
	w.opening++
	if err := w.dial(c); err != nil {
		c.Close()
		return err
	}
	return w.listen(c)
}

func (w *Crowd) dial(c *Client) error {
	options := [][3]int{{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}, {unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1}}
	if c.mayCut {
		options = append(options, [3]int{unix.IPPROTO_TCP, unix.TCP_MAXSEG, maxSeg}, [3]int{unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBytes})
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(c.fd, o[0], o[1], o[2]); err != nil {
			return fmt.Errorf("socket option %v: %w", o, err)
		}
	}
	from := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 1, byte(1 + c.Member/perAddress)}}
	if err := unix.Bind(c.fd, from); err != nil {
		return err
	}
	to := &unix.SockaddrInet4{Addr: w.server.Addr().As4(), Port: int(w.server.Port())}
	if err := unix.Connect(c.fd, to); err != nil {
		return err
	}
	if err := unix.SetNonblock(c.fd, true); err != nil {
		return err
	}
	_, err := unix.Write(c.fd, frame.Request(w.server.String(), w.wire.Path(c.Room)))
	return err
}
