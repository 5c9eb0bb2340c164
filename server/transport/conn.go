package transport

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"rollcall/server/hub"
	"rollcall/shared"
)

// closeWithin bounds a closing handshake (RFC 6455 §7.1.2): by then the close frame
// must be written and answered. It also bounds how long a write that does not proceed
// outlives Close.
const closeWithin = 2 * time.Second

// maxCloseReason is how many bytes of reason fit a close frame (RFC 6455 §5.5, §5.5.1).
const maxCloseReason = 123

// conn is one WebSocket connection: the hub.Peer of its session, and the
// goroutine that reads for it.
//
// No context with a deadline is made for a read or a write: each would cost a
// timer and a goroutine. What must end in time is ended by closing raw.
type conn struct {
	ws       *websocket.Conn
	raw      *stream // what ws reads and writes
	endpoint *Endpoint

	session *hub.Session // set before serve
	since   time.Time    // when the connection began
	pulse   pulse
	expiry  *time.Timer // ends the session with its token; nil without one; set before serve

	remote      netip.Addr    // of the client
	limiter     *rate.Limiter // of events; nil for no limit
	pausedUntil atomic.Int64  // when reading goes on, in nanoseconds since 1970

	mu     sync.Mutex
	closed bool // by Close, or because serve has ended
}

var _ hub.Peer = (*conn)(nil)

// Write sends one text message.
func (c *conn) Write(parts [][]byte) error { return c.raw.out.writeMessage(parts) }

// Close begins the closing handshake and returns at once. After closeWithin the
// connection is cut, whatever the state of the handshake. CloseAbnormal cuts it at
// once, since the library has no frame for that code.
func (c *conn) Close(code shared.CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.raw.closing.Store(true)
	// Wait can't have returned: running still counts serve, which has not ended.
	c.endpoint.running.Go(func() { c.closeHandshake(code, reason) })
}

// closeHandshake sends a close frame, waits for the peer's, and closes the connection.
func (c *conn) closeHandshake(code shared.CloseCode, reason string) {
	defer hub.Rescue(c.endpoint.log, func() { _ = c.raw.Close() })
	cut := time.AfterFunc(closeWithin, func() { _ = c.raw.Close() })
	defer cut.Stop()
	_ = c.ws.Close(websocket.StatusCode(code), clip(reason)) // fails if the peer is gone or was cut
}

// clip returns the beginning of reason that fits a close frame.
func clip(reason string) string {
	if len(reason) <= maxCloseReason {
		return reason
	}
	end := maxCloseReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}

// refuse tells the peer why its connection has no session, and returns when the
// connection is closed.
func (c *conn) refuse(why shared.Error) {
	defer c.endpoint.left(c.remote, "")
	defer hub.Rescue(c.endpoint.log, func() { _ = c.raw.Close() })
	c.raw.closing.Store(true)
	_ = c.Write([][]byte{shared.Encode(why)}) // if it fails there is nobody to tell
	code, _ := why.Code.Close()
	c.closeHandshake(code, why.Message)
}

// protocolErrorFrame is a close frame with 1002 (RFC 6455 §7.4.1).
var protocolErrorFrame = []byte{finalBit | closeOpcode, 2, 1002 >> 8, 1002 & 0xff}

// errCrashed ends a connection in whose code a panic was.
var errCrashed = errors.New("the server failed")

// crashed ends the session after a panic, as the hub does for its own panics.
func (c *conn) crashed() { c.session.Fail(shared.AsError(errCrashed)) }

// serve reads until the connection ends, and then ends its session. Its frame is on
// the stack of every idle connection: a defer here would double that.
func (c *conn) serve() {
	c.startPings()
	c.finish(c.read())
}

// finish releases all that the connection had, once reading has ended with err.
func (c *conn) finish(err error) {
	defer hub.Rescue(c.endpoint.log, func() { c.crashed(); _ = c.raw.Close() })
	c.pulse.stop()
	if c.expiry != nil {
		c.expiry.Stop()
	}
	c.endSession(lossReason(err))
	if errors.Is(err, errOverlong) {
		_ = c.raw.out.writeControl(protocolErrorFrame) // if it fails there is nobody to tell
	}
	if !errors.Is(err, errCrashed) { // else crashed has begun a closing handshake
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		_ = c.ws.CloseNow() // frees what the library holds; waits for a Close under way
	}
	c.endpoint.left(c.remote, c.session.Outcome().Room)
	c.report()
}

// lossReason returns why a connection ended that the server did not end. It is a
// timeout if the network gave up, or a ping was blocked for so long that the library
// closed the connection. Otherwise the peer or its system closed it.
func lossReason(err error) shared.Reason {
	var n net.Error
	if errors.Is(err, net.ErrClosed) || errors.As(err, &n) && n.Timeout() {
		return shared.ReasonTimeout
	}
	return shared.ReasonClosed
}

// endSession ends the session, unless the server has ended it.
func (c *conn) endSession(reason shared.Reason) {
	if reason == shared.ReasonTimeout {
		c.session.Silent(time.Unix(0, c.raw.lastRead.Load()))
	} else {
		c.session.End(reason)
	}
}

// report logs how the session ended. A reader of the log can count and compare at the
// default level, but learns of no room and nobody in it: the address of a room is all
// that keeps others out.
func (c *conn) report() {
	out := c.session.Outcome()
	facts := []any{"reason", out.Reason, "lasted", time.Since(c.since).Round(time.Millisecond), "joined", out.Member != ""}
	if out.Code != "" {
		facts = append(facts, "code", out.Code)
	}
	if c.endpoint.log.Enabled(context.Background(), slog.LevelDebug) {
		facts = append(facts, "room", out.Room, "member", out.Member, "remote", c.remote)
	}
	c.endpoint.log.Info("session ended", facts...)
}
