package hub

import (
	"slices"
	"time"

	"rollcall/shared"
)

// slowWrite is how long a write may take before its session is isolated, so that others
// do not wait for it. It is far longer than a write to a socket with space in its
// buffer, and far shorter than a person notices.
const slowWrite = 5 * time.Millisecond

// replaceSlow isolates the slow consumers and starts other flushers in place of those
// that are blocked on them.
func (r *room) replaceSlow() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	f := &r.fanout
	crew := len(f.flushers)
	f.flushers = slices.DeleteFunc(f.flushers, func(fl *flusher) bool {
		if steps := fl.batch.steps.Load(); steps != fl.seen {
			fl.seen = steps
			return false
		}
		return r.isolate(fl)
	})
	if len(f.flushers) < crew {
		r.startFlushers(crew)
	} else if crew > 0 {
		f.slowTimer.Reset(slowWrite)
	}
}

// isolate leaves fl alone with the session that it is writing to, and returns false if
// it is writing to none. The other sessions of its batch are released or served by
// another flusher.
func (r *room) isolate(fl *flusher) bool {
	done, rest, writing := fl.batch.cut()
	if !writing {
		return false
	}
	for i, s := range done {
		r.settleWrite(fl, s, fl.batch.failed[i])
	}
	for _, s := range rest {
		r.requeue(fl, s)
	}
	fl.alone = true
	r.hub.slow.Add(1)
	r.closeIfStuck(fl, fl.batch.sessions[0], shared.StuckWriteAfter-slowWrite)
	return true
}

// requeue returns an unwritten session to the queue.
func (r *room) requeue(fl *flusher, s *Session) {
	if s.cursor == fl.batch.to { // otherwise the session has been resynchronized meanwhile
		s.cursor = fl.batch.from
	}
	r.settleWrite(fl, s, false)
}

// serveAlone writes to a slow session until it has caught up.
func (r *room) serveAlone(fl *flusher, s *Session) {
	for s.behind() {
		r.closeIfStuck(fl, s, shared.StuckWriteAfter)
		fl.batch.begin(r.nextDelivery(fl, s), s)
		r.serve(fl)
	}
}

// extendDeadline restarts the timeout of fl's session, if it is slow, between two
// messages of one delivery: the timeout is for a single write.
func (r *room) extendDeadline(fl *flusher) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if fl.kill != nil && fl.kill.Stop() { // otherwise the session is being closed
		r.closeIfStuck(fl, fl.batch.sessions[0], shared.StuckWriteAfter)
	}
}

// closeIfStuck closes s if the current write of fl to it takes longer than after.
func (r *room) closeIfStuck(fl *flusher, s *Session, after time.Duration) {
	var kill *time.Timer
	kill = time.AfterFunc(after, func() {
		defer r.hub.rescue(nil)
		if r.giveUp(fl, &kill, s) {
			s.peer.Close(shared.CloseTooSlow, "")
		}
	})
	fl.kill = kill
}

// giveUp ends s and returns true, unless the write that the timer *kill belongs to has
// returned. *kill is set under the lock.
func (r *room) giveUp(fl *flusher, kill **time.Timer, s *Session) (given bool) {
	r.mu.Lock()
	defer r.unlock()
	if fl.kill != *kill {
		return false
	}
	if !s.ended {
		r.hub.stats.Failed(shared.CodeTooSlow)
	}
	given = true // also after a panic: a room that crashes then does not know the session any more
	s.end(shared.ReasonTimeout, time.Now().Add(-shared.StuckWriteAfter))
	return given
}
