package attendance

import (
	"context"
	"iter"
	"slices"
	"time"

	"rollcall/shared/api"
)

// sortedUpTo is how many people a report has at most that it holds at a time: so many are in
// the order of their arrival, and more in that of their ids, as they are read.
const sortedUpTo = 1000

// heldIntervals is how many intervals these people have at most.
const heldIntervals = 10 * sortedUpTo

// Report is who was in a room within a time. Close must be called.
type Report struct {
	api.Span

	list *list
	held []api.Attendee // the first people
	next func() (api.Attendee, error, bool)
	end  []func() // what Close calls
}

// Report begins a report of a room and a time, [from, to). The time may lie in the future, of
// which nobody knows anything yet. Whatever the time and the room, the report holds 1,000
// people at most, with 10,000 visits, and one more.
func (r *Roll) Report(ctx context.Context, room string, from, to time.Time) (_ *Report, err error) {
	ctx, end, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	report := &Report{end: []func(){end}}
	defer func() {
		if err != nil {
			report.Close()
		}
	}()
	now := time.Now()
	if report.Span, err = r.span(ctx, room, from, to, now); err != nil {
		return nil, err
	}
	expected, err := r.store.Expected(ctx, room)
	if err != nil {
		return nil, err
	}
	report.list = listFor(expected, from, to)
	people := People(Stays(r.store.Visits(ctx, room, from, to, now)), from, to, now)
	if err := report.hold(people); err != nil {
		return nil, err
	}
	if report.next != nil && report.list.names { // a name may be that of people who come later
		for p, err := range people {
			if err != nil {
				return nil, err
			}
			report.list.count(&p)
		}
	}
	return report, nil
}

// hold reads the first people. If that is all, they are counted and sorted, and next is nil.
func (r *Report) hold(people iter.Seq2[api.Attendee, error]) error {
	next, stop := iter.Pull2(people)
	for intervals := 0; len(r.held) < sortedUpTo && intervals < heldIntervals; {
		p, err, ok := next()
		if err != nil || !ok {
			stop()
			for i := range r.held {
				r.list.count(&r.held[i])
			}
			slices.SortStableFunc(r.held, func(a, b api.Attendee) int { return a.FirstJoined.Compare(*b.FirstJoined) })
			return err
		}
		r.held = append(r.held, p)
		intervals += len(p.Intervals)
	}
	r.next = next
	r.end = append(r.end, stop)
	return nil
}

// People returns the people of the report: who was there, and after them who is on the list
// and was not. They are sorted as api.Attendance says. It may be used once, and ends after an
// error.
func (r *Report) People() iter.Seq2[api.Attendee, error] {
	return func(yield func(api.Attendee, error) bool) {
		for _, p := range r.held {
			r.list.judge(&p)
			if !yield(p, nil) {
				return
			}
		}
		r.held = nil
		for r.next != nil {
			p, err, ok := r.next()
			if !ok {
				break
			}
			if err == nil {
				r.list.judge(&p)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
		r.list.missing(func(p api.Attendee) bool { return yield(p, nil) })
	}
}

// Close ends the report.
func (r *Report) Close() {
	for _, end := range slices.Backward(r.end) {
		end()
	}
}
