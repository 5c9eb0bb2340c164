package hub

import (
	"slices"
	"time"

	"rollcall/shared"
)

// sessionsPerFlusher is from how many sessions on a room is worth one more
// goroutine to write to them.
const sessionsPerFlusher = 256

// fanout is who writes in a room: a few flushers, which exist only while there
// is something to write, walk the sessions and write to each that is behind.
// Guarded by room.mu.
type fanout struct {
	flushers []*flusher
	woken    []*Session  // to be looked at before the others
	next     int         // where in room.sessions the round under way is
	again    bool        // something came for everybody since the round began
	began    time.Time   // the round under way; zero if none is
	owed     int         // turns of those who were woken; see claim
	watch    *time.Timer // looks for stuck flushers while there are any
}

// flusher is a goroutine that writes.
type flusher struct {
	batch batch
	hand  *Session    // taken last; nil between two batches
	seen  uint64      // batch.steps, when the watch last looked
	alone bool        // it was stuck: it serves its session only, until that keeps up
	kill  *time.Timer // with alone: ends the session if the write stays stuck

	// Not guarded: the goroutine's own.
	parts [][]byte // scratch
	tally tally
}

// delivery is what a session is sent in one go.
type delivery struct {
	direct   []byte
	stretch  []byte // of the log
	diffs    int    // in it
	snapshot *snapshot
	you      string // with snapshot: whom it is for
}

// wakeAll has the next round look at every session.
func (r *room) wakeAll() {
	r.fanout.again = true
	r.employ(min(r.hub.workers, 1+len(r.sessions)/sessionsPerFlusher))
}

// wake has s looked at soon.
func (r *room) wake(s *Session) {
	r.fanout.woken = append(r.fanout.woken, s)
	r.employ(1)
}

// employ sees to it that n flushers run.
func (r *room) employ(n int) {
	f := &r.fanout
	if len(f.flushers) >= n {
		return
	}
	if f.watch == nil {
		f.watch = time.AfterFunc(slowWrite, r.relieve)
	} else {
		f.watch.Reset(slowWrite)
	}
	for len(f.flushers) < n {
		fl := new(flusher)
		f.flushers = append(f.flushers, fl)
		r.hub.running.Go(func() { r.flush(fl) })
	}
}

// flush writes to whoever is behind until nobody is.
func (r *room) flush(fl *flusher) {
	defer r.hub.rescue(func() { r.abandon(fl) })
	r.mu.Lock()
	defer r.unlock()
	for r.claim(fl) {
		r.serve(fl)
		if fl.alone {
			r.serveAlone(fl, fl.batch.sessions[0])
			r.hub.slow.Add(-1)
			fl.tally.addUp(r.hub.stats)
			return
		}
	}
	r.retire(fl)
}

// retire takes fl off the crew.
func (r *room) retire(fl *flusher) {
	fl.tally.addUp(r.hub.stats)
	f := &r.fanout
	f.flushers = slices.DeleteFunc(f.flushers, func(other *flusher) bool { return other == fl })
	if len(f.flushers) == 0 {
		f.watch.Stop()
	}
}

// claim gives fl a batch of sessions to write to, or reports that all are served
// or in somebody's hands. Those who were woken have as many turns as those of
// the round, so that neither starves in a storm of arrivals. Nobody has a turn while
// people are let in together; the last of them has everybody looked at.
func (r *room) claim(fl *flusher) bool {
	f := &r.fanout
	if r.waiting > 0 && r.heard() {
		return false
	}
	if f.owed > 0 && r.claimWoken(fl) {
		f.owed--
		return true
	}
	if r.claimNext(fl) {
		f.owed = len(fl.batch.sessions)
		return true
	}
	return r.claimWoken(fl)
}

func (r *room) claimWoken(fl *flusher) bool {
	f := &r.fanout
	for len(f.woken) > 0 {
		s := f.woken[0]
		f.woken[0] = nil
		f.woken = f.woken[1:]
		if s.behind() && !s.writing {
			fl.batch.begin(r.take(fl, s), s)
			return true
		}
	}
	f.woken = nil
	return false
}

