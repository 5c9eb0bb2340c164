package hub

import "sync/atomic"

// batchLength is the maximum number of sessions in a batch. Diffs that arrive while one
// is served wait for the next, a fraction of a millisecond at 5 µs per write.
const batchLength = 32

// batch is what a flusher writes next: one delivery and the sessions that it goes to.
// The flusher writes to them one after the other without the room's lock. A goroutine
// that holds the lock may cut the batch short after the session being written to.
type batch struct {
	delivery delivery
	from, to uint64     // the cursor of the sessions before and after the delivery
	sessions []*Session // a part of all, guarded by room.mu
	offset   int        // of sessions in all, guarded by room.mu
	all      [batchLength]*Session
	failed   [batchLength]bool // set by the flusher for the session that it writes to

	taken atomic.Int32  // index in all; raising it beyond an index claims that session
	end   int32         // of all, for the flusher
	steps atomic.Uint64 // number of sessions claimed, over all batches
}

// begin resets the batch to one session.
func (b *batch) begin(d delivery, s *Session) {
	b.delivery, b.offset, b.end = d, 0, 0
	b.taken.Store(0)
	b.sessions = b.all[:0]
	b.add(s)
}

// add appends a session and marks it as being written to.
func (b *batch) add(s *Session) {
	s.writing = true
	b.failed[b.end] = false
	b.all[b.end] = s
	b.end++
	b.sessions = b.all[:b.end]
}

// next claims the next session and returns it with its index, or nil after the last.
func (b *batch) next() (*Session, int32) {
	i := b.taken.Add(1) - 1
	if i >= b.end {
		return nil, i
	}
	b.steps.Add(1)
	return b.all[i], i
}

// cut removes all sessions from the batch but the one being written to. It returns those
// that were written to before it, and those that were not reached. If the flusher is not
// writing or moves on at that moment, cut changes nothing and returns false.
func (b *batch) cut() (done, rest []*Session, ok bool) {
	end := int32(len(b.sessions))
	taken := b.taken.Load()
	if taken < 1 || taken > end || !b.taken.CompareAndSwap(taken, end) {
		return nil, nil, false
	}
	b.offset = int(taken - 1)
	b.sessions = b.all[taken-1 : taken]
	return b.all[:taken-1], b.all[taken:end], true
}
