package transport

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// pulse is what a connection knows of its peer's life. The library has a Ping of its own,
// but that costs a context, a channel and a goroutine that waits, which is most of what a
// connection costs at rest.
type pulse struct {
	mu            sync.Mutex
	timer         *time.Timer // runs conn.ping; stopped for good by stop
	stopped       bool
	awaited       bool      // the last ping has no pong yet
	count         uint32    // the last ping, which its pong repeats
	asked         time.Time // when it was sent
	first, before delivery  // when it was sent, and at the beginning of the last wait
}

// startPings has the peer pinged from now on. The first ping comes at a random time, so
// that those of connections which began together are spread.
func (c *conn) startPings() {
	p := &c.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(rand.N(shared.PingEvery), c.ping)
}

// stop ends the pings.
func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.timer.Stop()
}

// ping asks the peer for a sign of life, or ends the session if none has come. Other
// messages of the peer are no sign of life: a peer that reads answers pings, and one that
// doesn't read can't be told anything. A ping that can't be written is not answered either.
func (c *conn) ping() {
	defer hub.Rescue(c.endpoint.log, c.crashed)
	frame, silent := c.pulse.beat(c.raw.delivery(), c.pausedUntil.Load())
	switch {
	case silent:
		c.endSession(shared.ReasonTimeout)
		c.Close(shared.CloseSilent, "no answer to a ping")
	case frame != nil:
		_ = c.raw.out.writeControl(frame) // the reading side sees why it fails
	}
}

// beat returns the ping to be sent if one is due, or that the peer is silent: it has not
// answered within shared.PongWithin, and the ping is not on its way behind other data, nor
// can its pong be there unread because reading was paused. PausedUntil is in nanoseconds
// since 1970.
func (p *pulse) beat(now delivery, pausedUntil int64) (ping []byte, silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.stopped:
		return nil, false
	case !p.awaited:
		p.asked, p.awaited, p.first, p.before = time.Now(), true, now, now
		p.count++
		p.timer.Reset(shared.PongWithin)
		return binary.BigEndian.AppendUint32([]byte{finalBit | pingOpcode, pingPayload}, p.count), false
	case pausedUntil > p.asked.UnixNano() && !stalled(p.before, now):
		p.answered()
		return nil, false
	case inTransit(p.first, p.before, now):
		p.before = now
		p.timer.Reset(shared.PongWithin)
		return nil, false
	}
	return nil, true
}

// pong takes the payload of a pong. Only that of the last ping is a sign of life.
func (c *conn) pong(payload []byte) {
	p := &c.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.awaited && !p.stopped && len(payload) == pingPayload && binary.BigEndian.Uint32(payload) == p.count {
		p.answered()
	}
}

// answered makes the next ping due one interval after the last one, not after its pong:
// otherwise a peer that answers late once, and then never, would count as present for that
// much longer. p.mu is held.
func (p *pulse) answered() {
	p.awaited = false
	p.timer.Reset(time.Until(p.asked.Add(shared.PingEvery)))
}
