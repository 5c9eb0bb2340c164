package hub

import (
	"slices"
	"time"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// sessionsPerFlusher is the number of sessions for which a room gets one more writing
// goroutine.
const sessionsPerFlusher = 256

// fanout is the state of the goroutines that write in a room. These flushers exist only
// while there is something to write. In rounds they walk over all sessions and write to
// each one that is behind. Guarded by room.mu.
type fanout struct {
	flushers  []*flusher
	woken     []*Session  // sessions that are served apart from the round
	next      int         // position of the current round in room.sessions
	again     bool        // another round is needed after this one
	began     time.Time   // when the current round began; zero if there is none
	owed      int         // how many woken sessions come before the next batch of the round; see claim
	slowTimer *time.Timer // runs replaceSlow while there are flushers
}

// flusher is a goroutine that writes.
type flusher struct {
	batch batch
	seen  uint64      // batch.steps when replaceSlow last ran
	alone bool        // serves one slow session only, until that has caught up
	kill  *time.Timer // with alone: closes the session if the write takes too long

	// Used by the goroutine alone.
	parts [][]byte // scratch
	tally stats.Tally
}

// delivery is what a session is sent in one write or, with a snapshot, in several.
type delivery struct {
	direct   []byte
	stretch  []byte // of the log
	diffs    int    // in it
	snapshot *snapshot
	you      string // with snapshot: whom it is for
}

// wakeAll starts a round over all sessions, after the current one.
func (r *room) wakeAll() {
	r.fanout.again = true
	r.startFlushers(min(r.hub.workers, 1+len(r.sessions)/sessionsPerFlusher))
}

// wake has s served soon.
func (r *room) wake(s *Session) {
	r.queue(s)
	r.startFlushers(1)
}

// queue adds s to the woken sessions.
func (r *room) queue(s *Session) {
	if !s.queued {
		s.queued = true
		r.fanout.woken = append(r.fanout.woken, s)
	}
}

// startFlushers starts flushers until n are running. It starts none in a closed room:
// Hub.Close may have returned.
func (r *room) startFlushers(n int) {
	f := &r.fanout
	if r.closed || len(f.flushers) >= n {
		return
	}
	if f.slowTimer == nil {
		f.slowTimer = time.AfterFunc(slowWrite, r.replaceSlow)
	} else {
		f.slowTimer.Reset(slowWrite)
	}
	for len(f.flushers) < n {
		fl := new(flusher)
		f.flushers = append(f.flushers, fl)
		r.hub.running.Go(func() { r.flush(fl) })
	}
}

// flush writes until no session is behind.
func (r *room) flush(fl *flusher) {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	defer r.stopped(fl)
	for r.claim(fl) {
		r.serve(fl)
		if fl.alone {
			r.serveAlone(fl, fl.batch.sessions[0])
			fl.batch.sessions = nil
			return
		}
	}
}

// stopped removes fl, which is about to end, from the flushers.
func (r *room) stopped(fl *flusher) {
	if fl.alone {
		r.hub.slow.Add(-1)
	}
	fl.tally.AddTo(r.hub.stats)
	f := &r.fanout
	f.flushers = slices.DeleteFunc(f.flushers, func(other *flusher) bool { return other == fl })
	if len(f.flushers) == 0 {
		f.slowTimer.Stop()
	}
	for _, s := range fl.batch.sessions { // there are some only if fl has panicked
		s.writing = false
		if s.closeReason != nil {
			s.closePeer()
		}
	}
}

// claim puts the sessions to write to next into fl's batch. It returns false if all have
// been served or are being written to. Woken sessions and those of the round take turns,
// so that neither starves when many arrive at once. While sessions wait for other nodes
// to be let in together, nothing is written; the last of them starts a round.
func (r *room) claim(fl *flusher) bool {
	f := &r.fanout
	if r.replica.waiting > 0 && r.heard() {
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

// claimWoken claims the next woken session that is behind.
func (r *room) claimWoken(fl *flusher) bool {
	f := &r.fanout
	for len(f.woken) > 0 {
		s := f.woken[0]
		f.woken[0] = nil
		f.woken = f.woken[1:]
		s.queued = false
		if s.behind() && !s.writing {
			fl.batch.begin(r.nextDelivery(fl, s), s)
			return true
		}
	}
	f.woken = nil
	return false
}

// claimNext claims the next sessions of the round that are behind, and begins another
// round if one is needed.
func (r *room) claimNext(fl *flusher) bool {
	f := &r.fanout
	for {
		for f.next < len(r.sessions) {
			s := r.sessions[f.next]
			f.next++
			if s.behind() && !s.writing {
				fl.batch.begin(r.nextDelivery(fl, s), s)
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

// extend adds the following sessions of the round to the batch, as long as they are to
// be sent the same bytes.
func (r *room) extend(fl *flusher) {
	f, b := &r.fanout, &fl.batch
	if len(b.delivery.direct) > 0 || b.delivery.snapshot != nil {
		return
	}
	for len(b.sessions) < batchLength && f.next < len(r.sessions) {
		s := r.sessions[f.next]
		if s.writing || s.ended || s.fresh || s.owesKnocks || len(s.direct) > 0 || s.cursor != b.from {
			return
		}
		f.next++
		r.nextDelivery(fl, s)
		b.add(s)
	}
}

// roundOver counts the round that has ended, if any, and what fl has written in it.
func (r *room) roundOver(fl *flusher) {
	if f := &r.fanout; !f.began.IsZero() {
		took := time.Since(f.began).Seconds()
		f.began = time.Time{}
		r.hub.stats.Count(func(c *stats.Counts) { c.Rounds.Observe(took) })
		fl.tally.AddTo(r.hub.stats)
	}
}

// behind reports whether the session has something to be sent.
func (s *Session) behind() bool {
	if s.ended {
		return false
	}
	switch {
	case len(s.direct) > 0 || s.owesKnocks:
		return true
	case s.role.readsLog():
		return s.fresh || s.cursor != s.room.log.Head()
	}
	return s.role == roleCounter && s.cursor != s.room.watching.number
}

// serve writes to the sessions of the batch once each. It releases the room's lock while
// it writes.
func (r *room) serve(fl *flusher) {
	b := &fl.batch
	r.mu.Unlock()
	for s, i := b.next(); s != nil; s, i = b.next() {
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
	if !fl.alone {
		b.sessions = nil
	}
}

// settleWrite releases s after a write: it closes the connection of an ended session,
// ends one to which the write failed, and queues one that is behind again.
func (r *room) settleWrite(fl *flusher, s *Session, failed bool) {
	s.writing = false
	switch {
	case s.closeReason != nil:
		s.closePeer()
	case failed && !s.ended: // the reader of the connection may not have noticed yet
		defer s.peer.Close(shared.CloseAbnormal, "") // also after a panic
		s.end(shared.ReasonClosed, time.Now())
	case !fl.alone && s.behind():
		r.queue(s) // the round may be past it
	}
}

// nextDelivery returns what s is to be sent next and advances its cursor. The caller
// must write it, or return the session with requeue.
func (r *room) nextDelivery(fl *flusher, s *Session) delivery {
	fl.batch.from, fl.batch.to = s.cursor, r.log.Head()
	d := delivery{direct: appendEncoded(s.direct, s.takeKnocks())}
	r.direct -= len(s.direct)
	s.direct, s.resumed, s.ponged = nil, false, false
	if !s.role.readsLog() {
		if w := &r.watching; s.role == roleCounter && s.cursor != w.number {
			d.stretch, s.cursor = w.encoded, w.number
		}
		return d
	}
	stretch, kept := r.log.Since(s.cursor)
	if s.fresh || !kept {
		d.direct = appendEncoded(d.direct, r.announced.between(s.cursor, fl.batch.to))
		if !s.fresh {
			r.hub.stats.Snapshot(stats.CauseBehind)
		}
		s.fresh = false
		d.you, d.snapshot = s.id(), r.snapshot()
	} else {
		d.stretch, d.diffs = stretch, r.log.CountDiffs(s.cursor)
	}
	s.cursor = fl.batch.to
	return d
}
