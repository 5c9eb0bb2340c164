package transport

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"rollcall/shared"
)

// errIdle is what Read of a stream returns between frames if no byte has come.
var errIdle = errors.New("no frame yet")

// errFlood ends a connection that sends too many control frames without a message.
var errFlood = errors.New("too many control frames")

// errOverlong ends a connection that wrote the length of a frame in more bytes than it
// needs (RFC 6455 §5.2), which the library accepts.
var errOverlong = errors.New("a frame's length is longer than it has to be")

// maxUnseenFrames bounds the frames between two calls of takeEvents: the library
// answers pings, and goes on reading, without returning.
const maxUnseenFrames = 1000

// stream is the connection under a WebSocket. Most of the time nothing comes on it, so
// the cost of a connection is its cost while nothing comes. A goroutine that blocks
// inside the WebSocket library's reading keeps a stack of 4 or 8 KiB. A stream does not
// block between frames: Read returns errIdle, the library returns, and the goroutine
// waits in park, with a stack of 2 KiB.
//
// The library can be left there because it has read nothing of a frame and so has lost
// nothing. To know where frames begin, the stream parses their headers too; see
// frameTracker.
//
// Read and lookAhead are called by one goroutine at a time, as the library ensures.
// What the library writes are control frames only; see frameWriter.
type stream struct {
	net.Conn
	out      frameWriter
	early    []byte          // read of the connection before it was a stream
	pollable syscall.RawConn // nil where the system or the connection can't be polled
	socket   syscall.RawConn // also under TLS; nil where there is none
	lastRead atomic.Int64    // when something last came, in nanoseconds since 1970
	closing  atomic.Bool     // the library waits for the peer's close frame: block

	mu      sync.Mutex
	tracker frameTracker
	unseen  int  // frames since takeEvents
	events  int  // since takeEvents: frames, and events beyond the first in a frame
	limited bool // by lookAhead: Read returns errIdle after left more bytes
	left    int
}

// newStream makes a stream of a connection from which early was read already.
func newStream(raw net.Conn, early []byte) *stream {
	s := &stream{Conn: raw, out: frameWriter{to: raw}, early: early}
	s.lastRead.Store(time.Now().UnixNano())
	encrypted, isTLS := raw.(*tls.Conn)
	if isTLS {
		raw = encrypted.NetConn()
	}
	if c, ok := raw.(syscall.Conn); ok && canPoll {
		s.socket, _ = c.SyscallConn() // fails only for a closed connection
	}
	if !isTLS { // which reads ahead: its socket does not know what is there to be read
		s.pollable = s.socket
	}
	return s
}

// Read returns errIdle instead of blocking between frames, if the stream parks.
func (s *stream) Read(p []byte) (n int, err error) {
	p, noBlock := s.readable(p)
	switch {
	case len(p) == 0:
		return 0, errIdle
	case len(s.early) > 0:
		n = copy(p, s.early)
		if s.early = s.early[n:]; len(s.early) == 0 {
			s.early = nil
		}
	case noBlock:
		n, err = readNow(s.pollable, p)
	default:
		n, err = s.Conn.Read(p)
	}
	if n > 0 {
		s.lastRead.Store(time.Now().UnixNano())
	}
	switch unseen, overlong := s.track(p[:n]); {
	case overlong:
		return 0, errOverlong
	case unseen > maxUnseenFrames:
		return n, errFlood
	}
	return n, err
}

// readable returns the part of p that may be filled, and whether Read must not block.
func (s *stream) readable(p []byte) (part []byte, noBlock bool) {
	if !s.parks() {
		return p, false
	}
	s.mu.Lock() // also where nothing limits it: takePong may be reading
	defer s.mu.Unlock()
	if s.closing.Load() {
		return p, false
	}
	if s.limited {
		p = p[:min(len(p), s.left)]
	}
	return p, s.tracker.between()
}

// track counts the frames in b, which was read.
func (s *stream) track(b []byte) (unseen int, overlong bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.tracker.advance(b)
	s.events += n
	s.unseen += n
	s.left -= len(b)
	return s.unseen, s.tracker.overlong
}

// lookAhead looks at what is there, between frames. If it is one pong, it calls pong with
// its payload, and nothing is left to be read: took. Else it has Read return only whole
// messages that are there already, so that it can't block, and reports whether there are
// any.
func (s *stream) lookAhead(pong func(payload []byte)) (took, whole bool) {
	b := messages.Get().(*[messageBuffer]byte)
	defer messages.Put(b)
	there := b[:copy(b[:], s.early)]
	if len(there) == 0 {
		there = b[:peekNow(s.pollable, b[:])]
		if isPong(there) && s.take(there) {
			pong(unmasked(there))
			return true, false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = s.tracker.wholeLen(there)
	s.limited = s.left > 0
	return false, s.limited
}

// isPong reports whether b is one whole pong (RFC 6455 §5.5.3). At rest nothing else comes,
// and through the library it costs several times as much.
func isPong(b []byte) bool {
	return len(b) >= smallHeader && b[0] == finalBit|pongOpcode && b[1]&maskBit != 0 && b[1]&^maskBit < 126 && len(b) == smallHeader+int(b[1]&^maskBit)
}

// smallHeader is the length of a client's frame of less than 126 bytes without its payload:
// two bytes and the mask.
const smallHeader = 6

// unmasked decodes the payload of a small frame in place (RFC 6455 §5.3).
func unmasked(frame []byte) []byte {
	mask, payload := frame[2:smallHeader], frame[smallHeader:]
	for i := range payload {
		payload[i] ^= mask[i%len(mask)]
	}
	return payload
}

// take reads a frame of which all bytes are there, unless the library waits for the peer's
// close frame: then all that comes is the library's.
func (s *stream) take(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	if n, err := readNow(s.pollable, frame); n < len(frame) || err != nil {
		return false // closed meanwhile: there was more, and nobody else reads
	}
	s.lastRead.Store(time.Now().UnixNano())
	s.events += s.tracker.advance(frame)
	return true
}

// unlimit undoes the limit of lookAhead.
func (s *stream) unlimit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = false
}

// addEvents counts n more events in what has arrived.
func (s *stream) addEvents(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events += n
}

// takeEvents returns how many events, and frames that carry none, have arrived since
// the last call.
func (s *stream) takeEvents() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, s.events, s.unseen = s.events, 0, 0
	return n
}

// Write takes one whole control frame from the library. The library would return a
// peer's close frame unchanged, even with a reason that is not UTF-8, for which the
// connection has to fail (RFC 6455 §8.1): such a frame is replaced by one with 1007.
func (s *stream) Write(frame []byte) (int, error) {
	whole := len(frame)
	if frame[0]&opcodeBits == closeOpcode && !utf8.Valid(frame[min(closeHeader, whole):]) {
		frame = binary.BigEndian.AppendUint16([]byte{finalBit | closeOpcode, 2}, uint16(shared.CloseBadPayload))
	}
	if err := s.out.writeControl(frame); err != nil {
		return 0, err
	}
	return whole, nil
}

// parks reports whether park works. If it does not, Read blocks like any other.
func (s *stream) parks() bool { return s.pollable != nil }

// park returns when there is something to read, or why there never will be.
func (s *stream) park() error {
	if len(s.early) > 0 {
		return nil
	}
	return s.pollable.Read(hasData)
}
