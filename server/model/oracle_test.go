package model

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"rollcall/shared"
)

// person is what the oracle knows of one member of one room of one server: who
// must be shown, until when, and since when. Guarded by world.mu, but for order.
type person struct {
	// order is held while the hub is told something of the person and until the
	// oracle has heard of it, so that both hear it in the same order.
	order sync.Mutex

	live    map[*seat]bool
	here    bool
	since   time.Time
	lost    time.Time // when the last seat ended, with here and nobody live
	why     []shared.Reason
	fading  []shared.Status // of the seats whose grace runs
	leftAt  time.Time
	changes []change
}

// change is an arrival, or a departure for one of some reasons.
type change struct {
	at  time.Time
	why []shared.Reason // none: an arrival
}

func newPerson() *person { return &person{live: map[*seat]bool{}} }

// joined notes a session more.
func (p *person) joined(s *seat) {
	now := time.Now()
	p.advance(now)
	s.status = shared.StatusActive
	if p.here {
		s.status = p.status() // until it says otherwise
	} else {
		p.here, p.since = true, now
		p.changes = append(p.changes, change{at: now})
	}
	p.live[s] = true
}

// ended notes that a session is over. The reason of the last one counts; of
// those that end at the same time it is anybody's.
func (p *person) ended(s *seat, why shared.Reason) {
	if !p.live[s] {
		return
	}
	now := time.Now()
	p.advance(now)
	delete(p.live, s)
	p.fading = append(p.fading, s.status)
	if !p.lost.Equal(now) {
		p.why = nil
	}
	p.lost = now
	p.why = append(p.why, why)
}

// left notes that the person said so, in any session.
func (p *person) left() {
	now := time.Now()
	p.advance(now)
	for s := range p.live {
		s.ended = true
	}
	clear(p.live)
	p.fading = nil
	if p.here {
		p.here = false
		p.changes = append(p.changes, change{now, []shared.Reason{shared.ReasonLeft}})
	}
}

// advance notes what the clock alone brings.
func (p *person) advance(now time.Time) {
	if now.Before(p.lost.Add(shared.DefaultGrace)) {
		return
	}
	p.fading = nil
	if p.here && len(p.live) == 0 {
		p.here = false
		p.changes = append(p.changes, change{p.lost.Add(shared.DefaultGrace), p.why})
	}
}

// status is the most attentive one of all sessions, those whose grace runs included.
func (p *person) status() shared.Status {
	all := slices.Clone(p.fading)
	for s := range p.live {
		all = append(all, s.status)
	}
	for _, status := range statuses {
		if slices.Contains(all, status) {
			return status
		}
	}
	return ""
}

// fits reports whether seen is what was to be seen: each change in its order,
// not before its time, and no later than after the given delay.
func (p *person) fits(seen []change, now time.Time, delay time.Duration) error {
	for i, want := range p.changes {
		if i == len(seen) {
			if now.Sub(want.at) > delay {
				return fmt.Errorf("nobody was told of %v", want)
			}
			return nil
		}
		got := seen[i]
		late := got.at.Sub(want.at)
		if (got.why == nil) != (want.why == nil) || late < 0 || late > delay {
			return fmt.Errorf("the room was told %v, which should be %v", got, want)
		}
		if got.why != nil && !slices.Contains(want.why, got.why[0]) {
			return fmt.Errorf("the room was told %v, which should be %v", got, want)
		}
	}
	if len(seen) > len(p.changes) {
		return fmt.Errorf("the room was told %v, which should not be", seen[len(p.changes)])
	}
	return nil
}

func (c change) String() string {
	at := c.at.Sub(epoch).String()
	if c.why == nil {
		return "an arrival at " + at
	}
	return fmt.Sprintf("a departure at %s because %v", at, c.why)
}

// epoch is when the clock of every bubble starts.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
