package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

// The kinds of frames on a pipe, which are their first byte. A message consists of
// several frames, so that a connection may break within it, and control frames may
// come between them (RFC 6455 §5.4).
const (
	partFrame byte = 'm' // a part of a message, not the last
	lastFrame byte = 'e' // the last part of a message
	pingFrame byte = 'p'
	pongFrame byte = 'o'
)

var errTorn = errors.New("the connection ended within a message")

// link is a connection of a tab to a server. It is the hub's peer, reads the client's
// messages and sends pings, as package transport does with a WebSocket. The client's
// end answers pings while a Read is under way, as a WebSocket does.
type link struct {
	*seat
	tab       *tab
	near, far *pipetest.End // the server's end and the client's
	ctx       context.Context
	cancel    context.CancelFunc

	// Guarded by world.mu.
	writing time.Time   // when the current write began; zero if there is none
	wrote   interval    // the last completed write
	sent    uint64      // the last revision written
	failed  bool        // a write has failed
	closed  bool        // by the server
	ping    *time.Timer // sends the next ping
	pinged  time.Time   // when the last ping was sent
	pong    *time.Timer // ends the connection if no pong comes

	upCut, downCut, upStalled, downStalled bool
	tornUp, tornDown                       bool      // the connection will break within the next message
	panics                                 bool      // the next Write panics
	owed                                   []string  // what was announced while it read
	kicked                                 time.Time // when its member was kicked, all nodes being connected
	promised                               []promise // in a cluster, instead of owed
	severed, hungUp                        bool      // the client's end is gone: it broke, or was closed
	damaged                                time.Time // when the first fault began that is not healed
}

var _ hub.Peer = (*link)(nil)

// accept makes a connection for t. If it is mute, it loses all messages.
func (srv *server) accept(t *tab, mute bool) (client.Conn, error) {
	near, far := pipetest.New(srv.w.shape.Buffer)
	l := &link{seat: srv.newSeat(t.member.room, t.member.key), tab: t, near: near, far: far}
	l.signedIn = t.member.signIn != nil
	l.ctx, l.cancel = context.WithCancel(context.Background())
	var err error
	if l.session, err = srv.hub.ConnectAs(t.member.room, l, t.member.signIn); err != nil {
		l.cancel()
		return nil, err
	}
	if mute {
		l.cutUp()
		l.cutDown()
	}
	w := srv.w
	w.mu.Lock()
	defer w.mu.Unlock()
	srv.links[l] = true
	t.link = l
	t.member.past = append(t.member.past, l.seat)
	if srv.crashed {
		near.Break()
	}
	first := time.Duration(w.random.Int64N(int64(shared.PingEvery)))
	l.ping = time.AfterFunc(first, l.sendPing)
	go l.serve()
	return clientEnd{l}, nil
}

// serve reads until the connection ends, and then ends the session, unless the server
// has crashed.
func (l *link) serve() {
	for {
		frame, err := message(context.Background(), l.near, l.control)
		if err != nil {
			break
		}
		l.receive(frame)
	}
	var crashed bool
	l.server.w.locked(func() { crashed = l.server.crashed; l.stop() })
	if !crashed {
		l.end(shared.ReasonClosed)
	}
	l.near.Close(shared.CloseNormal, "")
}

// stop stops the server's timers and writes for the connection. world.mu is held.
func (l *link) stop() {
	l.closed = true
	l.ping.Stop()
	if l.pong != nil {
		l.pong.Stop()
	}
	l.cancel()
	delete(l.server.links, l)
}

func (l *link) sendPing() {
	w := l.server.w
	w.mu.Lock()
	if !l.closed {
		l.pinged = time.Now()
		l.pong = time.AfterFunc(shared.PongWithin, l.silent)
	}
	w.mu.Unlock()
	_ = l.near.Write(l.ctx, []byte{pingFrame}) // if it fails the connection is over
}

// control handles a control frame of the client: a pong schedules the next ping.
func (l *link) control(kind byte) error {
	l.server.w.locked(func() {
		if kind == pongFrame && !l.closed {
			l.pong.Stop()
			l.ping.Reset(time.Until(l.pinged.Add(shared.PingEvery)))
		}
	})
	return nil
}

// silent ends a connection on which no pong has come in time.
func (l *link) silent() {
	l.end(shared.ReasonTimeout)
	l.Close(shared.CloseSilent, "no answer to a ping")
}

// Write sends one message to the client, or panics if the schedule says so.
func (l *link) Write(parts [][]byte) error {
	w := l.server.w
	w.mu.Lock()
	torn, panics := l.tornDown, l.panics
	l.failed = l.failed || panics
	if !panics {
		l.writing = time.Now()
	}
	w.mu.Unlock()
	if panics {
		panic("planted: a connection's code")
	}
	err := send(l.ctx, l.near, parts, torn)
	w.mu.Lock()
	defer w.mu.Unlock()
	l.wrote, l.writing = interval{l.writing, time.Now()}, time.Time{}
	l.failed = l.failed || err != nil
	if rev, ok := lastRev(parts); ok {
		l.sent = rev
	}
	l.severed = l.severed || torn
	return err
}

