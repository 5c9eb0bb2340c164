package site

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Bounds of responses to clients that do not read them.
const (
	// stallTimeout is how long a connection with responses under way may take nothing of
	// any of them.
	stallTimeout = 30 * time.Second
	// chunkSize is how much of a response is written at a time, in bytes. A connection
	// that takes less than that within stallTimeout, 300 bytes a second, has stalled.
	chunkSize = 8 << 10
	// requestCost is how many bytes a response holds while it is written, beside its body:
	// a goroutine, buffers, the head of its request.
	requestCost = 32 << 10
	// maxHeld bounds what the responses to one address hold at a time, in bytes. It is far
	// above what the browsers of a large office ask for at once.
	maxHeld = 64 << 20
)

// memoryBudget bounds the memory of the responses to each address.
type memoryBudget struct {
	exempt func(netip.Addr) bool // reports whether an address has no limits

	mu   sync.Mutex
	held map[netip.Prefix]int // bytes; of addresses with responses under way
}

// reserve counts n bytes that a response to addr holds, and reports whether the address
// may have them. A negative n gives them back.
func (m *memoryBudget) reserve(addr netip.Addr, n int) bool {
	if m.exempt(addr) {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := keyOf(addr)
	switch held := m.held[key] + n; {
	case held > maxHeld && n > 0:
		return false
	case held == 0:
		delete(m.held, key)
	default:
		m.held[key] = held
	}
	return true
}

// httpConn is the responses under way on one connection of plain HTTP. They share its
// bandwidth, and so also the deadline: with HTTP/2 one of them may have to wait for long
// until the others are written.
type httpConn struct {
	mu        sync.Mutex
	responses map[*response]struct{}
	extended  time.Time // when the deadlines of all responses were last extended
}

type httpConnKey struct{}

// ConnContext is an http.Server's ConnContext: responses on one connection then share
// their deadline. Without it, each has its own.
func (s *Site) ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, httpConnKey{}, new(httpConn))
}

// response is a ResponseWriter that fails once its connection has stalled.
type response struct {
	http.ResponseWriter
	conn     *httpConn
	reserved func(n int) bool // memoryBudget.reserve for the client's address
	held     int              // bytes reserved
	hijacked bool
}

// boundResponses returns a handler whose responses are within the bounds above. What
// exceeds the memory of an address is refused without a body, which would have to wait
// for its reader too.
func (s *Site) boundResponses(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := addrOf(r.RemoteAddr)
		c, ok := r.Context().Value(httpConnKey{}).(*httpConn)
		if !ok {
			c = new(httpConn)
		}
		res := &response{ResponseWriter: w, conn: c, reserved: func(n int) bool { return s.memory.reserve(from, n) }}
		c.begin(res)
		defer c.end(res)
		if res.reserve(requestCost) {
			next.ServeHTTP(res, r)
		}
	})
}

// reserve counts n bytes that the response holds until it ends. If the address may not
// have them, it answers with 429 and reports false.
func (w *response) reserve(n int) bool {
	if !w.reserved(n) {
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusTooManyRequests)
		return false
	}
	w.held += n
	return true
}

func (c *httpConn) begin(w *response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.responses == nil {
		c.responses = make(map[*response]struct{})
	}
	c.responses[w] = struct{}{}
	w.extendDeadline(time.Now())
}

// end leaves a last deadline for what is still in buffers, and gives back what w held.
func (c *httpConn) end(w *response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.responses, w)
	if !w.hijacked {
		w.extendDeadline(time.Now())
	}
	w.reserved(-w.held)
}

// progressed extends the deadlines of all responses on the connection, at most once a
// second. It is called when the connection has taken a chunk of one of them.
func (c *httpConn) progressed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.extended) < time.Second {
		return
	}
	c.extended = now
	for w := range c.responses {
		w.extendDeadline(now)
	}
}

func (w *response) extendDeadline(now time.Time) {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(now.Add(stallTimeout)) // fails where there is no connection
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack hands over the connection, which gets no deadline at the end of the response.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.hijacked = err == nil
	return c, buffers, err
}

// Write writes p in chunks.
func (w *response) Write(p []byte) (written int, err error) {
	for {
		n, err := w.ResponseWriter.Write(p[:min(len(p), chunkSize)])
		written += n
		if err != nil {
			return written, err
		}
		w.conn.progressed()
		if p = p[n:]; len(p) == 0 {
			return written, nil
		}
	}
}

// ReadFrom writes what src has, with a buffer of one chunk; io.Copy's has four.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{w}, src, make([]byte, chunkSize))
}
