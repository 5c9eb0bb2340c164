// Package transport carries sessions of the hub over WebSocket (RFC 6455). An Endpoint
// upgrades a request of net/http with coder/websocket, and each connection is the
// hub.Peer of one session.
//
// The package reaches below both libraries so that an idle connection costs little: it
// replaces net/http's buffers, writes messages to the socket itself, and waits between
// frames outside the WebSocket library. What that relies on in the libraries is listed
// and tested in contract_test.go.
//
// Where to look:
//
//   - transport.go: the endpoint. upgrade.go: which requests can become a WebSocket.
//   - conn.go: a connection as a hub.Peer, its beginning and its end.
//   - read.go: messages from the peer. ping.go: finding out that a peer is gone.
//   - hijack.go: taking the connection over from net/http.
//   - stream.go, stream_unix.go, frames.go: waiting between frames.
//   - writer.go: frames to the peer.
//   - delivery.go, delivery_linux.go: how much of what was written has arrived.
package transport

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"rollcall/server/hub"
	"rollcall/server/notice"
	"rollcall/shared"
)

// Config configures an Endpoint. Hub must be set.
type Config struct {
	Hub *hub.Hub
	// Messages is how many events of one session are read a second, on average, and
	// five times as many at once. A session that sends more is read more slowly and
	// loses nothing. 0 sets no limit.
	Messages int
	// Refused is called when no session begins for an admission after all: the upgrade
	// failed, or the hub refused. Left follows once the connection is gone.
	Refused func(remote netip.Addr, room string)
	// Left is called once for each admission, when its connection is gone. The room is
	// "" after Refused. Both functions may be called concurrently, also before Accept
	// has returned; nil for none.
	Left func(remote netip.Addr, room string)
	// Log receives a line for each session that ended, and the stack of what crashed;
	// nil for none.
	Log *slog.Logger
}

// Endpoint turns requests into WebSocket connections, and each of these into a session
// of the hub. Its methods are safe for concurrent use.
type Endpoint struct {
	hub      *hub.Hub
	options  websocket.AcceptOptions
	messages int
	refused  func(netip.Addr, string)
	left     func(netip.Addr, string)
	log      *slog.Logger
	warning  notice.Warning // connections can't be hijacked
	reading  semaphore      // of connections that read a message; see conn.read

	mu      sync.Mutex
	stopped bool           // by Wait
	running sync.WaitGroup // handshakes, read loops and closing handshakes; once stopped, none begins but by another
}

// New returns an endpoint. It starts no goroutines.
func New(c Config) *Endpoint {
	none := func(netip.Addr, string) {}
	e := &Endpoint{
		hub: c.Hub,
		options: websocket.AcceptOptions{
			Subprotocols:       []string{shared.Subprotocol},
			InsecureSkipVerify: true,                          // the caller has checked the origin
			CompressionMode:    websocket.CompressionDisabled, // costs more memory than the whole connection
		},
		messages: c.Messages,
		refused:  c.Refused,
		left:     c.Left,
		log:      cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
		reading:  make(semaphore, 2*runtime.GOMAXPROCS(0)),
	}
	if e.refused == nil {
		e.refused = none
	}
	if e.left == nil {
		e.left = none
	}
	return e
}

// Admission is what the caller of Accept found out about a request.
type Admission struct {
	Room   string        // that the session is for
	Remote netip.Addr    // of the client, for logs and the functions in Config
	Known  *hub.Identity // who the client is known to be; nil if it may say so itself
	Until  time.Time     // when the session ends with token_expired; zero for never
}

// Accept upgrades a request for which CheckUpgrade returned nil and begins a session.
// The origin is the caller's to check (RFC 6455 §10.2). If the upgrade fails, Accept
// writes the answer. What the hub refuses is told after the upgrade, as an error event
// and a close code, because a browser's program can't read the answer to a failed
// handshake.
//
// Accept returns once the connection is set up, so that the stack and the buffers
// of net/http are freed: the session goes on in a goroutine of its own.
func (e *Endpoint) Accept(w http.ResponseWriter, r *http.Request, a Admission) {
	if !e.enter() {
		e.refused(a.Remote, a.Room)
		e.left(a.Remote, "")
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the server is going away", http.StatusServiceUnavailable)
		return
	}
	defer e.running.Done()
	h := &hijacker{ResponseWriter: w}
	begun := false
	defer func() {
		if !begun { // the library failed, or our own code panicked
			h.close()
			e.refused(a.Remote, a.Room)
			e.left(a.Remote, "")
		}
	}()
	c, err := e.upgrade(h, r)
	if err != nil { // the library has answered, but for what Hijack kept back
		e.log.Debug("handshake refused", "remote", a.Remote, "err", err)
		if h.err != nil && h.stream == nil {
			e.cantHijack(w, h.err)
		}
		return
	}
	e.begin(c, a)
	begun = true
}

// upgrade makes a connection of r, without a session.
func (e *Endpoint) upgrade(h *hijacker, r *http.Request) (*conn, error) {
	c := &conn{endpoint: e, since: time.Now()}
	options := e.options
	options.OnPongReceived = func(_ context.Context, payload []byte) { c.pong(payload) }
	ws, err := websocket.Accept(h, r, &options)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(-1) // the library would close without an error event; see receive
	c.ws, c.raw = ws, h.stream
	if e.messages > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(e.messages), 5*e.messages)
	}
	return c, nil
}

// begin connects c to its room and starts its goroutine.
func (e *Endpoint) begin(c *conn, a Admission) {
	c.remote = a.Remote
	session, err := e.hub.ConnectFrom(a.Room, c, a.Known, a.Remote)
	if err != nil {
		e.refused(a.Remote, a.Room)
		e.running.Go(func() { c.refuse(shared.AsError(err)) })
		return
	}
	c.session = session
	if !a.Until.IsZero() {
		c.expiry = time.AfterFunc(time.Until(a.Until), func() {
			defer hub.Rescue(e.log, c.crashed)
			session.Fail(shared.Errorf(shared.CodeTokenExpired, "the token has expired"))
		})
	}
	e.running.Go(c.serve)
}

// enter counts a handshake in running. After Wait was called it returns false.
func (e *Endpoint) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return false
	}
	e.running.Add(1)
	return true
}

// Wait returns when no connection is left, and has new handshakes answered with 503. Call
// it after the hub is closed; it then returns within 2 seconds.
func (e *Endpoint) Wait() {
	e.mu.Lock()
	e.stopped = true
	e.mu.Unlock()
	e.running.Wait()
}
