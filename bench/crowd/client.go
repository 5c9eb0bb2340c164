package crowd

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"rollcall/bench/frame"
)

// Client is one connection of a crowd, and the members that it sees in its room.
type Client struct {
	Member int            // the number of the member; a client that returns keeps it
	Server netip.AddrPort // where it connects
	Room   string
	Name   string

	crowd   *Crowd
	decoder Decoder
	from    [4]byte // its own address
	slow    bool

	fd       int // -1 without a connection
	dials    int // how often it has connected
	upgraded bool
	ready    bool
	joined   bool
	told     bool                // it has received a message on this connection
	cut      bool                // the server ended the connection
	enter    func(*Client) error // called when the client is ready, if it was dialled

	rest    []byte // received, but less than a frame
	message []byte // the frames so far of a message in several; nil between messages

	sees    set // the members it was shown; kept while it has no connection
	before  set // sees, before the roster that is being read
	have    int // how many of the watched it sees, as told on this connection
	want    int // how many of the watched it waits for
	waiting bool
	since   int64 // when waiting began
}

// Decoder returns the client's decoder, for the wire that made it.
func (c *Client) Decoder() Decoder { return c.decoder }

// Cut reports whether the server ended the connection.
func (c *Client) Cut() bool { return c.cut }

// Open reports whether there is a connection.
func (c *Client) Open() bool { return c.fd >= 0 }

// Joined reports whether the client has joined on its connection and received a message since.
func (c *Client) Joined() bool { return c.Open() && c.joined && c.told }

// Ready marks the client as able to join, and has it join if it was dialled.
func (c *Client) Ready() error {
	if c.ready {
		return nil
	}
	c.ready = true
	c.crowd.opening--
	if c.enter == nil {
		return nil
	}
	c.joined = true
	return c.enter(c)
}

// Arrived records that the client was told of an arrival. A member below 0 is a
// stranger, who is not of the crowd.
func (c *Client) Arrived(member int) {
	if member >= 0 && !c.sees.add(member) {
		return // some protocols send an arrival twice
	}
	c.crowd.Diffs++
	if c.crowd.watched.has(member) {
		c.have++
	}
}

// Departed records that the client was told of a departure.
func (c *Client) Departed(member int) {
	if member >= 0 && !c.sees.remove(member) {
		return
	}
	c.crowd.Diffs++
	if c.crowd.watched.has(member) {
		c.have--
	}
	c.gone(member)
}

func (c *Client) gone(member int) {
	if c.crowd.Gone != nil && member >= 0 {
		c.crowd.Gone(c, member)
	}
}

// Updated records that the client was told of a change of a member. A change of a
// watched member counts like an arrival.
func (c *Client) Updated(member int) {
	c.crowd.Diffs++
	if c.crowd.watched.has(member) {
		c.have++
	}
}

// Forgot records that a new roster begins. Listed is called for each of its members, then
// Complete.
func (c *Client) Forgot() { c.before, c.sees, c.have = c.sees, nil, 0 }

// Listed records that a roster has the member.
func (c *Client) Listed(member int) {
	if member >= 0 && c.sees.add(member) && c.crowd.watched.has(member) {
		c.have++
	}
}

// Complete records the end of a roster. Members that were seen before and are not in it
// are gone.
func (c *Client) Complete() {
	c.before.each(c.sees, c.gone)
	c.before = nil
	if c.have < c.want {
		c.crowd.Partly++
	}
}

// Held records that the members the client saw before it lost its connection are still
// valid.
func (c *Client) Held() { c.have = c.sees.common(c.crowd.watched) }

// Counted records an arrival (1) or a departure (-1) of which the protocol does not name
// the member.
func (c *Client) Counted(by int) {
	c.crowd.Diffs++
	c.have += by
}

func membersOf(clients []*Client) (s set) {
	for _, c := range clients {
		s.add(c.Member)
	}
	return s
}

// Have returns how many of the watched members the client sees.
func (c *Client) Have() int { return c.have }

// Sees reports whether the client was shown the member.
func (c *Client) Sees(member int) bool { return c.sees.has(member) }

// Send sends a text message. The messages are so small that the system takes one whole,
// or the connection is broken.
func (c *Client) Send(text []byte) error { return c.send(frame.Text, text) }

func (c *Client) send(op frame.Op, payload []byte) error {
	c.crowd.out = frame.Append(c.crowd.out[:0], op, payload)
	n, err := unix.Write(c.fd, c.crowd.out)
	if err == nil && n < len(c.crowd.out) {
		err = fmt.Errorf("only %d of %d bytes were taken", n, len(c.crowd.out))
	}
	return err
}

// Pause stops reading, so that the buffers between server and client fill up.
func (c *Client) Pause() error {
	return unix.EpollCtl(c.crowd.epoll, unix.EPOLL_CTL_DEL, c.fd, nil)
}

// Resume ends a pause.
func (c *Client) Resume() error { return c.crowd.listen(c) }

// Close closes the connection without a closing handshake, as a crash would.
func (c *Client) Close() {
	if c.fd < 0 {
		return
	}
	if !c.ready {
		c.crowd.opening--
	}
	c.crowd.byFD[c.fd] = nil
	_ = unix.Close(c.fd) // epoll forgets it by that
	c.fd, c.have = -1, 0
}
