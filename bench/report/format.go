package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Spread summarizes one figure over the rounds.
type Spread struct{ Min, Median, Max float64 }

// SpreadOf returns the spread of at least one value.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return Spread{sorted[0], median, sorted[len(sorted)-1]}
}

// Over divides round by round, so that what slowed a whole round cancels out. 0 over 0
// is 1.
func Over(values, by []float64) []float64 {
	ratios := make([]float64, len(values))
	for i := range values {
		ratios[i] = 1
		if values[i] != by[i] {
			ratios[i] = values[i] / by[i]
		}
	}
	return ratios
}

// Text formats the spread; if all three are formatted equally, only once.
func (s Spread) Text(format func(float64) string) string {
	low, middle, high := format(s.Min), format(s.Median), format(s.Max)
	if low == high {
		return middle
	}
	return low + "–" + middle + "–" + high
}

// Times formats a spread of ratios.
func (s Spread) Times() string { return s.Text(Plain) + "×" }

// Plain formats a positive number with three digits, no more than three of them behind
// the point, and separates thousands.
func Plain(x float64) string {
	digits := 0
	switch {
	case math.IsInf(x, 0):
		return "∞"
	case x > 0 && x < 0.0995:
		digits = 3
	case x < 9.995:
		digits = 2
	case x < 99.95:
		digits = 1
	}
	return grouped(strconv.FormatFloat(x, 'f', digits, 64))
}

// grouped separates the thousands of a positive number by commas.
func grouped(number string) string {
	whole, fraction, broken := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if broken {
		whole += "." + fraction
	}
	return whole
}

// Count formats a whole number.
func Count(n int) string { return grouped(strconv.Itoa(n)) }

// Number formats a figure as a whole number.
func Number(n float64) string { return grouped(strconv.FormatFloat(n, 'f', 0, 64)) }

// Seconds formats a time in seconds, or in milliseconds if it is below 1 s.
func Seconds(s float64) string {
	if s < 1 {
		return Milliseconds(s * 1e3)
	}
	return Plain(s) + " s"
}

// Milliseconds and the others format a figure in their unit.
func Milliseconds(ms float64) string { return Plain(ms) + " ms" }
func Microseconds(µs float64) string { return Plain(µs) + " µs" }
func Kilobytes(kb float64) string    { return Plain(kb) + " KB" }
func Megabytes(mb float64) string    { return Bytes(mb * (1 << 20)) }
func PerSecond(ms float64) string    { return Plain(ms) + " ms/s" }

// Bytes formats a number of bytes in KB, MB or GB.
func Bytes(b float64) string {
	switch {
	case b < 1<<20:
		return Plain(b/(1<<10)) + " KB"
	case b < 1<<30:
		return Plain(b/(1<<20)) + " MB"
	}
	return Plain(b/(1<<30)) + " GB"
}

// Duration formats a time with three or four digits.
func Duration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.4g s", d.Seconds())
}

// Durations formats the least, the median and the most of some times.
func Durations(all []time.Duration) string {
	all = slices.Sorted(slices.Values(all))
	return Duration(all[0]) + " – " + Duration(all[len(all)/2]) + " – " + Duration(all[len(all)-1])
}
