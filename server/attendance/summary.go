package attendance

import (
	"context"
	"slices"
	"time"

	"rollcall/shared/api"
)

// Bounds of a Summary.
const (
	MaxShown     = 1000 // people
	MaxShownEach = 200  // visits of a person
	ShownSteps   = 200  // steps of the occupancy, but for what rounding adds
)

// Summary is a report that fits on a page.
type Summary struct {
	api.Span
	Expected  int            // how many people are on the list that the time is about; 0 without one
	Counts    map[string]int // everybody, by status
	People    []api.Attendee // at most MaxShown: those who were there by arrival, then those who were not; each with the last MaxShownEach intervals
	More      int            // how many are not in People
	Came      int            // how many were there, in People or not
	Occupancy []api.OccupancyStep
}

// Summary returns what fits on a page of a report of a room and a time, [from, to). It reads
// the whole time, whatever is left out. See Report for the order of people that are more than
// 1,000, and Roll for bounds and errors.
func (r *Roll) Summary(ctx context.Context, room string, from, to time.Time) (s Summary, err error) {
	report, err := r.Report(ctx, room, from, to)
	if err != nil {
		return s, err
	}
	defer report.Close()
	s = Summary{Span: report.Span, Expected: len(report.list.entries), Counts: make(map[string]int)}
	for p, err := range report.People() {
		if err != nil {
			return s, err
		}
		s.Counts[p.Status]++
		if p.FirstJoined != nil {
			s.Came++
		}
		if len(s.People) == MaxShown {
			s.More++
			continue
		}
		p.Intervals = slices.Clone(p.Intervals[max(0, len(p.Intervals)-MaxShownEach):])
		p.Reasons = slices.Clone(p.Reasons[max(0, len(p.Reasons)-MaxShownEach):])
		s.People = append(s.People, p)
	}
	step := max(to.Sub(from)/ShownSteps, api.MinStep).Round(time.Second)
	now := time.Now()
	s.Occupancy, err = stepsOf(Stays(r.store.Visits(ctx, room, from, to, now)), from, earlier(to, now), step)
	return s, err
}
