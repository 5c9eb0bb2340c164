package cluster

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
)

// nowhere is a transport that loses every message.
type nowhere struct{}

func (nowhere) Broadcast([]byte)             {}
func (nowhere) Send(string, []byte)          {}
func (nowhere) Probe(string, []byte, func()) {}
func (nowhere) MaxMessage() int              { return natsMaxBytes }
func (nowhere) Connected() bool              { return true }
func (nowhere) Close()                       {}

// loads checks that people are let into a room after the given time, and not before.
func loads(t *testing.T, c *Cluster, room string, after time.Duration) {
	t.Helper()
	loaded := c.Mesh().Opened(room)
	began := time.Now()
	synctest.Wait()
	select {
	case <-loaded:
		if after > 0 {
			t.Errorf("%s is open at once, not after %v", room, after)
		}
		return
	default:
	}
	<-loaded
	if took := time.Since(began); took != after {
		t.Errorf("%s is open after %v, want %v", room, took, after)
	}
}

// A node that starts gives others the time to be heard. Then it waits for each that was heard
// to sync a room, up to a bound.
func TestANodeWaitsForOthersBeforeItLetsAnybodyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, nowhere{})
		loads(t, c, "opened-at-the-start", discoverWithin)
		loads(t, c, "opened-alone", 0)

		c.Receive(message{Kind: kindHello, From: "other", Info: &nodeInfo{Name: "other"}}.encode())
		loads(t, c, "opened-with-another", loadWithin)
		c.Receive(message{Kind: kindBye, From: "other"}.encode())
		loads(t, c, "opened-after-a-goodbye", 0)
		c.Close(0)
		h.Close()
	})
}

// A node that was paused says hello at every tick, until the others must have heard it.
func TestANodeThatPausedIsQuickToSayHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		net := &recorder{}
		c.Start(h, net)
		now := time.Now()
		hellos := func(ticks int) int {
			before := net.hellos
			for range ticks {
				now = now.Add(tickEvery)
				c.tick(now)
			}
			return net.hellos - before
		}
		if n := hellos(10); n != 5 {
			t.Errorf("%d hellos in 10 ticks, want 5", n)
		}
		now = now.Add(ownPause + time.Millisecond)
		if n, ticks := hellos(12), int(lostAfter/tickEvery); n != ticks {
			t.Errorf("%d hellos in the %d ticks after a pause", n, ticks)
		}
		if n := hellos(10); n != 5 {
			t.Errorf("%d hellos in 10 ticks later, want 5", n)
		}
		c.Close(0)
		h.Close()
	})
}
