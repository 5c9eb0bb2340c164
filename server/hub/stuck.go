package hub

import (
	"slices"
	"time"

	"rollcall/shared"
)

// A write that takes this long keeps others waiting no longer: its session
// goes on alone. Far above what a write to a socket with room in its buffer
// takes, far below what a person notices.
const slowWrite = 5 * time.Millisecond

// relieve replaces the flushers that sit in one write for long, so that nobody
// waits for a slow reader but the slow reader.
func (r *room) relieve() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	f := &r.fanout
	crew := len(f.flushers)
	f.flushers = slices.DeleteFunc(f.flushers, func(fl *flusher) bool {
		if steps := fl.batch.steps.Load(); steps != fl.seen {
			fl.seen = steps
			return false
		}
		return r.leaveAlone(fl)
	})
	if len(f.flushers) < crew {
		r.employ(crew)
	} else if crew > 0 {
		f.watch.Reset(slowWrite)
	}
}

// leaveAlone leaves fl with the session that it is writing to, if it is writing.
// The others of its batch have been served, or go back to be served by somebody else.
func (r *room) leaveAlone(fl *flusher) bool {
	done, rest, writing := fl.batch.cut()
	if !writing {
		return false
	}
	for i, s := range done {
		r.settleWrite(fl, s, fl.batch.failed[i])
	}
	for _, s := range rest {
		r.giveBack(fl, s)
	}
	fl.alone = true
	r.hub.slow.Add(1)
	r.killStuck(fl, fl.batch.sessions[0], shared.StuckWriteAfter-slowWrite)
	return true
}

// giveBack undoes that s was taken, for which nothing was written to it.
func (r *room) giveBack(fl *flusher, s *Session) {
	if s.cursor == fl.batch.to { // else it has asked for its roster again
		s.cursor = fl.batch.from
	}
	r.settleWrite(fl, s, false)
}

// serveAlone writes to a session that was slow until it keeps up, out of
// everybody's way.
func (r *room) serveAlone(fl *flusher, s *Session) {
	for s.behind() {
		r.killStuck(fl, s, shared.StuckWriteAfter)
		fl.batch.begin(r.take(fl, s), s)
		r.serve(fl)
	}
}

// killStuck ends s if fl's write to it takes this much longer.
func (r *room) killStuck(fl *flusher, s *Session, after time.Duration) {
	var kill *time.Timer
	kill = time.AfterFunc(after, func() {
		defer r.hub.rescue(nil)
		r.mu.Lock()
		if fl.kill != kill { // the write has ended while this waited for the lock
			r.mu.Unlock()
			return
		}
		if !s.ended {
			r.hub.stats.failed(shared.CodeTooSlow)
		}
		s.end(shared.ReasonTimeout, time.Now().Add(-shared.StuckWriteAfter))
		r.unlock()
		s.peer.Close(shared.CloseTooSlow, "")
	})
	fl.kill = kill
}
