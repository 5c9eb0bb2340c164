package site

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// errQuiet is what reading a stream gives where a frame could begin and no
// byte of one has come.
var errQuiet = errors.New("no frame yet")

// errFlood ends a connection on which so many control frames come that no message
// is heard.
var errFlood = errors.New("too many control frames")

// mostUnheard bounds the frames between two looks at how many have come: the
// library answers pings, and goes on reading, without giving them away.
const mostUnheard = 1000

// stream is the connection under a WebSocket. Most of the time nothing comes
// on it, so what it costs is what it costs while nothing comes: a goroutine
// that is blocked in the WebSocket library's reading holds a stack of 4 or
// 8 KiB for that. A stream does not block between frames: it gives errQuiet,
// upon which the library is left and the goroutine waits in await, near the
// bottom of a stack of 2 KiB.
//
// The library can be left there because it has read nothing of a frame yet and
// so has lost nothing. What the stream must know for that, where frames begin,
// it reads along; see frames.
//
// One goroutine reads at a time, as the library sees to, or limits while nobody
// does. What the library
// writes are control frames only; see outgoing.
type stream struct {
	net.Conn
	out     outgoing
	early   []byte          // what was read of the connection before it was a stream
	idle    syscall.RawConn // nil where the system or the connection offers no way to wait
	socket  syscall.RawConn // under TLS too; nil where there is none
	heard   atomic.Int64    // when something last came, in nanoseconds since 1970
	closing atomic.Bool     // the library waits for the peer's close frame: block

	mu      sync.Mutex
	frames  frames // where the reading is
	came    int    // frames since they were asked for
	limited bool   // Read gives errQuiet behind left more bytes
	left    int
}

func newStream(raw net.Conn, early []byte) *stream {
	s := &stream{Conn: raw, out: outgoing{to: raw}, early: early}
	s.heard.Store(time.Now().UnixNano())
	encrypted, isTLS := raw.(*tls.Conn)
	if isTLS {
		raw = encrypted.NetConn()
	}
	if c, ok := raw.(syscall.Conn); ok && canWait {
		s.socket, _ = c.SyscallConn() // fails only for a closed connection
	}
	if !isTLS { // which reads ahead: its socket does not know what is there to be read
		s.idle = s.socket
	}
	return s
}

// Read returns errQuiet instead of blocking, where it may.
func (s *stream) Read(p []byte) (n int, err error) {
	p, rests := s.next(p)
	switch {
	case len(p) == 0:
		return 0, errQuiet
	case len(s.early) > 0:
		n = copy(p, s.early)
		if s.early = s.early[n:]; len(s.early) == 0 {
			s.early = nil
		}
	case rests:
		n, err = readNow(s.idle, p)
	default:
		n, err = s.Conn.Read(p)
	}
	if n > 0 {
		s.heard.Store(time.Now().UnixNano())
	}
	if s.pass(p[:n]) > mostUnheard {
		return n, errFlood
	}
	return n, err
}

// next returns the part of p that may be filled, and whether to rest where
// nothing comes.
func (s *stream) next(p []byte) (part []byte, rests bool) {
	if !s.rests() || s.closing.Load() {
		return p, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limited {
		p = p[:min(len(p), s.left)]
	}
	return p, s.frames.between()
}

func (s *stream) pass(b []byte) (came int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came += s.frames.pass(b)
	s.left -= len(b)
	return s.came
}

// limit has Read give no more than whole messages which are there already, so
// that it can't block, and reports whether there are any. Only between frames.
func (s *stream) limit() bool {
	b := messages.Get().(*[messageBuffer]byte)
	defer messages.Put(b)
	there := b[:copy(b[:], s.early)]
	if len(there) == 0 {
		there = b[:peekNow(s.idle, b[:])]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = s.frames.whole(there)
	s.limited = s.left > 0
	return s.limited
}

// unlimit takes that back.
func (s *stream) unlimit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = false
}

// arrived returns how many frames have begun since it was last asked.
func (s *stream) arrived() (frames int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, s.came = s.came, 0
	return frames
}

// Write takes a whole control frame from the library.
func (s *stream) Write(frame []byte) (int, error) {
	if err := s.out.control(frame); err != nil {
		return 0, err
	}
	return len(frame), nil
}

// rests reports whether await works; otherwise Read blocks like any other.
func (s *stream) rests() bool { return s.idle != nil }

// await returns when there is something to read, or why there never will be.
func (s *stream) await() error {
	if len(s.early) > 0 {
		return nil
	}
	return s.idle.Read(readable)
}

// frames follows the frames of a client through a stream of bytes (RFC 6455
// §5.2), to know when one could begin that belongs to no message under way.
type frames struct {
	header  [14]byte // of the frame at hand, as far as it has come
	have    int      // bytes of header
	payload uint64   // bytes to come of the frame at hand
	open    bool     // a fragmented message goes on
}

// between reports whether no frame and no message is under way.
func (f *frames) between() bool { return f.have == 0 && f.payload == 0 && !f.open }

// whole returns the length of the whole messages, and control frames, that b
// begins with.
func (f frames) whole(b []byte) (n int) {
	for i := range b {
		f.pass(b[i : i+1])
		if f.between() {
			n = i + 1
		}
	}
	return n
}

// pass takes in the next bytes, and returns how many frames began in them.
func (f *frames) pass(b []byte) (began int) {
	for len(b) > 0 {
		if f.payload > 0 {
			n := min(f.payload, uint64(len(b)))
			f.payload -= n
			b = b[n:]
			continue
		}
		f.header[f.have] = b[0]
		f.have++
		b = b[1:]
		if f.have >= 2 && f.have == f.headerLen() {
			f.begin()
			began++
		}
	}
	return began
}

// headerLen is how long the header at hand is, of which two bytes have come.
func (f *frames) headerLen() int {
	n := 2
	switch f.header[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if f.header[1]&0x80 != 0 { // masked
		n += 4
	}
	return n
}

// begin notes what the header at hand, now whole, says.
func (f *frames) begin() {
	if f.header[0]&controlBit == 0 {
		f.open = f.header[0]&finalBit == 0
	}
	length := uint64(f.header[1] & 0x7f)
	extended := 0
	switch length {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	if extended > 0 {
		length = 0
		for _, b := range f.header[2 : 2+extended] {
			length = length<<8 | uint64(b)
		}
	}
	f.payload, f.have = length, 0
}
