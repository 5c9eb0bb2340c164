package hub

import (
	"log/slog"
	"runtime/debug"

	"rollcall/shared"
)

// A panic in a peer's methods or while a message is decoded ends that session. A panic
// under a room's lock may leave the roster, its log and its pages inconsistent, so it
// closes the room.

// errCrashed is what clients are sent after a panic. They reconnect.
var errCrashed = shared.Errorf(shared.CodeInternal, "the server failed")

// rescue is Rescue for goroutines of the hub. It must be deferred before a lock is
// taken, so that it runs after the release.
func (h *Hub) rescue(after func()) {
	if what := recover(); what != nil {
		report(h.config.Log, what, after)
	}
}

// Rescue recovers from a panic: it logs the value and the stack, which contains no names
// of members, and calls after unless that is nil. It must be deferred directly.
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

// crashed ends a session whose code panicked.
func (s *Session) crashed() { s.Fail(errCrashed) }

// crashed closes the room after a panic under its lock, and releases the lock. All
// sessions are sent an error and reconnect to a room of another epoch. Other nodes learn
// that this node has nobody in it.
func (r *room) crashed(what any) {
	report(r.hub.config.Log, what, nil)
	r.ruin()
	h := r.hub
	defer h.rescue(nil)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(r)
}

func (r *room) ruin() {
	defer r.mu.Unlock()
	defer r.hub.rescue(nil)
	if r.closed {
		return
	}
	var told []string
	for id, m := range r.members {
		if m.replica != nil && m.replica.own != nil {
			told = append(told, id)
		}
	}
	r.withdrawInfo()
	r.close(errCrashed)
	for _, id := range told {
		r.hub.config.Mesh.Tell(r.name, Change{Kind: ChangeGone, ID: id, Reason: shared.ReasonClosed})
	}
}
