//go:build unix

package hub

import (
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What one change in a quiet room of 1,000 costs a delivery, with 0, 1 and 4 observers that
// learn of it. The three take turns, so that what else the machine does is the same for all;
// the ratios are of the medians.
func BenchmarkObservers(b *testing.B) {
	const n, turn = 1_000, 20
	counts := []int{0, 1, 4}
	var learned atomic.Int64
	var change []func(i int)
	for _, observers := range counts {
		h, c := New(Config{}), newCounter()
		defer h.Close()
		for range observers {
			h.Observe("bench", func(facts []Fact) { learned.Add(int64(len(facts))) })
		}
		r := quiet(b, h, "bench", n, c).room
		change = append(change, func(i int) {
			wait := c.expect(n)
			r.sessions[i%n].Receive(update(fmt.Sprint("renamed ", i)))
			wait()
			idle(h, "bench")
		})
	}
	costs := make([][]time.Duration, len(counts))
	for i := 0; b.Loop(); i++ {
		for k, one := range change {
			before := cpu(b)
			for j := range turn {
				one(i*turn + j)
			}
			costs[k] = append(costs[k], cpu(b)-before)
		}
	}
	if learned.Load() == 0 {
		b.Error("nothing was learned")
	}
	median := func(of []time.Duration) float64 {
		slices.Sort(of)
		return float64(of[len(of)/2].Nanoseconds()) / turn / n
	}
	none := median(costs[0])
	b.ReportMetric(none, "cpu-ns/delivery")
	b.ReportMetric(median(costs[1])/none, "ratio-1")
	b.ReportMetric(median(costs[2])/none, "ratio-4")
}

// cpu is what the process has used of the processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
