package feed

import (
	"slices"

	"rollcall/shared"
)

// Log is a bounded log of encoded events. A position in it is an absolute offset
// in bytes since its beginning, so offsets only grow. The zero Log is empty and
// ready to use. It is not safe for concurrent use.
//
// Bytes once written are never changed, and a full buffer is replaced rather than
// overwritten: what Since returns stays valid.
type Log struct {
	buf  []byte // envelopes, each followed by the separator
	base uint64 // the offset of buf[0]

	starts []uint32 // where in buf the diffs begin, from revision first on
	first  uint64
}

// Head returns the offset behind the last event.
func (l *Log) Head() uint64 { return l.base + uint64(len(l.buf)) }

// Size returns how many bytes the log's buffers take, used or not.
func (l *Log) Size() int { return cap(l.buf) + 4*cap(l.starts) }

// Since returns all events from the offset from to the head as one message, or
// false if they are no longer kept. from must be the head or the beginning of an
// event. The bytes belong to the log, and nobody may change them. Since copies nothing.
func (l *Log) Since(from uint64) ([]byte, bool) {
	if from < l.base {
		return nil, false
	}
	b := l.buf[from-l.base:]
	if len(b) > 0 {
		b = b[: len(b)-1 : len(b)-1] // without the last separator
	}
	return b, true
}

// OffsetAfter returns the offset behind the diff with revision rev, where last is
// the latest revision. It returns false if the diffs after rev are no longer kept
// or rev is higher than last. It takes constant time.
func (l *Log) OffsetAfter(rev, last uint64) (uint64, bool) {
	if rev == last {
		return l.Head(), true
	}
	if rev > last || rev+1 < l.first || len(l.starts) == 0 {
		return 0, false
	}
	return l.base + uint64(l.starts[rev+1-l.first]), true
}

// CountDiffs returns the number of diffs from the offset from, which must still be
// kept, to the head. It takes constant time for at most one diff, and otherwise
// time logarithmic in the number of diffs kept.
func (l *Log) CountDiffs(from uint64) int {
	at, n := uint32(from-l.base), len(l.starts)
	if n == 0 || l.starts[n-1] < at {
		return 0
	}
	if n == 1 || l.starts[n-2] < at { // the usual case
		return 1
	}
	i, _ := slices.BinarySearch(l.starts, at)
	return n - i
}

// AppendDiff appends the event that makes revision rev, which must be one higher
// than that of the diff before. At least the diffs among the last keep bytes are
// kept, and never more than 2*keep bytes, or keep bytes and this event if that is
// longer. It takes amortized time proportional to the size of the event.
func (l *Log) AppendDiff(rev uint64, e shared.Event, keep int) {
	envelope := shared.Append(nil, e)
	l.reserve(len(envelope)+1, keep)
	if len(l.starts) == 0 {
		l.first = rev
	}
	l.starts = append(l.starts, uint32(len(l.buf)))
	l.append(envelope)
}

// AppendOther appends an event that makes no revision, such as a heartbeat. It
// keeps and costs what AppendDiff does.
func (l *Log) AppendOther(e shared.Event, keep int) {
	envelope := shared.Append(nil, e)
	l.reserve(len(envelope)+1, keep)
	l.append(envelope)
}

func (l *Log) append(envelope []byte) {
	l.buf = append(l.buf, envelope...)
	l.buf = append(l.buf, shared.Separator)
}

// reserve makes space for n more bytes. A buffer that would exceed 2*keep bytes is
// replaced by a new one that begins with at most its last keep bytes, at the
// beginning of a diff. So each byte is moved once in its life, on average.
func (l *Log) reserve(n, keep int) {
	if len(l.buf)+n <= 2*keep {
		return // append grows the buffer by itself
	}
	cut, i := len(l.buf), len(l.starts)
	for i > 0 && len(l.buf)-int(l.starts[i-1]) <= keep {
		i--
		cut = int(l.starts[i])
	}
	kept := make([]byte, len(l.buf)-cut, len(l.buf)-cut+keep+n)
	copy(kept, l.buf[cut:])
	starts := make([]uint32, 0, len(l.starts)-i+1)
	for _, at := range l.starts[i:] {
		starts = append(starts, at-uint32(cut))
	}
	l.base += uint64(cut)
	l.first += uint64(i)
	l.buf, l.starts = kept, starts
}
