// Package frame is the client's half of WebSocket framing (RFC 6455 §5), for a
// program that holds thousands of connections and wants to touch each byte as
// rarely as it can: it reads in pieces out of somebody else's buffer and keeps
// a few bytes of state per connection.
package frame

import (
	"encoding/binary"
	"fmt"
)

// Op is the opcode of a frame (RFC 6455 §5.2).
type Op byte

// The opcodes.
const (
	Continuation Op = 0
	Text         Op = 1
	Binary       Op = 2
	Close        Op = 8
	Ping         Op = 9
	Pong         Op = 10
)

// control reports whether op is that of a control frame (RFC 6455 §5.5).
func (op Op) control() bool { return op >= Close }

// maxControl bounds the payload of a control frame, in bytes (RFC 6455 §5.5).
const maxControl = 125

// MaxUncut bounds what Next leaves in b when it asks for more: a header and
// the payload of a control frame, in bytes.
const MaxUncut = 4 + maxControl

// Piece is a part of a message, or a whole control frame.
type Piece struct {
	Op   Op     // of the message: never Continuation
	Data []byte // into the buffer that was read from
	Last bool   // with it the message ends
}

// Reader cuts what a server sends into pieces. The zero Reader is at the
// beginning of a connection. After an error it must not be used.
type Reader struct {
	left    uint64 // of the payload of the frame under way
	fin     bool   // the frame under way is the last of its message
	message Op     // the message under way, Continuation if there is none
}

// Next returns the piece that b begins with and how many bytes of b it takes,
// its header included. n is 0 if b ends before there is a piece: the caller
// gives the same bytes again, with more behind them.
func (r *Reader) Next(b []byte) (p Piece, n int, err error) {
	if r.left > 0 {
		return r.payload(b, 0)
	}
	h, n, err := parseHeader(b)
	if n == 0 || err != nil {
		return Piece{}, 0, err
	}
	if h.op.control() {
		end := n + int(h.length)
		if len(b) < end {
			return Piece{}, 0, nil
		}
		return Piece{Op: h.op, Data: b[n:end], Last: true}, end, nil
	}
	if (h.op == Continuation) != (r.message != Continuation) {
		return Piece{}, 0, fmt.Errorf("a frame with opcode %d inside a message with opcode %d", h.op, r.message)
	}
	if h.op != Continuation {
		r.message = h.op
	}
	r.left, r.fin = h.length, h.fin
	return r.payload(b, n)
}

// payload returns what b has, from n on, of the frame under way.
func (r *Reader) payload(b []byte, n int) (Piece, int, error) {
	take := int(min(uint64(len(b)-n), r.left))
	r.left -= uint64(take)
	p := Piece{Op: r.message, Data: b[n : n+take], Last: r.left == 0 && r.fin}
	if p.Last {
		r.message = Continuation
	}
	return p, n + take, nil
}

type header struct {
	op     Op
	fin    bool
	length uint64
}

// parseHeader returns the header at the beginning of b and its length, 0 if b
// ends inside it.
func parseHeader(b []byte) (h header, n int, err error) {
	if len(b) < 2 {
		return h, 0, nil
	}
	h = header{op: Op(b[0] & 0x0f), fin: b[0]&0x80 != 0, length: uint64(b[1])}
	if b[0]&0x70 != 0 || b[1]&0x80 != 0 {
		return h, 0, fmt.Errorf("a frame that begins with %x: reserved bits or a mask", b[:2])
	}
	n = 2
	switch h.length {
	case 126:
		if n = 4; len(b) >= n {
			h.length = uint64(binary.BigEndian.Uint16(b[2:]))
		}
	case 127:
		if n = 10; len(b) >= n {
			h.length = binary.BigEndian.Uint64(b[2:])
		}
	}
	if len(b) < n {
		return h, 0, nil
	}
	if h.op.control() && (h.length > maxControl || !h.fin) {
		return h, 0, fmt.Errorf("a control frame of %d bytes, final: %v", h.length, h.fin)
	}
	return h, n, nil
}
