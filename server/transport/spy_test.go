package transport

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/transport/wiretest"
)

// pair is a connection of the library without any of this package's code but the options
// and the sizes of buffers, and the client at its other end.
type pair struct {
	ws     *websocket.Conn
	under  *spy
	client *wiretest.Client
}

// alone runs a check with a pair, in a bubble of testing/synctest. After an hour the
// connection is closed, so that no check can hang.
func alone(check func(*testing.T, *pair)) func(*testing.T) {
	return func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			accepted := make(chan *pair, 1)
			s, stop := wiretest.StartPiped(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h := &spying{ResponseWriter: w}
				ws, err := websocket.Accept(h, r, &New(Config{}).options)
				if err != nil {
					t.Error(err)
					return
				}
				ws.SetReadLimit(-1)
				accepted <- &pair{ws: ws, under: h.spy}
			}))
			defer stop()
			client := s.Enter("x")
			p := <-accepted
			p.client = client
			defer p.ws.CloseNow()
			defer time.AfterFunc(time.Hour, func() { _ = p.under.Close() }).Stop()
			check(t, p)
		})
	}
}

// script has the library read the given chunks, each with one Read, and then get err.
// What it writes goes nowhere.
func (p *pair) script(err error, chunks ...[]byte) {
	p.under.mute()
	p.under.chunks, p.under.err = chunks, err
}

// spying is a ResponseWriter whose connection, once hijacked, is a spy.
type spying struct {
	http.ResponseWriter
	spy *spy
}

func (h *spying) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, _, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.spy = &spy{Conn: raw}
	return h.spy, bufio.NewReadWriter(bufio.NewReaderSize(h.spy, readBuffer), bufio.NewWriterSize(h.spy, writeBuffer)), err
}

// spy is a connection that notes how it is used.
type spy struct {
	net.Conn
	chunks [][]byte // what Read returns before err, if that is set
	err    error
	reads  []int // how many bytes each scripted Read could take

	mu     sync.Mutex
	muted  bool
	writes []string
	closed bool
}

func (s *spy) Read(b []byte) (int, error) {
	if s.err == nil {
		return s.Conn.Read(b)
	}
	s.reads = append(s.reads, len(b))
	if len(s.chunks) == 0 {
		return 0, s.err
	}
	n := copy(b, s.chunks[0])
	if s.chunks[0] = s.chunks[0][n:]; len(s.chunks[0]) == 0 {
		s.chunks = s.chunks[1:]
	}
	return n, nil
}

func (s *spy) Write(b []byte) (int, error) {
	s.mu.Lock()
	s.writes = append(s.writes, string(b))
	muted := s.muted
	s.mu.Unlock()
	if muted {
		return len(b), nil
	}
	return s.Conn.Write(b)
}

func (s *spy) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.Conn.Close()
}

// mute has what is written go nowhere.
func (s *spy) mute() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = true
}

func (s *spy) written() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

func (s *spy) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}
