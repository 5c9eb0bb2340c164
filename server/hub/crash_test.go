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

// The same for a bug in what writes to the sessions: the one that it was about to
// write to ends, and the others are told everything.
func TestACrashOfAFlusherCostsOneSession(t *testing.T) {
	var log bytes.Buffer
	run(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, h *Hub) {
		_, first := enter(t, h, "lobby", shared.GotANewUser{Name: "first"})
		broken, bs := enter(t, h, "lobby", shared.GotANewUser{Name: "broken"})
		last, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "last"})
		synctest.Wait()
		last.take()
		bs.room.mu.Lock()
		bs.cursor = bs.room.log.head() + 1<<40 // as no session's can be
		bs.room.mu.Unlock()
		first.Receive(update("First"))
		synctest.Wait()
		if _, closed := broken.closedWith(); !closed {
			t.Error("the session in whose delivery the bug is goes on")
		}
		want(t, "the last hears", last.names(), []string{"user_updated"})
		want(t, "sessions", h.Stats().Sessions, 2)
		want(t, "errors", h.Stats().Failed[shared.CodeInternal], uint64(1))
		if n := strings.Count(log.String(), "msg=crashed"); n != 1 || !strings.Contains(log.String(), "flush.go") {
			t.Errorf("crashed %d times: %s", n, &log)
		}
		first.Receive(update("Ada"))
		synctest.Wait()
		want(t, "the last hears more", last.names(), []string{"user_updated"})
	})
}
