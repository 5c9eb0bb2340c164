package roll

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/server/attendance"
)

// Measures of the drawings, in their own units. They are stretched to the width of a column.
const (
	wide  = 1000
	floor = 96 // where nobody is
	rises = 88 // as far as the most people
	least = 3  // of a visit, however short
)

// tickSteps are the minutes from one tick to the next, of which the first that gives at most
// maxTicks spaces is taken. With the last one doubled there is one for every time.
var tickSteps = []int{5, 10, 15, 30, 60, 2 * 60, 3 * 60, 6 * 60, 12 * 60, aDay, 2 * aDay, 7 * aDay, 14 * aDay, 28 * aDay}

const (
	maxTicks = 8
	aDay     = 24 * 60
)

// axis is a time across the page, from one tick to another.
type axis struct {
	lo, hi   time.Time
	ticks    []time.Time
	step     int  // minutes
	mirrored bool // for a page from right to left
}

// newAxis returns an axis that shows a time, with ticks at full hours or days of its zone.
func newAxis(lo, hi time.Time, mirrored bool) axis {
	step := tickSteps[len(tickSteps)-1]
	if i := slices.IndexFunc(tickSteps, func(n int) bool { return hi.Sub(lo) <= time.Duration(n*maxTicks)*time.Minute }); i >= 0 {
		step = tickSteps[i]
	}
	for hi.Sub(lo) > time.Duration(step)*maxTicks*time.Minute {
		step *= 2
	}
	y, m, d := lo.Date()
	at := func(k int) time.Time { return time.Date(y, m, d, 0, k*step, 0, 0, lo.Location()) }
	k := 0
	for !at(k + 1).After(lo) {
		k++
	}
	a := axis{lo: at(k), step: step, mirrored: mirrored}
	for a.ticks = []time.Time{at(k)}; at(k).Before(hi); {
		k++
		a.ticks = append(a.ticks, at(k))
	}
	a.hi = at(k)
	return a
}

// x returns where a time is, from 0 to wide. What lies outside is at the edge.
func (a *axis) x(t time.Time) int {
	return int(min(max(0, float64(wide)*t.Sub(a.lo).Seconds()/a.hi.Sub(a.lo).Seconds()), wide))
}

// at returns where x is drawn.
func (a *axis) at(x int) int {
	if a.mirrored {
		return wide - x
	}
	return x
}

// grid draws the ticks.
func (a *axis) grid() string {
	var d strings.Builder
	for _, t := range a.ticks {
		fmt.Fprintf(&d, "M%d 0V100", a.at(a.x(t)))
	}
	return d.String()
}

// bars draws visits, which are in order. Those that can't be told apart are one.
func (a *axis) bars(visits [][2]time.Time) string {
	var d strings.Builder
	end := -1
	for _, v := range visits {
		from, to := a.x(v[0]), a.x(v[1])
		from = max(0, min(from, wide-least))
		to = max(to, from+least)
		if from > end {
			fmt.Fprintf(&d, "M%d 50", a.at(from))
		}
		end = max(end, to)
		d.WriteString("H" + strconv.Itoa(a.at(end)))
	}
	return d.String()
}

// boxes draws times from top to bottom.
func (a *axis) boxes(times [][2]time.Time) string {
	var d strings.Builder
	for _, t := range times {
		from, to := a.x(t[0]), a.x(t[1])
		if from < wide && to > 0 {
			fmt.Fprintf(&d, "M%d 0V100H%dV0Z", a.at(from), a.at(max(to, from+least)))
		}
	}
	return d.String()
}

// count is how many people were there from a time on.
type count struct {
	at time.Time
	n  int
}

// steps draws how many people were there until a time, as a line.
func (a *axis) steps(counts []count, most int, until time.Time) string {
	var d strings.Builder
	y := func(n int) int { return floor - rises*n/max(most, 1) }
	fmt.Fprintf(&d, "M%d %d", a.at(0), y(0))
	for i, c := range counts {
		x := a.x(c.at)
		if i+1 < len(counts) && a.x(counts[i+1].at) == x {
			continue // only the last one at a place is seen
		}
		fmt.Fprintf(&d, "H%dV%d", a.at(x), y(c.n))
	}
	fmt.Fprintf(&d, "H%d", a.at(a.x(until)))
	return d.String()
}

// countsOf returns how many people were there, by time: of all visits if the summary has
// them, and otherwise in its steps.
func countsOf(s *attendance.Summary, until time.Time) (counts []count) {
	all := s.More == 0
	var changes []count
	for _, p := range s.People {
		all = all && p.Visits == len(p.Intervals)
		for _, i := range p.Intervals {
			changes = append(changes, count{i.Joined, 1})
			if i.Left != nil && i.Left.Before(until) {
				changes = append(changes, count{*i.Left, -1})
			}
		}
	}
	if !all {
		for _, o := range s.Occupancy {
			counts = append(counts, count{o.At, o.Members})
		}
		return counts
	}
	slices.SortStableFunc(changes, func(a, b count) int { return a.at.Compare(b.at) })
	for _, c := range changes {
		n := c.n
		if last := len(counts) - 1; last >= 0 {
			n += counts[last].n
			if counts[last].at.Equal(c.at) {
				counts[last].n = n
				continue
			}
		}
		counts = append(counts, count{c.at, n})
	}
	return counts
}
