package hub

import (
	"math/bits"
	"slices"
)

// Histogram counts observations by size. Bounds are the upper ends of the
// buckets, inclusive; Counts has one more, for what is larger than all.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Sum    float64
}

// The buckets. Seconds are laid around what the design promises: a grace of
// 3 s, a cut cable after 25 s and 10 s and the grace; a write that keeps
// nobody waiting for more than 5 ms.
var (
	departureBounds = []float64{0.1, 1, 2.5, 3.5, 5, 10, 15, 20, 30, 40, 60, 120}
	roundBounds     = []float64{1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5}
	frameBounds     = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
)

func newHistogram(bounds []float64) Histogram {
	return Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds)+1)}
}

func (h *Histogram) observe(v float64) {
	i, _ := slices.BinarySearch(h.Bounds, v)
	h.Counts[i]++
	h.Sum += v
}

func (h Histogram) clone() Histogram {
	h.Counts = slices.Clone(h.Counts)
	return h
}

// tally is what one flusher has counted since it last added that to the hub's
// stats. It costs a delivery two additions and no lock.
type tally struct {
	messages, bytes uint64
	diffs           uint64
	frames          [12]uint32 // by diffs carried, in the buckets of frameBounds
}

// frame counts a message that carries n diffs.
func (t *tally) frame(n int) {
	if n == 0 {
		return
	}
	t.diffs += uint64(n)
	t.frames[min(bits.Len(uint(n-1)), len(t.frames)-1)]++
}

// wrote counts a message of n bytes.
func (t *tally) wrote(n int) {
	t.messages++
	t.bytes += uint64(n)
}

// addUp moves the tally into the hub's stats.
func (t *tally) addUp(st *stats) {
	st.count(func(c *Stats) {
		c.Messages += t.messages
		c.Bytes += t.bytes
		c.FrameDiffs.Sum += float64(t.diffs)
		for i, n := range t.frames {
			c.FrameDiffs.Counts[i] += uint64(n)
		}
	})
	*t = tally{}
}
