package cluster

import (
	"cmp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// recorder is a transport that keeps what is sent, and delivers nothing.
type recorder struct {
	nowhere
	most int // the result of MaxMessage

	mu     sync.Mutex // guards the rest
	sent   [][]byte   // to one node
	hellos int        // to all nodes, with goodbyes
}

func (r *recorder) MaxMessage() int { return cmp.Or(r.most, natsMaxBytes) }

func (r *recorder) Broadcast([]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hellos++
}

func (r *recorder) Send(_ string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, data)
}

// count returns how many messages of a kind were sent to one node.
func (r *recorder) count(kind string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, data := range r.sent {
		if m, err := decode(data); err == nil && m.Kind == kind {
			n++
		}
	}
	return n
}

// Missing operations are requested until they come, whether others come in the meantime or
// not: the request may be lost as well.
func TestMissingOperationsAreRequestedUntilTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &recorder{}
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, net)
		const peer = "peer"
		c.Receive(message{Kind: kindHello, From: peer}.encode())
		say := func(seq uint64) {
			drop := op{Op: opUnsubscribe, Room: shared.Lobby}
			c.Receive(message{Kind: kindOps, From: peer, Stream: streamTo(c, peer), Seq: seq, Ops: []op{drop}}.encode())
		}
		say(1)
		say(3)
		time.Sleep(2*time.Second + time.Millisecond)
		if n := net.count(kindResend); n < 4 {
			t.Errorf("asked for it %d times in 2 s", n)
		}
		say(2)
		say(3)
		before := net.count(kindResend)
		time.Sleep(time.Second)
		if n := net.count(kindResend); n != before {
			t.Errorf("asked for it %d times when it had come", n-before)
		}
		c.Close(0)
		h.Close()
	})
}
