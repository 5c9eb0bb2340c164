package hub

import "sync/atomic"

// batchLength bounds a batch. What comes while one is served waits for the next,
// at 5 µs a write for a fraction of a millisecond.
const batchLength = 32

// batch is what a flusher has to write next: one delivery, and the sessions that
// it goes to. The flusher takes them one after the other without the room's
// lock; whoever holds the lock may cut the batch short behind the one at hand.
type batch struct {
	delivery delivery
	from, to uint64     // the cursor of the sessions, before and since
	sessions []*Session // a part of all, guarded by room.mu
	offset   int        // of sessions in all, guarded by room.mu
	all      [batchLength]*Session
	failed   [batchLength]bool // set by the flusher for the one at hand

	next  atomic.Int32  // in all; whoever raises it over an index has that session
	end   int32         // of all, for the flusher
	steps atomic.Uint64 // counts the sessions taken, over all batches
}

// begin makes it a batch of one session.
func (b *batch) begin(d delivery, s *Session) {
	b.delivery, b.offset, b.end = d, 0, 0
	b.next.Store(0)
	b.sessions = b.all[:0]
	b.add(s)
}

// add puts one more session, which is there to be written to, at the end.
func (b *batch) add(s *Session) {
	s.writing = true
	b.failed[b.end] = false
	b.all[b.end] = s
	b.end++
	b.sessions = b.all[:b.end]
}

// take returns the next session and its index, or nil behind the last.
func (b *batch) take() (*Session, int32) {
	i := b.next.Add(1) - 1
	if i >= b.end {
		return nil, i
	}
	b.steps.Add(1)
	return b.all[i], i
}

// cut takes the batch away from its flusher, but for the session that is being
// written to, and returns those behind which it is done and those to which it
// did not come. ok is false, and nothing has changed, if it is writing to none or
// has gone on meanwhile.
func (b *batch) cut() (done, rest []*Session, ok bool) {
	end := int32(len(b.sessions))
	taken := b.next.Load()
	if taken < 1 || taken > end || !b.next.CompareAndSwap(taken, end) {
		return nil, nil, false
	}
	b.offset = int(taken - 1)
	b.sessions = b.all[taken-1 : taken]
	return b.all[:taken-1], b.all[taken:end], true
}
