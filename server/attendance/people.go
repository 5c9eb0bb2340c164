package attendance

import (
	"iter"
	"slices"
	"time"

	"rollcall/shared/api"
)

// People returns the people whose stays these are, in the order of the stays, which must be by
// member. Seconds count within [from, to), and until now for who is present. It holds one
// person at a time, with at most api.MaxIntervals intervals, and ends after an error.
func People(stays iter.Seq2[Stay, error], from, to, now time.Time) iter.Seq2[api.Attendee, error] {
	if now.Before(to) {
		to = now
	}
	return func(yield func(api.Attendee, error) bool) {
		var p api.Attendee
		var lasted time.Duration
		give := func() bool {
			p.Seconds = int64(lasted / time.Second)
			return p.ID == "" || yield(p, nil)
		}
		for s, err := range stays {
			if err != nil {
				yield(api.Attendee{}, err)
				return
			}
			if s.Member != p.ID {
				if !give() {
					return
				}
				p, lasted = api.Attendee{ID: s.Member, Identity: s.Identity, FirstJoined: &s.From, Reasons: []string{}, Names: []string{}}, 0
			}
			addStay(&p, s)
			lasted += s.within(from, to)
		}
		give()
	}
}

// addStay adds a stay to a person.
func addStay(p *api.Attendee, s Stay) {
	p.Visits++
	p.Role, p.Status, p.LastLeft = s.Role, api.StatusPresent, nil
	for _, name := range s.Names {
		if p.Name != name {
			p.Names = append(slices.DeleteFunc(p.Names, func(n string) bool { return n == name }), name)
		}
		p.Name = name
	}
	p.Names = p.Names[max(0, len(p.Names)-maxNames):]
	if !s.To.IsZero() {
		p.Status, p.LastLeft = api.StatusLeft, &s.To
		if len(p.Reasons) < api.MaxIntervals {
			p.Reasons = append(p.Reasons, s.Reason)
		}
	}
	if len(p.Intervals) < api.MaxIntervals {
		p.Intervals = append(p.Intervals, api.Interval{Joined: s.From, Left: p.LastLeft, Reason: s.Reason, Node: s.Node})
	}
}

// within returns how much of a stay is within a time.
func (s *Stay) within(from, to time.Time) time.Duration {
	begin, end := s.From, s.To
	if begin.Before(from) {
		begin = from
	}
	if end.IsZero() || end.After(to) {
		end = to
	}
	return max(0, end.Sub(begin))
}
