package site

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"net"
	"sync"
)

// Bits of a frame's first byte (RFC 6455 §5.2).
const (
	finalBit   = 0x80
	opcodeBits = 0x0f
	controlBit = 0x08
	textOpcode = 0x1
	closeFrame = 0x8
)

// maxWaiting bounds the control frames that wait for a message to be out: as
// many as come while a peer reads slowly, and a few more for one that pings to
// fill our memory. Further ones are dropped, but for a close frame (a pong may
// be left out, RFC 6455 §5.5.3).
const maxWaiting = 1 << 10

// outgoing is the writing side of a stream. It has two users, and each writes
// whole frames: the hub's messages come through send, in one system call and
// past the library, whose way to the socket costs more than the hub's own work
// for a diff; and the library writes control frames, which never wait for a
// message that is stuck.
type outgoing struct {
	to net.Conn

	mu      sync.Mutex
	busy    bool          // somebody writes
	freed   chan struct{} // closed when nobody does any more, if somebody waits for that
	waiting []byte        // control frames for whoever writes to take along
	closed  bool          // a close frame is among what was written or waits
}

// writers put a frame's header and small parts together; large parts pass by.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4<<10) }}

// send writes one text message in one frame. Nothing is sent behind a close
// frame (RFC 6455 §5.5.1).
func (o *outgoing) send(parts [][]byte) error {
	if closed := o.begin(); closed {
		_ = o.finish() // the reading side sees why it fails
		return net.ErrClosed
	}
	w := writers.Get().(*bufio.Writer)
	w.Reset(o.to)
	writeHeader(w, parts)
	for _, part := range parts {
		_, _ = w.Write(part) // Flush has the error
	}
	err := w.Flush()
	writers.Put(w)
	return cmp.Or(err, o.finish())
}

// writeHeader writes the header of an unmasked, final text frame.
func writeHeader(w *bufio.Writer, parts [][]byte) {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	header := append(w.AvailableBuffer(), finalBit|textOpcode)
	switch {
	case length < 126:
		header = append(header, byte(length))
	case length < 1<<16:
		header = binary.BigEndian.AppendUint16(append(header, 126), uint16(length))
	default:
		header = binary.BigEndian.AppendUint64(append(header, 127), uint64(length))
	}
	_, _ = w.Write(header)
}

// control writes a control frame of the library's, or has it taken along by
// whoever is writing. A close frame is written when control returns, because
// the library closes the connection then; closing it earlier ends the wait.
func (o *outgoing) control(frame []byte) error {
	last := frame[0]&opcodeBits == closeFrame
	o.mu.Lock()
	if last || len(o.waiting) <= maxWaiting {
		o.waiting = append(o.waiting, frame...)
	}
	o.closed = o.closed || last
	taken := o.busy && !last
	o.mu.Unlock()
	if taken {
		return nil
	}
	o.begin()
	return o.finish()
}

// begin waits until nobody else writes, and reports whether a close frame went out.
func (o *outgoing) begin() (closed bool) {
	for {
		o.mu.Lock()
		if !o.busy {
			o.busy = true
			closed = o.closed
			o.mu.Unlock()
			return closed
		}
		if o.freed == nil {
			o.freed = make(chan struct{})
		}
		freed := o.freed
		o.mu.Unlock()
		<-freed
	}
}

// finish writes the control frames that came meanwhile and lets others write.
func (o *outgoing) finish() (err error) {
	for {
		o.mu.Lock()
		frames := o.waiting
		o.waiting = nil
		if len(frames) == 0 {
			o.busy = false
			if o.freed != nil {
				close(o.freed)
				o.freed = nil
			}
			o.mu.Unlock()
			return err
		}
		o.mu.Unlock()
		_, failed := o.to.Write(frames)
		err = cmp.Or(err, failed)
	}
}
