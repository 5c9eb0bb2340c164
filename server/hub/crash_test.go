package hub

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"rollcall/shared"
)

// bomb is a peer in whose code a bug is planted.
type bomb struct {
	*peer
	armed bool
}

func (b *bomb) Write(parts [][]byte) error {
	if b.armed {
		panic("planted")
	}
	return b.peer.Write(parts)
}

// A bug that one session runs into ends that session, with its stack in the
// log, and nothing else.
func TestACrashCostsOneSession(t *testing.T) {
	var log bytes.Buffer
	run(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, h *Hub) {
		watcher, ws := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		b := &bomb{peer: newPeer(t)}
		s, err := h.Connect("lobby", b)
		want(t, "error", err, nil)
		s.Receive(shared.Encode(ada()))
		synctest.Wait()
		watcher.take()

		b.armed = true
		ws.Receive(update("Watcher"))
		synctest.Wait()
		if _, closed := b.closedWith(); !closed {
			t.Error("the session in whose code the bug is goes on")
		}
		want(t, "sessions", h.Stats().Sessions, 1)
		want(t, "the others hear", watcher.names(), []string{"user_updated"})
		if !strings.Contains(log.String(), "planted") || !strings.Contains(log.String(), "crash_test.go") {
			t.Errorf("no stack in the log: %s", &log)
		}

		c, cs := enter(t, h, "lobby", shared.GotANewUser{Name: "Cy"})
		synctest.Wait()
		cs.room.mu.Lock()
		delete(cs.room.members, c.you)                     // a room that is not as it must be:
		cs.room.roster = shared.NewRoster("lobby", "none") // the next change of it panics
		cs.room.mu.Unlock()
		cs.Receive(update("Cyan"))
		synctest.Wait()
		want(t, "errors", h.Stats().Failed[shared.CodeInternal], uint64(1))
	})
}
