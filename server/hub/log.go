package hub

import (
	"slices"

	"rollcall/shared"
)

// log is a bounded log of encoded envelopes. Positions in it are absolute
// offsets in bytes since its beginning, and only grow. What slice returns stays
// valid for ever: bytes once written are never changed, and a full buffer is
// replaced, not overwritten.
type log struct {
	buf  []byte // envelopes, each followed by the separator
	base uint64 // the offset of buf[0]

	starts []uint32 // where in buf the diffs begin, from revision first on
	first  uint64
}

// head is the offset behind the last envelope.
func (l *log) head() uint64 { return l.base + uint64(len(l.buf)) }

// slice returns all envelopes from the given offset to the head, or false if
// they are no longer kept. from must be the head or the beginning of an envelope.
func (l *log) slice(from uint64) ([]byte, bool) {
	if from < l.base {
		return nil, false
	}
	b := l.buf[from-l.base:]
	if len(b) > 0 {
		b = b[: len(b)-1 : len(b)-1] // without the last separator
	}
	return b, true
}

// after returns the offset behind the diff with revision rev, given that the
// last revision is last, or false if the diffs after rev are no longer kept.
func (l *log) after(rev, last uint64) (uint64, bool) {
	if rev == last {
		return l.head(), true
	}
	if rev > last || rev+1 < l.first || len(l.starts) == 0 {
		return 0, false
	}
	return l.base + uint64(l.starts[rev+1-l.first]), true
}

// diffs counts those from the given offset, which is kept, to the head.
func (l *log) diffs(from uint64) int {
	at, n := uint32(from-l.base), len(l.starts)
	if n == 0 || l.starts[n-1] < at {
		return 0
	}
	if n == 1 || l.starts[n-2] < at { // as for most who read
		return 1
	}
	i, _ := slices.BinarySearch(l.starts, at)
	return n - i
}

// diff appends the event that makes revision rev.
func (l *log) diff(rev uint64, e shared.Event, keep int) {
	envelope := shared.Append(nil, e)
	l.room(len(envelope)+1, keep)
	if len(l.starts) == 0 {
		l.first = rev
	}
	l.starts = append(l.starts, uint32(len(l.buf)))
	l.put(envelope)
}

// aside appends an event that makes no revision.
func (l *log) aside(e shared.Event, keep int) {
	envelope := shared.Append(nil, e)
	l.room(len(envelope)+1, keep)
	l.put(envelope)
}

func (l *log) put(envelope []byte) {
	l.buf = append(l.buf, envelope...)
	l.buf = append(l.buf, shared.Separator)
}

// room makes space for n more bytes. A buffer that has reached twice keep is
// given up for a new one that begins with its last keep bytes or fewer, at the
// beginning of a diff; so each byte is moved once in its life, on average.
func (l *log) room(n, keep int) {
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
