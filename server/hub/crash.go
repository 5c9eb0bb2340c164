package hub

import (
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"rollcall/shared"
)

// errCrashed is why a session ends whose peer made our own code panic.
var errCrashed = errors.New("the server failed")

// rescue is Rescue for what the hub itself runs. Where it is deferred before a lock
// is taken, it runs when that has been released.
func (h *Hub) rescue(after func()) {
	if what := recover(); what != nil {
		report(h.config.Log, what, after)
	}
}

// Rescue, deferred, keeps a panic from ending more than the function that it happened
// in: it logs it with the stack, which holds no names, and calls after, if not nil.
func Rescue(log *slog.Logger, after func()) {
	if what := recover(); what != nil {
		report(log, what, after)
	}
}

func report(log *slog.Logger, what any, after func()) {
	log.Error("crashed", "panic", what, "stack", string(debug.Stack()))
	if after != nil {
		after()
	}
}

// crashed ends a session in whose code a panic was.
func (s *Session) crashed() { s.Fail(shared.Errorf(shared.CodeInternal, "the server failed")) }

// abandon ends the sessions that fl, which has crashed, had in hand: what they were
// sent nobody knows. The others are served by others.
func (r *room) abandon(fl *flusher) {
	r.mu.Lock()
	defer r.unlock()
	if fl.alone {
		r.hub.slow.Add(-1)
	}
	r.retire(fl)
	for _, s := range append(fl.batch.sessions, fl.hand) {
		if s == nil || s.ended {
			continue
		}
		r.hub.stats.failed(shared.CodeInternal)
		s.end(shared.ReasonClosed, time.Now())
		s.peer.Close(shared.CloseAbnormal, "")
		r.wakeAll() // else the next would crash as this one did, without end
	}
}
