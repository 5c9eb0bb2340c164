// Package wiretest is for tests of servers that speak WebSocket. It starts a handler on
// a network, TCP or pipes in memory, and has a client that can break every rule of the
// protocol.
package wiretest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"rollcall/shared"
)

// Within bounds the time that a test waits for something on a socket, or for the
// scheduler.
const Within = time.Minute

// Server is a server under test, as its clients reach it.
type Server struct {
	URL  string // where it has one
	Dial func() (net.Conn, error)
	t    testing.TB
}

// Start serves h on a TCP socket until the test ends. A cleanup that must run after the
// server is closed has to be registered before.
func Start(t testing.TB, h http.Handler) *Server {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &Server{URL: srv.URL, t: t, Dial: func() (net.Conn, error) {
		c, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err == nil {
			err = c.SetDeadline(time.Now().Add(Within))
		}
		return c, err
	}}
}

// StartPiped is Start for a test in a bubble of testing/synctest: the network is pipes
// in memory. The bubble must call stop.
func StartPiped(t testing.TB, h http.Handler) (s *Server, stop func()) {
	return StartPipedServer(t, &http.Server{Handler: h})
}

// StartPipedServer is StartPiped for a server with settings of its own.
func StartPipedServer(t testing.TB, srv *http.Server) (s *Server, stop func()) {
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = srv.Serve(l) })
	return &Server{t: t, Dial: l.dial}, func() {
		_ = srv.Close()
		serving.Wait()
	}
}

// pipeListener is a network of pipes in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial() (net.Conn, error) {
	near, far := net.Pipe()
	l.conns <- far
	return near, near.SetDeadline(time.Now().Add(3 * time.Hour)) // of the bubble's time; no test waits as long
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// DiscardPeer is a hub.Peer that accepts every message and ignores it.
type DiscardPeer struct{}

// Write does nothing.
func (DiscardPeer) Write([][]byte) error { return nil }

// Close does nothing.
func (DiscardPeer) Close(shared.CloseCode, string) {}

// Eventually waits until ok, for what only the scheduler or the kernel delays.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(Within); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
