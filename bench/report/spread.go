package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// spread is what the rounds gave for one figure.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return spread{sorted[0], median, sorted[len(sorted)-1]}
}

// over divides round by round, so that what slowed a whole round is in neither
// result. Nothing over nothing is 1.
func over(values, by []float64) []float64 {
	ratios := make([]float64, len(values))
	for i := range values {
		ratios[i] = 1
		if values[i] != by[i] {
			ratios[i] = values[i] / by[i]
		}
	}
	return ratios
}

// text is the spread with one way to write a number; equal ones are written once.
func (s spread) text(format func(float64) string) string {
	low, middle, high := format(s.min), format(s.median), format(s.max)
	if low == high {
		return middle
	}
	return low + "–" + middle + "–" + high
}

// times is a spread of ratios.
func (s spread) times() string { return s.text(plain) + "×" }

// plain writes a positive number with three digits, but no more than three
// behind the point, and separates thousands.
func plain(x float64) string {
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

// grouped puts commas between the thousands of a positive number.
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

// count writes a whole number of anything.
func count(n int) string { return grouped(strconv.Itoa(n)) }

// Units: how the figures are written.
func seconds(s float64) string {
	if s < 1 {
		return milliseconds(s * 1e3)
	}
	return plain(s) + " s"
}

func milliseconds(ms float64) string { return plain(ms) + " ms" }
func nanoseconds(ns float64) string  { return plain(ns) + " ns" }
func microseconds(µs float64) string { return plain(µs) + " µs" }
func kilobytes(kb float64) string    { return plain(kb) + " KB" }
func number(n float64) string        { return grouped(strconv.FormatFloat(n, 'f', 0, 64)) }

func bytes(b float64) string {
	switch {
	case b < 1<<20:
		return plain(b/(1<<10)) + " KB"
	case b < 1<<30:
		return plain(b/(1<<20)) + " MB"
	}
	return plain(b/(1<<30)) + " GB"
}

func megabytes(mb float64) string { return bytes(mb * (1 << 20)) }

func perSecond(ms float64) string { return fmt.Sprintf("%s ms/s", plain(ms)) }
