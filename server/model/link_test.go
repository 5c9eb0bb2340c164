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

// What travels on a pipe is a kind and, of a message, a part: so a message may
// end in its middle, and pings go between the parts (RFC 6455 §5.4).
const (
	aPart byte = 'm' // of a message that goes on
	aLast byte = 'e'
	aPing byte = 'p'
	aPong byte = 'o'
)

var errTorn = errors.New("the connection ended within a message")

// link is a connection of a tab to a server: the hub's peer, and the loop that
// reads for it. It pings as a server's WebSocket does, and the client's end
// answers as a WebSocket does, which is while somebody reads.
type link struct {
	*seat
	tab       *tab
	near, far *pipetest.End // the server's end and the client's
	ctx       context.Context
	cancel    context.CancelFunc
	writing   time.Time // since when a write is under way; guarded, with all below, by world.mu
	wrote     stretch   // the last write that has ended
	sent      uint64    // the last revision written
	failed    bool      // a write did
	closed    bool      // by the server
	ping      *time.Timer
	pong      *time.Timer

	upCut, downCut, upStalled, downStalled bool
	tornUp, tornDown                       bool      // the next message will be
	severed, hungUp                        bool      // the client's end is gone: suddenly, or closed
	hurt                                   time.Time // since when the server can tell, if it is not healed
}

var _ hub.Peer = (*link)(nil)

// accept makes a connection for t.
func (srv *server) accept(t *tab) (client.Conn, error) {
	near, far := pipetest.New(srv.w.shape.Buffer)
	l := &link{seat: srv.newSeat(t.member.room, t.member.key), tab: t, near: near, far: far}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	var err error
	if l.session, err = srv.hub.Connect(t.member.room, l); err != nil {
		l.cancel()
		return nil, err
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
	return cable{l}, nil
}

// serve reads until the connection ends, and then ends the session. A server
// that crashed does not get to it.
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

// stop ends what runs for the connection at the server. world.mu is held.
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
		l.pong = time.AfterFunc(shared.PongWithin, l.silent)
	}
	w.mu.Unlock()
	_ = l.near.Write(l.ctx, []byte{aPing}) // if it fails the connection is over
}

func (l *link) control(kind byte) error {
	l.server.w.locked(func() {
		if kind == aPong && !l.closed {
			l.pong.Stop()
			l.ping.Reset(shared.PingEvery)
		}
	})
	return nil
}

// silent ends a connection on which no pong came.
func (l *link) silent() {
	l.end(shared.ReasonTimeout)
	l.Close(shared.CloseSilent, "no answer to a ping")
}

// Write sends one message to the client.
func (l *link) Write(parts [][]byte) error {
	w := l.server.w
	w.mu.Lock()
	l.writing = time.Now()
	torn := l.tornDown
	w.mu.Unlock()
	err := send(l.ctx, l.near, parts, torn)
	w.mu.Lock()
	defer w.mu.Unlock()
	l.wrote, l.writing = stretch{l.writing, time.Now()}, time.Time{}
	l.failed = l.failed || err != nil
	if rev, ok := lastRev(parts); ok {
		l.sent = rev
	}
	l.severed = l.severed || torn
	return err
}

// lastRev finds the last revision that a message speaks of. What stands for it
// in JSON can't stand in a name, where quotes are escaped.
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
		l.server.w.failLocked(l.judge(code))
		l.stop()
	})
	if code == shared.CloseAbnormal {
		l.near.Break()
		return
	}
	l.near.Close(code, reason)
}

// judge says what is wrong with the server hanging up on the client, and notes
// why it did. world.mu is held.
func (l *link) judge(code shared.CloseCode) error {
	now := time.Now()
	why := shared.ReasonClosed
	switch {
	case l.server.dead || l.ended:
		return nil
	case code == shared.CloseTooSlow && l.stuck(now):
		why = shared.ReasonTimeout
	case code == shared.CloseAbnormal && l.failed:
	case code == shared.CloseJoinTimeout && !l.joined && now.Sub(l.opened) >= shared.JoinWithin:
	case (code == shared.CloseLeft || code == shared.CloseNormal) && l.person.leftAt.Equal(now):
		return nil // the oracle is about to hear of it
	case code == shared.CloseLeft && l.server.w.mesh != nil && l.tab.member.leaves > 0:
		l.ended = true // on another node, which told this one
		return nil
	default:
		return fmt.Errorf("the hub hung up on %v with %d", l.tab, code)
	}
	l.over(why)
	return nil
}

// stretch is from when to when something was.
type stretch struct{ from, to time.Time }

// stuck reports whether a write is under way for too long, or was until this
// instant: the hub decides before it hangs up. world.mu is held.
func (l *link) stuck(now time.Time) bool {
	since := l.writing
	if since.IsZero() && l.wrote.to.Equal(now) {
		since = l.wrote.from
	}
	return !since.IsZero() && now.Sub(since) >= shared.StuckWriteAfter-slack
}

// cable is the client's end of a link.
type cable struct{ l *link }

var _ client.Conn = cable{}

func (c cable) Read(ctx context.Context) ([]byte, error) {
	return message(ctx, c.l.far, func(kind byte) error {
		if kind != aPing {
			return nil
		}
		return c.l.far.Write(ctx, []byte{aPong})
	})
}

func (c cable) Write(ctx context.Context, frame []byte) error {
	var torn bool
	c.l.server.w.locked(func() {
		torn = c.l.tornUp
		c.l.hungUp = c.l.hungUp || torn
	})
	return send(ctx, c.l.far, [][]byte{frame}, torn)
}

func (c cable) Close(code shared.CloseCode, reason string) error {
	c.l.server.w.locked(func() { c.l.hungUp = true })
	return c.l.far.Close(code, reason)
}

// send writes a message in its parts, or half of one and no more.
func send(ctx context.Context, end *pipetest.End, parts [][]byte, torn bool) error {
	if torn {
		_ = end.Write(ctx, append([]byte{aPart}, parts[0][:len(parts[0])/2]...))
		_ = end.Close(shared.CloseAbnormal, "")
		return errTorn
	}
	for i, part := range parts {
		kind := aPart
		if i == len(parts)-1 {
			kind = aLast
		}
		if err := end.Write(ctx, append([]byte{kind}, part...)); err != nil {
			return err
		}
	}
	return nil
}

// message reads a whole message, and gives what comes between its parts to control.
func message(ctx context.Context, end *pipetest.End, control func(kind byte) error) ([]byte, error) {
	var whole []byte
	for {
		frame, err := end.Read(ctx)
		if err != nil {
			return nil, err
		}
		switch kind := frame[0]; kind {
		case aPart, aLast:
			whole = append(whole, frame[1:]...)
			if kind == aLast {
				return whole, nil
			}
		default:
			if err := control(kind); err != nil {
				return nil, err
			}
		}
	}
}