func (r *room) claimNext(fl *flusher) bool {
	f := &r.fanout
	for {
		for f.next < len(r.sessions) {
			s := r.sessions[f.next]
			f.next++
			if s.behind() && !s.writing {
				fl.batch.begin(r.take(fl, s), s)
				r.extend(fl)
				return true
			}
		}
		r.roundOver(fl)
		if !f.again {
			return false
		}
		f.next, f.again, f.began = 0, false, time.Now()
	}
}

// extend adds to the batch those next in the round who are to be sent the very
// same.
func (r *room) extend(fl *flusher) {
	f, b := &r.fanout, &fl.batch
	if len(b.delivery.direct) > 0 || b.delivery.snapshot != nil {
		return
	}
	for len(b.sessions) < batchLength && f.next < len(r.sessions) {
		s := r.sessions[f.next]
		if s.writing || s.ended || s.fresh || len(s.direct) > 0 || s.member == nil || s.cursor != b.from {
			return
		}
		f.next++
		r.take(fl, s)
		b.add(s)
	}
}

// roundOver counts the round under way, if there is one, and what fl has
// written, which may not be done for long.
func (r *room) roundOver(fl *flusher) {
	if f := &r.fanout; !f.began.IsZero() {
		took := time.Since(f.began).Seconds()
		f.began = time.Time{}
		r.hub.stats.count(func(c *Stats) { c.Rounds.observe(took) })
		fl.tally.addUp(r.hub.stats)
	}
}

// behind reports whether the session has something to be sent.
func (s *Session) behind() bool {
	if s.ended {
		return false
	}
	return len(s.direct) > 0 || s.member != nil && (s.fresh || s.cursor != s.room.log.head())
}

// serve writes to the sessions of the batch what they are behind, once. It gives
// up the room's lock while it writes.
func (r *room) serve(fl *flusher) {
	b := &fl.batch
	r.mu.Unlock()
	for s, i := b.take(); s != nil; s, i = b.take() {
		b.failed[i] = r.send(fl, s.peer, b.delivery) != nil
	}
	r.mu.Lock()
	if fl.kill != nil {
		fl.kill.Stop()
		fl.kill = nil
	}
	for i, s := range b.sessions {
		r.settleWrite(fl, s, b.failed[b.offset+i])
	}
	fl.hand = nil
	if !fl.alone {
		b.sessions = nil
	}
}

// settleWrite does what follows when s has been written to.
func (r *room) settleWrite(fl *flusher, s *Session, failed bool) {
	s.writing = false
	switch {
	case s.farewell != nil:
		s.part()
	case failed && !s.ended: // the read side may not know yet
		s.end(shared.ReasonClosed, time.Now())
		s.peer.Close(shared.CloseAbnormal, "")
	case !fl.alone && s.behind():
		r.fanout.woken = append(r.fanout.woken, s) // its turn in the round may have passed
	}
}

// send is fl.send, which a peer may make panic.
func (r *room) send(fl *flusher, p Peer, d delivery) (err error) {
	defer r.hub.rescue(func() { err = errCrashed })
	return fl.send(p, d)
}

// take takes what s is behind, and moves its cursor: whoever takes, writes.
func (r *room) take(fl *flusher, s *Session) delivery {
	fl.hand = s
	fl.batch.from, fl.batch.to = s.cursor, r.log.head()
	d := delivery{direct: s.direct}
	s.direct = nil
	if s.member == nil {
		return d
	}
	stretch, kept := r.log.slice(s.cursor)
	if s.fresh || !kept {
		if !s.fresh {
			r.hub.stats.snapshot(CauseBehind)
		}
		s.fresh = false
		d.you, d.snapshot = s.member.id, r.snapshot()
	} else {
		d.stretch, d.diffs = stretch, r.log.diffs(s.cursor)
	}
	s.cursor = fl.batch.to
	return d
}
