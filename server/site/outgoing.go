package site

import (
	"bufio"
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
	to    net.Conn
	write chan struct{} // holds one: who has it, writes

	mu      sync.Mutex
	waiting []byte // control frames for whoever writes to take along
	closed  bool   // a close frame is among what was written or waits
}

func newOutgoing(to net.Conn) outgoing {
	return outgoing{to: to, write: make(chan struct{}, 1)}
}

// writers put a frame's header and small parts together; large parts pass by.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4<<10) }}

// send writes one text message in one frame. Nothing is sent behind a close
// frame (RFC 6455 §5.5.1).
func (o *outgoing) send(parts [][]byte) error {
	o.write <- struct{}{}
	defer o.release()
	if o.over() {
		return net.ErrClosed
	}
	w := writers.Get().(*bufio.Writer)
	defer writers.Put(w)
	w.Reset(o.to)
	writeHeader(w, parts)
	for _, part := range parts {
		_, _ = w.Write(part) // Flush has the error
	}
	return w.Flush()
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
	o.mu.Unlock()
	if last {
		o.write <- struct{}{}
	} else {
		select {
		case o.write <- struct{}{}:
		default:
			return nil
		}
	}
	err := o.writeWaiting()
	o.release()
	return err
}

func (o *outgoing) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// release gives up writing, but not while a control frame waits that nobody
// else will take along.
func (o *outgoing) release() {
	for {
		_ = o.writeWaiting() // the reading side sees why it fails
		<-o.write
		o.mu.Lock()
		more := len(o.waiting) > 0
		o.mu.Unlock()
		if !more {
			return
		}
		select {
		case o.write <- struct{}{}:
		default:
			return // another has begun to write, and will see it
		}
	}
}

func (o *outgoing) writeWaiting() error {
	o.mu.Lock()
	frames := o.waiting
	o.waiting = nil
	o.mu.Unlock()
	if len(frames) == 0 {
		return nil
	}
	_, err := o.to.Write(frames)
	return err
}
