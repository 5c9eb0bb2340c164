package site

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

// The opcodes of RFC 6455 §5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

const (
	fin    = 0x80
	masked = 0x80
)

// frame is one frame of a client (RFC 6455 §5.2), masked with zeros, so that
// the bytes are those of the payload.
func frame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func text(payload string) []byte { return frame(fin|opText, []byte(payload)) }

// say is a message of events.
func say(events ...shared.Event) []byte { return frame(fin|opText, shared.Encode(events...)) }

// wire is a WebSocket client without any manners.
type wire struct {
	t testing.TB
	net.Conn
	in      *bufio.Reader
	deaf    atomic.Bool // it answers neither pings nor close frames
	pending []shared.Event
}

// open connects without a handshake.
func (r *rig) open() *wire {
	r.t.Helper()
	c, err := r.dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return &wire{t: r.t, Conn: c, in: bufio.NewReader(c)}
}

// upgrade is the request that opens a WebSocket.
func upgrade(target string, header ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: rollcall.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
		strings.Join(append(header, "\r\n"), "\r\n")
}

// enter connects to a room, and sends the given bytes in the same segment.
func (r *rig) enter(room string, first ...byte) *wire {
	r.t.Helper()
	w := r.open()
	w.send(append([]byte(upgrade("/ws?room="+room)), first...))
	if res := w.response(); res.StatusCode != http.StatusSwitchingProtocols {
		r.t.Fatalf("handshake: %s", res.Status)
	}
	return w
}

// join connects to a room and joins it under a name, which is also the key.
func (r *rig) join(room, name string) *wire {
	r.t.Helper()
	w := r.enter(room)
	w.send(say(member(name)))
	if e, ok := w.next().(shared.ExistingUsers); !ok {
		r.t.Fatalf("%s joins and gets %#v", name, e)
	}
	return w
}

func member(name string) shared.GotANewUser {
	return shared.GotANewUser{Name: name, Key: "the-secret-of-" + name}
}

func (w *wire) response() *http.Response {
	w.t.Helper()
	res, err := http.ReadResponse(w.in, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *wire) send(b []byte) {
	w.t.Helper()
	if _, err := w.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// frame reads one frame.
func (w *wire) frame() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(w.in, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1])
	var long [8]byte
	switch size {
	case 126:
		_, err = io.ReadFull(w.in, long[6:])
		size = binary.BigEndian.Uint64(long[:])
	case 127:
		_, err = io.ReadFull(w.in, long[:])
		size = binary.BigEndian.Uint64(long[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(w.in, payload)
	return head[0], payload, err
}

// closed is how a connection ended: with a close frame, or cut (err is set).
type closed struct {
	code   shared.CloseCode
	reason string
	err    error
}

func (c closed) Event() string { return "(closed)" }

// next returns the next event but heartbeats, or closed for the end of the
// connection. It answers pings, unless deaf, and close frames.
func (w *wire) next() shared.Event {
	w.t.Helper()
	var message []byte
	for {
		for len(w.pending) > 0 {
			e := w.pending[0]
			w.pending = w.pending[1:]
			if _, beat := e.(shared.Heartbeat); !beat {
				return e
			}
		}
		first, payload, err := w.frame()
		if err != nil {
			return closed{err: err}
		}
		switch first &^ fin {
		case opPing:
			if !w.deaf.Load() {
				w.send(frame(fin|opPong, payload))
			}
			continue
		case opPong:
			continue
		case opClose:
			if !w.deaf.Load() {
				w.send(frame(fin|opClose, payload))
			}
			return closed{code: shared.CloseCode(binary.BigEndian.Uint16(payload)), reason: string(payload[2:])}
		}
		message = append(message, payload...)
		if first&fin == 0 {
			continue
		}
		var c collector
		if err := shared.ReadServer(message, &c); err != nil {
			w.t.Fatalf("message %q: %v", message, err)
		}
		w.pending, message = c.events, nil
	}
}

// until returns what happens up to the first event that ends it, in short.
func (w *wire) until(last string) (heard []string) {
	w.t.Helper()
	for {
		heard = append(heard, short(w.next()))
		if end := heard[len(heard)-1]; end == last || strings.HasPrefix(end, "closed") {
			return heard
		}
	}
}

func short(e shared.Event) string {
	switch e := e.(type) {
	case shared.NewUser:
		return "new_user " + e.User.Name
	case shared.DisconnectUser:
		return fmt.Sprintf("disconnect_user %s", e.Reason)
	case shared.Error:
		return "error " + string(e.Code)
	case closed:
		if e.err != nil {
			return "closed without a word"
		}
		return fmt.Sprintf("closed %d", e.code)
	}
	return e.Event()
}

// collector keeps the events of a frame.
type collector struct{ events []shared.Event }

func (c *collector) keep(e shared.Event) error {
	c.events = append(c.events, e)
	return nil
}

func (c *collector) ExistingUsers(e shared.ExistingUsers) error   { return c.keep(e) }
func (c *collector) Resumed(e shared.Resumed) error               { return c.keep(e) }
func (c *collector) NewUser(e shared.NewUser) error               { return c.keep(e) }
func (c *collector) UserUpdated(e shared.UserUpdated) error       { return c.keep(e) }
func (c *collector) DisconnectUser(e shared.DisconnectUser) error { return c.keep(e) }
func (c *collector) Heartbeat(e shared.Heartbeat) error           { return c.keep(e) }
func (c *collector) Error(e shared.Error) error                   { return c.keep(e) }
func (c *collector) Unknown(event string) error                   { return fmt.Errorf("unknown event %q", event) }
