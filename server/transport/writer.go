package transport

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"net"
	"sync"
)

// Bits of a frame's first byte (RFC 6455 §5.2).
const (
	finalBit    = 0x80
	maskBit     = 0x80 // of the second byte
	opcodeBits  = 0x0f
	controlBit  = 0x08
	textOpcode  = 0x1
	closeOpcode = 0x8
	pingOpcode  = 0x9
	pongOpcode  = 0xa
)

// pingPayload is how many bytes a ping of ours has behind its header, as its pong.
const pingPayload = 4

// closeHeader is how many bytes of a close frame of ours come before its reason: the
// header of the frame, and the code.
const closeHeader = 4

// maxPending bounds the control frames that wait for a message to be written, in bytes:
// as many as come while a peer reads slowly, but not as many as a peer could cause by
// pinging. Further ones are dropped, except a close frame (a pong may be omitted,
// RFC 6455 §5.5.3).
const maxPending = 1 << 10

// frameWriter is the writing side of a stream. It has two users, and each writes whole
// frames. The hub's messages come through writeMessage, in one system call and past the
// library, whose way to the socket costs more than the hub's own work for a diff. The
// library writes control frames, which never wait for a message that is blocked.
type frameWriter struct {
	to net.Conn

	mu      sync.Mutex
	busy    bool          // somebody writes
	freed   chan struct{} // closed when busy ends; nil if nobody waits for that
	pending []byte        // control frames, written when busy ends
	closed  bool          // a close frame was written or is pending
}

// buffers put a frame's header and small parts together; large parts bypass them.
var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4<<10) }}

// writeMessage writes one text message as one frame. After a close frame nothing is
// sent (RFC 6455 §5.5.1), and the error is net.ErrClosed.
func (w *frameWriter) writeMessage(parts [][]byte) error {
	if closed := w.acquire(); closed {
		_ = w.release() // the reading side sees why it fails
		return net.ErrClosed
	}
	b := buffers.Get().(*bufio.Writer)
	b.Reset(w.to)
	writeHeader(b, parts)
	for _, part := range parts {
		_, _ = b.Write(part) // Flush returns the error
	}
	err := b.Flush()
	buffers.Put(b)
	return cmp.Or(err, w.release())
}

// writeHeader writes the header of an unmasked, final text frame.
func writeHeader(b *bufio.Writer, parts [][]byte) {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	header := append(b.AvailableBuffer(), finalBit|textOpcode)
	switch {
	case length < 126:
		header = append(header, byte(length))
	case length < 1<<16:
		header = binary.BigEndian.AppendUint16(append(header, 126), uint16(length))
	default:
		header = binary.BigEndian.AppendUint64(append(header, 127), uint64(length))
	}
	_, _ = b.Write(header)
}

// writeControl writes a control frame of the library's, or leaves it to the goroutine
// that is writing. A close frame is written when writeControl returns, because the
// library closes the connection then. Closing the connection ends the wait for that.
func (w *frameWriter) writeControl(frame []byte) error {
	last := frame[0]&opcodeBits == closeOpcode
	w.mu.Lock()
	if last || len(w.pending) <= maxPending {
		w.pending = append(w.pending, frame...)
	}
	w.closed = w.closed || last
	left := w.busy && !last
	w.mu.Unlock()
	if left {
		return nil
	}
	w.acquire()
	return w.release()
}

// acquire waits until nobody else writes, and reports whether a close frame was or is to
// be written.
func (w *frameWriter) acquire() (closed bool) {
	for {
		w.mu.Lock()
		if !w.busy {
			w.busy = true
			closed = w.closed
			w.mu.Unlock()
			return closed
		}
		if w.freed == nil {
			w.freed = make(chan struct{})
		}
		freed := w.freed
		w.mu.Unlock()
		<-freed
	}
}

// release writes the pending control frames and lets others write.
func (w *frameWriter) release() (err error) {
	for {
		w.mu.Lock()
		frames := w.pending
		w.pending = nil
		if len(frames) == 0 {
			w.busy = false
			if w.freed != nil {
				close(w.freed)
				w.freed = nil
			}
			w.mu.Unlock()
			return err
		}
		w.mu.Unlock()
		_, failed := w.to.Write(frames)
		err = cmp.Or(err, failed)
	}
}
