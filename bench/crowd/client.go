package crowd

import (
	"fmt"

	"golang.org/x/sys/unix"

	"rollcall/bench/frame"
)

// Client is one connection of a crowd, and what is believed at its far end of
// those whom the crowd watches.
type Client struct {
	Member int    // the number of the member; a client that returns keeps it
	Room   string // where it is or will be
	Name   string

	crowd   *Crowd
	decoder Decoder

	fd       int // -1 if there is no connection
	upgraded bool
	ready    bool
	joined   bool
	cut      bool // the server ended the connection
	mayCut   bool

	reader frame.Reader
	head   []byte // received, but less than a piece
	rest   []byte // of a message, received but not used by the decoder

	have, want int // how many of the watched are believed to be there, and should be
	waiting    bool
	since      int64 // when waiting began
}

// Decoder returns the client's decoder, for the wire that made it.
func (c *Client) Decoder() Decoder { return c.decoder }

// Ready notes that the client may join.
func (c *Client) Ready() {
	if !c.ready {
		c.ready = true
		c.crowd.opening--
	}
}

// Cut reports whether the server ended the connection.
func (c *Client) Cut() bool { return c.cut }

// Open reports whether there is a connection.
func (c *Client) Open() bool { return c.fd >= 0 }

// Changed notes that the client was told that a member arrived (1) or is gone
// (-1), Listed that it was told that the member is there as part of a roster,
// Forgot that it believes nothing any more.
func (c *Client) Changed(member, by int) {
	c.crowd.Diffs++
	if c.crowd.watched[member] {
		c.have += by
	}
}

// Listed is described at Changed.
func (c *Client) Listed(member int) {
	if c.crowd.watched[member] {
		c.have++
	}
}

// Forgot is described at Changed.
func (c *Client) Forgot() { c.have = 0 }

// Held notes that the client believes what it believed before it lost its
// connection: that so many of the watched are there.
func (c *Client) Held(watched int) { c.have = watched }

// Counted is Changed for a protocol that does not say who.
func (c *Client) Counted(by int) {
	c.crowd.Diffs++
	c.have += by
}

// Send sends a text message. The messages of clients are so small that the
// system takes one whole or the connection is broken.
func (c *Client) Send(text []byte) error { return c.send(frame.Text, text) }

func (c *Client) send(op frame.Op, payload []byte) error {
	c.crowd.out = frame.Append(c.crowd.out[:0], op, payload)
	n, err := unix.Write(c.fd, c.crowd.out)
	if err == nil && n < len(c.crowd.out) {
		err = fmt.Errorf("only %d of %d bytes were taken", n, len(c.crowd.out))
	}
	return err
}

// Pause has the client read no more, so that the server finds its buffers full.
func (c *Client) Pause() error {
	return unix.EpollCtl(c.crowd.epoll, unix.EPOLL_CTL_DEL, c.fd, nil)
}

// Resume has a paused client go on reading.
func (c *Client) Resume() error {
	return c.crowd.listen(c)
}

// Close closes the connection without a closing handshake, as a crash would.
func (c *Client) Close() {
	if c.fd < 0 {
		return
	}
	c.crowd.byFD[c.fd] = nil
	_ = unix.Close(c.fd) // epoll forgets it by that
	c.fd = -1
}

// receive takes what was read from the socket.
func (c *Client) receive(data []byte) error {
	if !c.upgraded {
		n, err := frame.Response(data)
		if n == 0 || err != nil {
			c.head = append(c.head[:0], data...)
			return err
		}
		c.upgraded = true
		data = data[n:]
		if err := c.decoder.Opened(); err != nil {
			return err
		}
	}
	for len(data) > 0 {
		p, n, err := c.reader.Next(data)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		data = data[n:]
		if err := c.handle(p); err != nil {
			return err
		}
	}
	c.head = append(c.head[:0], data...)
	return nil
}

func (c *Client) handle(p frame.Piece) error {
	switch p.Op {
	case frame.Text:
		return c.text(p)
	case frame.Ping:
		return c.send(frame.Pong, p.Data)
	case frame.Pong:
		return nil
	}
	return fmt.Errorf("a frame with opcode %d: %q", p.Op, p.Data)
}

// text hands the decoder a piece, behind what it could not use of the last one.
func (c *Client) text(p frame.Piece) error {
	data := p.Data
	if len(c.rest) > 0 {
		c.crowd.joined = append(append(c.crowd.joined[:0], c.rest...), data...)
		data = c.crowd.joined
	}
	n, err := c.decoder.Text(data, p.Last)
	if err != nil {
		return err
	}
	if p.Last {
		c.crowd.Messages++
		if n < len(data) {
			return fmt.Errorf("a message ends with %q", data[n:min(len(data), n+300)])
		}
	}
	if n == len(data) {
		c.rest = nil
	} else {
		c.rest = append(c.rest[:0], data[n:]...)
	}
	return nil
}
