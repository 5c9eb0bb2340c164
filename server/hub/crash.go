package hub

import (
	"errors"
	"runtime/debug"

	"rollcall/shared"
)

// errCrashed is why a session ends whose peer made our own code panic.
var errCrashed = errors.New("the server failed")

// rescue keeps a panic from ending more than what it happened in: deferred
// before a lock is taken, it runs when that has been released. It logs the
// stack, which holds no names, and calls after, if not nil.
func (h *Hub) rescue(after func()) {
	what := recover()
	if what == nil {
		return
	}
	h.config.Log.Error("crashed", "panic", what, "stack", string(debug.Stack()))
	if after != nil {
		after()
	}
}

// crashed ends a session in whose code a panic was.
func (s *Session) crashed() { s.Fail(shared.Errorf(shared.CodeInternal, "the server failed")) }
