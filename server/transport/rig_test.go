package transport

import (
	"net"
	"net/http"
	"testing"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
)

// rig is an endpoint on a network.
type rig struct {
	*wiretest.Server
	hub      *hub.Hub
	endpoint *Endpoint
}

// admitAll admits every handshake to the room that it asks for.
func admitAll(e *Endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.Accept(w, r, Admission{Room: r.URL.Query().Get("room")})
	})
}

// start serves an endpoint on a socket of its own until the test ends.
func start(t *testing.T, c hub.Config) *rig {
	t.Helper()
	r := &rig{hub: hub.New(c)}
	r.endpoint = New(Config{Hub: r.hub})
	t.Cleanup(func() {
		r.hub.Close()
		r.endpoint.Wait()
	})
	r.Server = wiretest.Start(t, admitAll(r.endpoint))
	return r
}

// startPiped is start for a test in a bubble of testing/synctest; see wiretest.StartPiped.
func startPiped(t *testing.T, c hub.Config) (r *rig, stop func()) {
	t.Helper()
	return startPipedOf(t, Config{Hub: hub.New(c)})
}

func startPipedOf(t *testing.T, c Config) (r *rig, stop func()) {
	t.Helper()
	r = &rig{hub: c.Hub, endpoint: New(c)}
	s, closeServer := wiretest.StartPiped(t, admitAll(r.endpoint))
	r.Server = s
	return r, func() {
		closeServer()
		r.hub.Close()
		r.endpoint.Wait()
	}
}

// upgrading returns a handler that sends each connection it upgrades, without a session.
func upgrading(t testing.TB, e *Endpoint) (http.Handler, chan *conn) {
	conns := make(chan *conn, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := e.upgrade(&hijacker{ResponseWriter: w}, r)
		if err != nil {
			t.Error(err)
			return
		}
		conns <- c
	}), conns
}

// upgraded returns a conn without a session, and the client at its other end.
func upgraded(t testing.TB) (*conn, *wiretest.Client) {
	t.Helper()
	e := New(Config{})
	handler, conns := upgrading(t, e)
	client := wiretest.Start(t, handler).Enter("x")
	c := <-conns
	t.Cleanup(func() {
		_ = c.ws.CloseNow()
		e.Wait()
	})
	return c, client
}

// upgradedPiped is upgraded for a bubble of testing/synctest, which must call stop.
func upgradedPiped(t *testing.T) (c *conn, client *wiretest.Client, stop func()) {
	t.Helper()
	e := New(Config{})
	handler, conns := upgrading(t, e)
	s, closeServer := wiretest.StartPiped(t, handler)
	client = s.Enter("x")
	return <-conns, client, func() {
		closeServer()
		e.Wait()
	}
}

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (near, far net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}
