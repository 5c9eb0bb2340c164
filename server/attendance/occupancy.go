package attendance

import (
	"context"
	"fmt"
	"iter"
	"time"

	"rollcall/shared/api"
)

// Occupancy returns how many people were in a room within a time, [from, to), in steps. A zero
// step is a hundredth of the time in whole seconds. At most api.MaxSteps steps of at least
// api.MinStep are possible. Steps that begin after now are left out.
func (r *Roll) Occupancy(ctx context.Context, room string, from, to time.Time, step time.Duration) (o api.Occupancy, err error) {
	if step == 0 {
		step = max((to.Sub(from)/100 + time.Second - 1).Truncate(time.Second), api.MinStep)
	}
	switch {
	case step < api.MinStep:
		return o, invalid("step", "is not a duration of 1s or more, as in 15m")
	case (to.Sub(from)-1)/step >= api.MaxSteps:
		return o, invalid("step", fmt.Sprintf("divides the time into more than %d steps", api.MaxSteps))
	}
	ctx, end, err := r.begin(ctx)
	if err != nil {
		return o, err
	}
	defer end()
	now := time.Now()
	if o.Span, err = r.span(ctx, room, from, to, now); err != nil {
		return o, err
	}
	o.Step = step.String()
	o.Steps, err = stepsOf(Stays(r.store.Visits(ctx, room, from, to, now)), from, earlier(to, now), step)
	return o, err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// stepsOf counts the people of stays, which are by member, in the steps of [from, to).
func stepsOf(stays iter.Seq2[Stay, error], from, to time.Time, step time.Duration) ([]api.OccupancyStep, error) {
	if !from.Before(to) {
		return []api.OccupancyStep{}, nil
	}
	n := int((to.Sub(from)-1)/step) + 1
	here, seen := make([]int, n+1), make([]int, n+1) // differences to the step before
	member, counted := "", 0                         // counted are the steps in which the member was seen
	for s, err := range stays {
		if err != nil {
			return nil, err
		}
		if s.Member != member {
			member, counted = s.Member, 0
		}
		begin, end := max(0, s.From.Sub(from)), to.Sub(from)
		if !s.To.IsZero() {
			end = min(end, s.To.Sub(from))
		}
		before := end <= 0 && s.From.Before(from) // it ended when the time begins
		if before || end < begin || begin >= to.Sub(from) {
			continue
		}
		first, last := int((begin+step-1)/step), int((end+step-1)/step) // the steps at whose beginning they were here
		here[min(first, n)]++
		here[min(max(first, last), n)]--
		if first, last = max(counted, int(begin/step)), max(last, int(begin/step)+1); first < last {
			seen[min(first, n)]++
			seen[min(last, n)]--
			counted = last
		}
	}
	steps := make([]api.OccupancyStep, n)
	for i := range steps {
		if i > 0 {
			here[i] += here[i-1]
			seen[i] += seen[i-1]
		}
		steps[i] = api.OccupancyStep{At: from.Add(time.Duration(i) * step).UTC(), Members: here[i], Seen: seen[i]}
	}
	return steps, nil
}
