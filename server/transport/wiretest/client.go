package wiretest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/shared"
)

// Client is a WebSocket client that sends whatever bytes a test wants. Its methods fail
// the test on an error, unless they return it.
type Client struct {
	net.Conn
	Deaf atomic.Bool // answers neither pings nor close frames

	t       testing.TB
	in      *bufio.Reader
	pending []shared.Event
}

// Open connects without a handshake.
func (s *Server) Open() *Client {
	s.t.Helper()
	c, err := s.Dial()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return &Client{t: s.t, Conn: c, in: bufio.NewReader(c)}
}

// Upgrade is the request that opens a WebSocket. Each header is a line, with or without
// its end.
func Upgrade(target string, header ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: rollcall.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
		strings.Join(append(header, "\r\n"), "\r\n")
}

// Request connects, sends a request as it is, and returns the head of the answer.
func (s *Server) Request(request string) (*Client, *http.Response) {
	s.t.Helper()
	c := s.Open()
	c.Send([]byte(request))
	return c, c.Response()
}

// Enter connects to a room, and sends the given bytes in the same segment.
func (s *Server) Enter(room string, first ...byte) *Client {
	s.t.Helper()
	c, res := s.Request(Upgrade("/ws?room="+room) + string(first))
	if res.StatusCode != http.StatusSwitchingProtocols {
		s.t.Fatalf("handshake: %s", res.Status)
	}
	return c
}

// Join connects to a room and joins it as Member(name).
func (s *Server) Join(room, name string) *Client {
	s.t.Helper()
	c := s.Enter(room)
	c.Send(Message(Member(name)))
	if e, ok := c.Next().(shared.ExistingUsers); !ok {
		s.t.Fatalf("%s joins and gets %#v", name, e)
	}
	return c
}

// Member is the first message of a member with that name and a key of its own.
func Member(name string) shared.GotANewUser {
	return shared.GotANewUser{Name: name, Key: "the-secret-of-" + name}
}

// Response reads the answer to a request.
func (c *Client) Response() *http.Response {
	c.t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

// Send writes b.
func (c *Client) Send(b []byte) {
	c.t.Helper()
	if _, err := c.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// ReadFrame reads one frame of the server.
func (c *Client) ReadFrame() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1])
	var long [8]byte
	switch size {
	case 126:
		_, err = io.ReadFull(c.in, long[6:])
		size = binary.BigEndian.Uint64(long[:])
	case 127:
		_, err = io.ReadFull(c.in, long[:])
		size = binary.BigEndian.Uint64(long[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(c.in, payload)
	return head[0], payload, err
}

// Closed is how a connection ended, as an event: with a close frame, or without, and
// then Err is set.
type Closed struct {
	Code   shared.CloseCode
	Reason string
	Err    error
}

// Event returns a name that no event of the protocol has.
func (c Closed) Event() string { return "(closed)" }

// Next returns the next event except heartbeats, or Closed for the end of the
// connection. It answers pings and close frames, unless c is deaf.
func (c *Client) Next() shared.Event {
	c.t.Helper()
	var message []byte
	for {
		for len(c.pending) > 0 {
			e := c.pending[0]
			c.pending = c.pending[1:]
			if _, beat := e.(shared.Heartbeat); !beat {
				return e
			}
		}
		first, payload, err := c.ReadFrame()
		if err != nil {
			return Closed{Err: err}
		}
		switch first &^ Fin {
		case Ping:
			if !c.Deaf.Load() {
				c.Send(Frame(Fin|Pong, payload))
			}
			continue
		case Pong:
			continue
		case Close:
			if !c.Deaf.Load() {
				c.Send(Frame(Fin|Close, payload))
			}
			return Closed{Code: shared.CloseCode(binary.BigEndian.Uint16(payload)), Reason: string(payload[2:])}
		}
		message = append(message, payload...)
		if first&Fin == 0 {
			continue
		}
		events, err := Events(message)
		if err != nil {
			c.t.Fatalf("message %q: %v", message, err)
		}
		c.pending, message = events, nil
	}
}

// Until returns what happens, in the words of Brief, up to the first event that is last,
// or the end.
func (c *Client) Until(last string) (heard []string) {
	c.t.Helper()
	for {
		heard = append(heard, Brief(c.Next()))
		if end := heard[len(heard)-1]; end == last || strings.HasPrefix(end, "closed") {
			return heard
		}
	}
}

// Brief returns an event in a few words: its name, and what tells it from others.
func Brief(e shared.Event) string {
	switch e := e.(type) {
	case shared.NewUser:
		return "new_user " + e.User.Name
	case shared.DisconnectUser:
		return fmt.Sprintf("disconnect_user %s", e.Reason)
	case shared.Error:
		return "error " + string(e.Code)
	case Closed:
		if e.Err != nil {
			return "closed without a word"
		}
		return fmt.Sprintf("closed %d", e.Code)
	}
	return e.Event()
}
