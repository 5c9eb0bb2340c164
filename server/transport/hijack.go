package transport

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"time"
)

// Buffer sizes of a WebSocket connection, in bytes. net/http's own are 4 KiB each, most
// of what an idle connection would cost. A read or write larger than its buffer
// bypasses it.
const (
	readBuffer  = 256 // a few messages of a client
	writeBuffer = 128 // the largest control frame (RFC 6455 §5.5); messages bypass the library
)

// hijacker is a ResponseWriter whose connection, once hijacked, is a stream with small
// buffers. It keeps the stream, which the WebSocket library does not expose.
//
// It sends the 101 itself, after the connection is hijacked: the library announces a
// WebSocket first and then finds out that some middleware's ResponseWriter can't give
// the connection away.
type hijacker struct {
	http.ResponseWriter
	stream  *stream // set by Hijack
	upgrade bool    // the library has announced a WebSocket
	err     error   // of Hijack
}

// WriteHeader keeps a 101 for Hijack, and drops what the library answers after Hijack
// has failed.
func (h *hijacker) WriteHeader(status int) {
	switch {
	case status == http.StatusSwitchingProtocols:
		h.upgrade = true
	case h.err == nil:
		h.ResponseWriter.WriteHeader(status)
	}
}

// Write drops what WriteHeader drops.
func (h *hijacker) Write(p []byte) (int, error) {
	if h.err != nil {
		return len(p), nil
	}
	return h.ResponseWriter.Write(p)
}

// close closes the connection if it was hijacked.
func (h *hijacker) close() {
	if h.stream != nil {
		_ = h.stream.Close()
	}
}

// Hijack takes over the connection. What the client sent with its handshake, and
// net/http has already read, comes first out of the new connection.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, old, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		h.err = err
		return nil, nil, err
	}
	early, _ := old.Peek(old.Reader.Buffered())
	h.stream = newStream(raw, bytes.Clone(early))
	if h.upgrade {
		if h.err = switchProtocols(raw, h.Header()); h.err != nil {
			return nil, nil, h.err
		}
	}
	return h.stream, bufio.NewReadWriter(bufio.NewReaderSize(h.stream, readBuffer), bufio.NewWriterSize(h.stream, writeBuffer)), nil
}

// switchProtocols sends a 101 with the given header.
func switchProtocols(raw net.Conn, header http.Header) error {
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	answer := bytes.NewBufferString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = header.Write(answer) // a buffer takes everything
	answer.WriteString("\r\n")
	if err := raw.SetWriteDeadline(time.Now().Add(closeWithin)); err != nil {
		return err
	}
	if _, err := raw.Write(answer.Bytes()); err != nil {
		return err
	}
	return raw.SetWriteDeadline(time.Time{})
}

// cantHijack answers a handshake on a connection that can't be hijacked. That is a
// mistake in how the server is mounted: a middleware wraps the ResponseWriter and does
// not let http.ResponseController through to the one of net/http.
func (e *Endpoint) cantHijack(w http.ResponseWriter, err error) {
	e.warning.Log(e.log, "no WebSocket is possible here: a middleware's ResponseWriter has no Unwrap method", "err", err)
	for _, name := range []string{"Connection", "Upgrade", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"} {
		w.Header().Del(name)
	}
	http.Error(w, "No WebSocket is possible here: a middleware before this handler wraps http.ResponseWriter without an Unwrap method.", http.StatusNotImplemented)
}
