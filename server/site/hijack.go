package site

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
)

// Buffer sizes of a WebSocket connection, in bytes. net/http's own are 4 KiB
// each, most of what an idle connection would cost. A message larger than its
// buffer passes by it.
const (
	readBuffer  = 256 // a few messages of a client
	writeBuffer = 512 // one or two diffs and their header in a single packet
)

// lean is a ResponseWriter whose connection, once taken over, has small
// buffers. It keeps the connection, which the WebSocket library does not give
// away.
type lean struct {
	http.ResponseWriter
	raw net.Conn // set by Hijack
}

// Hijack takes over the connection. What the client sent with its handshake,
// and net/http had already read, comes first out of the new connection.
func (l *lean) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, old, err := http.NewResponseController(l.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if early, _ := old.Peek(old.Reader.Buffered()); len(early) > 0 {
		raw = &begun{Conn: raw, early: bytes.Clone(early)}
	}
	l.raw = raw
	return raw, bufio.NewReadWriter(bufio.NewReaderSize(raw, readBuffer), bufio.NewWriterSize(raw, writeBuffer)), nil
}

// begun is a connection whose first bytes were read by somebody else.
type begun struct {
	net.Conn
	early []byte
}

// Read returns the early bytes first. As on any net.Conn of ours, one
// goroutine reads at a time.
func (b *begun) Read(p []byte) (int, error) {
	if len(b.early) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.early)
	if b.early = b.early[n:]; len(b.early) == 0 {
		b.early = nil
	}
	return n, nil
}
