package stats

import (
	"math/bits"
	"slices"
)

// Histogram counts observations by size. Bounds are the inclusive upper bounds of the
// buckets. Counts has one element more, for values above all bounds.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Sum    float64
}

// The buckets. The design promises a write that keeps nobody waiting for more than 5 ms.
var (
	roundBounds = []float64{1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5}
	frameBounds = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
)

// NewHistogram returns a Histogram whose counts are zero. bounds are in ascending order.
func NewHistogram(bounds []float64) Histogram {
	return Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds)+1)}
}

// Observe counts v.
func (h *Histogram) Observe(v float64) {
	i, _ := slices.BinarySearch(h.Bounds, v)
	h.Counts[i]++
	h.Sum += v
}

// Clone returns a copy of h with counts of its own.
func (h Histogram) Clone() Histogram {
	h.Counts = slices.Clone(h.Counts)
	return h
}

// Tally counts the messages that one goroutine writes, until AddTo adds them to a
// Recorder. It costs a delivery two additions and no lock. It is not safe for concurrent
// use; the zero Tally is ready to use.
type Tally struct {
	messages, bytes uint64
	diffs           uint64
	frames          [12]uint32 // by diffs carried, in the buckets of frameBounds
}

// Frame counts a message that carries n diffs.
func (t *Tally) Frame(n int) {
	if n == 0 {
		return
	}
	t.diffs += uint64(n)
	t.frames[min(bits.Len(uint(n-1)), len(t.frames)-1)]++
}

// Wrote counts a message of n bytes.
func (t *Tally) Wrote(n int) {
	t.messages++
	t.bytes += uint64(n)
}

// AddTo adds the tally to st and clears it.
func (t *Tally) AddTo(st *Recorder) {
	st.Count(func(c *Counts) {
		c.Messages += t.messages
		c.Bytes += t.bytes
		c.FrameDiffs.Sum += float64(t.diffs)
		for i, n := range t.frames {
			c.FrameDiffs.Counts[i] += uint64(n)
		}
	})
	*t = Tally{}
}
