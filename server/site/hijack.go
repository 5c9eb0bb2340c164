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
	writeBuffer = 128 // the largest control frame (RFC 6455 §5.5); messages do not come through it
)

// lean is a ResponseWriter whose connection, once taken over, has small
// buffers and can rest; see stream. It keeps the connection, which the
// WebSocket library does not give away.
type lean struct {
	http.ResponseWriter
	stream *stream // set by Hijack
}

// Hijack takes over the connection. What the client sent with its handshake,
// and net/http had already read, comes first out of the new connection.
func (l *lean) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, old, err := http.NewResponseController(l.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := old.Peek(old.Reader.Buffered())
	l.stream = newStream(raw, bytes.Clone(early))
	return l.stream, bufio.NewReadWriter(bufio.NewReaderSize(l.stream, readBuffer), bufio.NewWriterSize(l.stream, writeBuffer)), nil
}
