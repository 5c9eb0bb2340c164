package cluster

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
)

// trap is a transport of which every other call panics.
type trap struct {
	mu    sync.Mutex
	calls map[string]int
}

func (tr *trap) call(what string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.calls[what]++; tr.calls[what]%2 == 0 {
		panic("planted in " + what)
	}
}

func (tr *trap) Broadcast([]byte)             { tr.call("broadcast") }
func (tr *trap) Send(string, []byte)          { tr.call("send") }
func (tr *trap) Probe(string, []byte, func()) { tr.call("probe") }
func (tr *trap) MaxMessage() int              { return natsMaxBytes }
func (tr *trap) Connected() bool              { return true }
func (tr *trap) Close()                       {}

// A panic while a node processes a message, in a tick or in a round of sending costs only
// that: its stack is logged, and the node continues.
func TestANodeSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := New(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		ping := message{Kind: kindPing, From: "x"}.encode()
		c.Receive(ping) // panics, because Start was not called
		crashed := func(where string) {
			t.Helper()
			synctest.Wait()
			if s := log.String(); !strings.Contains(s, "crashed") || !strings.Contains(s, where) {
				t.Errorf("no crash with %q in the log:\n%s", where, s)
			}
			log.Reset()
		}
		crashed("nil pointer")

		tr := &trap{calls: map[string]int{}}
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, tr)
		time.Sleep(3*helloEvery + tickEvery)
		crashed("planted in broadcast")
		if tr.calls["broadcast"] < 4 {
			t.Errorf("after a crash no hello is said: %v", tr.calls)
		}
		for range 3 {
			c.Receive(ping)
			synctest.Wait()
		}
		crashed("planted in send")
		if tr.calls["send"] < 3 {
			t.Errorf("after a crash nothing is sent: %v", tr.calls)
		}
		if tr.calls["broadcast"]%2 == 1 {
			time.Sleep(helloEvery) // so that the goodbye does not panic
			synctest.Wait()
		}
		c.Close(0)
		h.Close()
	})
}
