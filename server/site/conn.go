package site

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"rollcall/server/hub"
	"rollcall/shared"
)

// closeWithin bounds a closing handshake (RFC 6455 §7.1.2): the close frame
// must be gone, and answered, by then. It also bounds how long a write that is
// stuck outlives Close.
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
	endpoint *sockets

	session *hub.Session // set before serve
	since   time.Time    // when it began
	pinger  *time.Timer  // set before it runs
	expiry  *time.Timer  // of who came with a token; set before serve

	from netip.Addr    // who connected
	pace *rate.Limiter // nil reads as fast as it comes

	mu     sync.Mutex
	closed bool // by Close, or because serve is over
}

var _ hub.Peer = (*conn)(nil)

func newConn(ws *websocket.Conn, raw *stream, endpoint *sockets) *conn {
	ws.SetReadLimit(-1) // the library would close without an error event; see receive
	return &conn{ws: ws, raw: raw, endpoint: endpoint, since: time.Now()}
}

// Write sends one text message.
func (c *conn) Write(parts [][]byte) error { return c.raw.out.send(parts) }

// Close begins the closing handshake and returns at once. After closeWithin
// the connection is cut, whatever became of the handshake, and at once for
// CloseAbnormal, which the library finds that no frame can carry.
func (c *conn) Close(code shared.CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.raw.closing.Store(true)
	// Who waits for running still counts this connection: serve has not ended.
	c.endpoint.running.Go(func() {
		defer hub.Rescue(c.endpoint.log, func() { _ = c.raw.Close() })
		cut := time.AfterFunc(closeWithin, func() { _ = c.raw.Close() })
		defer cut.Stop()
		_ = c.ws.Close(websocket.StatusCode(code), clip(reason)) // fails if the peer is gone or cut
	})
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

// refuse tells the peer of a connection that never became a session why.
func (c *conn) refuse(why shared.Error) {
	_ = c.Write([][]byte{shared.Encode(why)}) // if it fails there is nobody to tell
	code, _ := why.Code.Close()
	c.Close(code, why.Message)
}

// errCrashed is why a connection ends that our own code panicked in.
var errCrashed = errors.New("the server failed")

// crashed ends a session in whose connection a panic was, as the hub does for its own.
func (c *conn) crashed() { c.session.Fail(asError(errCrashed)) }

// serve reads until the connection ends, and then ends its session. Its frame is on
// the stack of every idle connection: a defer here would double that.
func (c *conn) serve() {
	c.pinger = time.AfterFunc(shared.PingEvery, c.ping)
	c.pinger.Reset(rand.N(shared.PingEvery)) // so that those who came together are not pinged together
	c.over(c.read())
}

// over ends what the connection had, once it has ended with err.
func (c *conn) over(err error) {
	defer hub.Rescue(c.endpoint.log, func() { c.crashed(); _ = c.raw.Close() })
	c.pinger.Stop()
	if c.expiry != nil {
		c.expiry.Stop()
	}
	c.end(lost(err))
	crashed := errors.Is(err, errCrashed)
	if !crashed { // else the farewell is under way, which closes the connection
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
	}
	c.report()
	c.endpoint.limits.leave(c.from, c.session.Outcome().Room)
	if !crashed {
		_ = c.ws.CloseNow() // frees what the library holds; waits for a Close under way
	}
}

// lost says why a connection ended that the server did not end: it fell silent
// if the network gave up on it or a ping was stuck so long that the library
// closed it; else the peer or its system closed it.
func lost(err error) shared.Reason {
	var n net.Error
	if errors.Is(err, net.ErrClosed) || errors.As(err, &n) && n.Timeout() {
		return shared.ReasonTimeout
	}
	return shared.ReasonClosed
}

// end ends the session, unless it was ended from this side.
func (c *conn) end(reason shared.Reason) {
	if reason == shared.ReasonTimeout {
		c.session.Silent(time.Unix(0, c.raw.heard.Load()))
	} else {
		c.session.End(reason)
	}
}

// report logs what became of the session. Whoever reads logs can count and
// compare at the default level, but learns of no room and nobody in it: the
// address of a room is all that keeps others out.
func (c *conn) report() {
	out := c.session.Outcome()
	facts := []any{"reason", out.Reason, "lasted", time.Since(c.since).Round(time.Millisecond), "joined", out.Member != ""}
	if out.Code != "" {
		facts = append(facts, "code", out.Code)
	}
	if c.endpoint.log.Enabled(context.Background(), slog.LevelDebug) {
		facts = append(facts, "room", out.Room, "member", out.Member, "remote", c.from)
	}
	c.endpoint.log.Info("session ended", facts...)
}

// read hands each message to the session, until there is no more. What comes
// is read on a goroutine of its own, whose stack is gone when it is quiet again.
//
// In a storm thousands have a message at once. Those whose message is there as
// a whole, which nearly all are, wait for a turn here, where they have hardly
// a stack, and not in the middle of it: for a processor, or for the lock of
// their room. A turn is held for as long as one message takes and never while
// waiting for the peer, so nobody can keep one from the others.
func (c *conn) read() error {
	if !c.raw.rests() {
		return c.readBurst(func() {})
	}
	for {
		c.slowDown()
		if err := c.raw.await(); err != nil {
			return err
		}
		over := func() {}
		if c.raw.limit() {
			over = c.endpoint.turns.take()
		}
		var err error
		var burst sync.WaitGroup
		burst.Go(func() { err = c.readBurst(over) })
		burst.Wait()
		c.raw.unlimit()
		over()
		if !errors.Is(err, errQuiet) {
			return err
		}
	}
}

// readBurst hands messages to the session until the stream is quiet. It calls
// over behind the first.
func (c *conn) readBurst(over func()) (err error) {
	defer hub.Rescue(c.endpoint.log, func() { err = errCrashed; c.crashed() })
	for {
		kind, r, err := c.ws.Reader(context.Background())
		if err != nil {
			return err
		}
		if kind == websocket.MessageBinary {
			c.session.Fail(shared.Errorf(shared.CodeBinaryFrame, "a binary message; this wire has text only"))
		} else if err := c.receive(r); err != nil {
			return err
		}
		c.raw.unlimit()
		over()
		// What is left of a message that was refused: unread, it would make the
		// system reset the connection and with it the error that we sent.
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		c.slowDown()
	}
}

// slowDown waits for as long as the frames that came were too many. What comes
// meanwhile waits in the network, and then with the peer. Nobody else waits: no
// turn is held here.
func (c *conn) slowDown() {
	if frames := c.raw.arrived(); c.pace != nil && frames > 0 {
		now := time.Now()
		time.Sleep(c.pace.ReserveN(now, min(frames, c.pace.Burst())).DelayFrom(now))
	}
}

// messages holds buffers for the messages being read, so that an idle
// connection has none. Most messages fit one; a larger one gets its own.
var messages = sync.Pool{New: func() any { return new([messageBuffer]byte) }}

const messageBuffer = 512

// receive hands the session one message, or so much of it that the session
// sees that it is too large.
func (c *conn) receive(r io.Reader) error {
	buf := messages.Get().(*[messageBuffer]byte)
	defer messages.Put(buf)
	message, err := readMessage(r, buf[:], c.endpoint.hub.MaxFrame())
	if err != nil {
		return err
	}
	c.session.Receive(message)
	return nil
}

// readMessage reads up to one byte more than the most a message may have, into buf if
// that is enough.
func readMessage(r io.Reader, buf []byte, most int) ([]byte, error) {
	n, err := io.ReadFull(r, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return buf[:n], nil
	}
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(r, int64(most+1-n)))
	return append(bytes.Clone(buf), rest...), err
}

// ping asks the peer for a sign of life, and ends the session if none comes.
// The timer runs it on a goroutine of its own, which lives until the pong.
func (c *conn) ping() {
	defer hub.Rescue(c.endpoint.log, c.crashed)
	heard := c.raw.heard.Load()
	first := c.raw.delivery()
	for before := first; ; {
		timedOut, err := c.awaitPong()
		switch {
		case err == nil || timedOut && c.raw.heard.Load() != heard:
			c.pinger.Reset(shared.PingEvery)
			return
		case !timedOut:
			return // closed
		}
		now := c.raw.delivery()
		if !underWay(first, before, now) {
			c.end(shared.ReasonTimeout)
			c.Close(shared.CloseSilent, "no answer to a ping")
			return
		}
		before = now
	}
}

// awaitPong sends a ping and waits for its pong, for shared.PongWithin.
func (c *conn) awaitPong() (timedOut bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), shared.PongWithin)
	defer cancel()
	err = c.ws.Ping(ctx)
	return ctx.Err() != nil, err
}