// lastRev returns the last revision in a message. It searches for the field's JSON,
// which can't be part of a name, where quotes are escaped.
func lastRev(parts [][]byte) (rev uint64, ok bool) {
	const field = `"rev":`
	for _, part := range slices.Backward(parts) {
		if at := bytes.LastIndex(part, []byte(field)); at >= 0 {
			_, err := fmt.Sscanf(string(part[at+len(field):]), "%d", &rev)
			return rev, err == nil
		}
	}
	return 0, false
}

// Close ends the connection from the server's side.
func (l *link) Close(code shared.CloseCode, reason string) {
	l.server.w.locked(func() {
		l.server.w.failLocked(l.checkClose(code))
		l.stop()
	})
	if code == shared.CloseAbnormal {
		l.near.Break()
		return
	}
	l.near.Close(code, reason)
}

// checkClose returns an error if the server had no reason to close the connection with
// code. Otherwise it notes the end of the session. world.mu is held.
func (l *link) checkClose(code shared.CloseCode) error {
	now := time.Now()
	why := shared.ReasonClosed
	switch {
	case l.server.dead || l.ended:
		return nil
	case code == shared.CloseTooSlow && l.stuck(now):
		why = shared.ReasonTimeout
	case code == shared.CloseAbnormal && l.failed:
	case code == shared.CloseInternal && l.server.w.ruined:
	case code == shared.CloseJoinTimeout && !l.joined && l.watches == "" && now.Sub(l.opened) >= shared.JoinWithin:
	case code == shared.CloseLocked && (l.asked.Equal(now) || l.server.w.mesh != nil):
		return nil // seat.receive is about to note that; in a cluster there is no oracle
	case (code == shared.CloseBanned || code == shared.CloseKicked) && l.server.w.mesh != nil && l.tab.member.sentAway:
		l.markEnded()
		return nil
	case (code == shared.CloseBanned || code == shared.CloseKicked) && l.person.expelledAt.Equal(now):
		return nil // server.expel is about to note that
	case (code == shared.CloseBanned || code == shared.CloseKicked) && l.asked.Equal(now):
		return nil // seat.receive is about to
	case (code == shared.CloseLeft || code == shared.CloseNormal) && l.person.leftAt.Equal(now):
		return nil // seat.receive is about to note the leave
	case code == shared.CloseLeft && l.server.w.mesh != nil && l.tab.member.leaves > 0:
		l.markEnded() // the member left on another node, which has told this one
		return nil
	default:
		return fmt.Errorf("the hub hung up on %v with %d", l.tab, code)
	}
	l.noteEnd(why)
	return nil
}

// interval is a span of time.
type interval struct{ from, to time.Time }

// stuck reports whether a write has been under way for too long, or has just ended
// after that: the hub decides before it closes the connection. world.mu is held.
func (l *link) stuck(now time.Time) bool {
	since := l.writing
	if since.IsZero() && l.wrote.to.Equal(now) {
		since = l.wrote.from
	}
	return !since.IsZero() && now.Sub(since) >= shared.StuckWriteAfter-slack
}

// clientEnd is a link as the client's connection.
type clientEnd struct{ l *link }

var _ client.Conn = clientEnd{}

func (c clientEnd) Read(ctx context.Context) ([]byte, error) {
	return message(ctx, c.l.far, func(kind byte) error {
		if kind != pingFrame {
			return nil
		}
		return c.l.far.Write(ctx, []byte{pongFrame})
	})
}

func (c clientEnd) Write(ctx context.Context, frame []byte) error {
	var torn bool
	c.l.server.w.locked(func() {
		torn = c.l.tornUp
		c.l.hungUp = c.l.hungUp || torn
	})
	return send(ctx, c.l.far, [][]byte{frame}, torn)
}

func (c clientEnd) Close(code shared.CloseCode, reason string) error {
	c.l.server.w.locked(func() { c.l.hungUp = true })
	return c.l.far.Close(code, reason)
}

// send writes a message in parts. If torn, it writes half of the first part and closes
// the connection.
func send(ctx context.Context, end *pipetest.End, parts [][]byte, torn bool) error {
	if torn {
		_ = end.Write(ctx, append([]byte{partFrame}, parts[0][:len(parts[0])/2]...))
		_ = end.Close(shared.CloseAbnormal, "")
		return errTorn
	}
	for i, part := range parts {
		kind := partFrame
		if i == len(parts)-1 {
			kind = lastFrame
		}
		if err := end.Write(ctx, append([]byte{kind}, part...)); err != nil {
			return err
		}
	}
	return nil
}

// message reads a whole message. It calls control for each control frame before its
// end.
func message(ctx context.Context, end *pipetest.End, control func(kind byte) error) ([]byte, error) {
	var whole []byte
	for {
		frame, err := end.Read(ctx)
		if err != nil {
			return nil, err
		}
		switch kind := frame[0]; kind {
		case partFrame, lastFrame:
			whole = append(whole, frame[1:]...)
			if kind == lastFrame {
				return whole, nil
			}
		default:
			if err := control(kind); err != nil {
				return nil, err
			}
		}
	}
}
