// Package pipetest implements an in-memory client.Conn for tests of clients and
// servers: whole frames, a bounded buffer in each direction, and faults on demand.
// It blocks only on channels, so that it works in a bubble of testing/synctest.
package pipetest

import (
	"context"
	"net"

	"rollcall/shared"
	"rollcall/shared/client"
)

// End is one end of a connection. It is a client.Conn. All methods are safe
// for concurrent use.
type End struct {
	out, in *lane
}

// New returns both ends of a connection. Each direction holds up to buffer
// frames (at least 1) that were written and not yet read.
func New(buffer int) (a, b *End) {
	there, back := newLane(max(buffer, 1)), newLane(max(buffer, 1))
	return &End{out: there, in: back}, &End{out: back, in: there}
}

// Read returns the next frame of the other end. After a Close of the other end
// it returns the frames written before, then a client.CloseError; after a Break
// or a Close of this end it returns net.ErrClosed. When ctx ends, it returns the
// cause and the connection stays usable, unlike a WebSocket.
func (e *End) Read(ctx context.Context) ([]byte, error) { return e.in.read(ctx) }

// Write sends a copy of frame, and blocks while the buffer is full.
func (e *End) Write(ctx context.Context, frame []byte) error { return e.out.write(ctx, frame) }

// Close ends the connection: the other end reads what was written before, then
// a client.CloseError with code and reason. It does not block; only the first
// call has an effect. The error is always nil.
func (e *End) Close(code shared.CloseCode, reason string) error {
	e.out.close(client.CloseError{Code: code, Reason: reason})
	e.in.abort()
	return nil
}

// Break ends the connection for both ends without a close frame, and loses the
// frames that were not read, as if a process had died.
func (e *End) Break() {
	e.out.abort()
	e.in.abort()
}

// Stall holds back what this end writes, also a Close, until Unstall: the
// buffer fills and then Write blocks.
func (e *End) Stall() { e.out.stall(true) }

// Unstall ends a Stall.
func (e *End) Unstall() { e.out.stall(false) }

// Cut loses what this end writes from now on, also a Close, without an error,
// like a cut cable in this direction.
func (e *End) Cut() { e.out.cut() }

// Peer is an End with the methods of a hub.Peer.
type Peer struct{ *End }

// Write sends one frame, the concatenation of parts.
func (p Peer) Write(parts [][]byte) error {
	var frame []byte
	for _, part := range parts {
		frame = append(frame, part...)
	}
	return p.End.Write(context.Background(), frame)
}

// Close is End.Close without its result.
func (p Peer) Close(code shared.CloseCode, reason string) { p.End.Close(code, reason) }

var _ client.Conn = (*End)(nil)

// errGone is the error after an end's own Close and after a Break.
var errGone = net.ErrClosed
