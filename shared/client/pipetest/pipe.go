// Package pipetest is a connection in memory for tests of clients and servers:
// whole frames, a bounded buffer in each direction, and faults on demand. It
// waits on channels only, so that it works in a bubble of testing/synctest.
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

// Read returns the next frame of the other end. After the last one before a
// Close of the other end comes a client.CloseError; after a Break, or this
// end's own Close, comes net.ErrClosed. A read that was cut short by ctx does
// no harm to the connection, unlike a WebSocket's.
func (e *End) Read(ctx context.Context) ([]byte, error) { return e.in.read(ctx) }

// Write hands over a copy of frame, and waits while the buffer is full.
func (e *End) Write(ctx context.Context, frame []byte) error { return e.out.write(ctx, frame) }

// Close ends the connection: the other end reads what was written before, then
// learns code and reason. It waits for nothing; a second call does nothing.
func (e *End) Close(code shared.CloseCode, reason string) error {
	e.out.close(client.CloseError{Code: code, Reason: reason})
	e.in.abort()
	return nil
}

// Break ends the connection for both ends without a goodbye, and what was
// under way is lost: what the other end of a process that died sees.
func (e *End) Break() {
	e.out.abort()
	e.in.abort()
}

// Stall holds back what this end writes, a Close too, until Unstall: the
// buffer fills and then Write blocks.
func (e *End) Stall()   { e.out.stall(true) }
func (e *End) Unstall() { e.out.stall(false) }

// Cut loses for good what this end writes from now on, a Close too, without
// an error: a cable cut, as far as this end's sending goes.
func (e *End) Cut() { e.out.cut() }

// Peer is an End as what a hub writes to.
type Peer struct{ *End }

// Write hands over one frame made of parts.
func (p Peer) Write(parts [][]byte) error {
	var frame []byte
	for _, part := range parts {
		frame = append(frame, part...)
	}
	return p.End.Write(context.Background(), frame)
}

// Close is End.Close.
func (p Peer) Close(code shared.CloseCode, reason string) { p.End.Close(code, reason) }

var _ client.Conn = (*End)(nil)

// errGone is what an end gets that closed, or whose connection broke.
var errGone = net.ErrClosed
