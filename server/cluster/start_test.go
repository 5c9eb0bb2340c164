package cluster

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
)

// nowhere is a transport by which nothing arrives.
type nowhere struct{}

func (nowhere) Broadcast([]byte)             {}
func (nowhere) Send(string, []byte)          {}
func (nowhere) Probe(string, []byte, func()) {}
func (nowhere) Connected() bool              { return true }
func (nowhere) Close()                       {}

// loads checks that nobody is let into a room before the given time has passed, and
// everybody is then.
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

// A node that starts may be one of many, and gives them the time to be heard; it waits
// then for each that was heard to tell of a room, but not for long.
func TestWhomANodeWaitsForBeforeItLetsAnybodyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, nowhere{})
		loads(t, c, "opened-at-the-start", meetWithin)
		loads(t, c, "opened-alone", 0)

		c.Receive(message{Kind: kindHello, From: "other", Info: &info{Name: "other"}}.encode())
		loads(t, c, "opened-with-another", loadWithin)
		c.Receive(message{Kind: kindBye, From: "other"}.encode())
		loads(t, c, "opened-after-a-goodbye", 0)
		c.Close(0)
		h.Close()
	})
}

// counter is nowhere, and counts what it is given for all.
type counter struct {
	nowhere
	said int
}

func (c *counter) Broadcast([]byte) { c.said++ }

// A node that was away for a while says so at every tick, until the others must have
// heard it.
func TestANodeThatPausedIsQuickToSayHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		net := &counter{}
		c.Start(h, net)
		now := time.Now()
		hellos := func(ticks int) int {
			before := net.said
			for range ticks {
				now = now.Add(tickEvery)
				c.tick(now)
			}
			return net.said - before
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
