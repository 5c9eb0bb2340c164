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
	lost    time.Time // when the last seat ended
	grace   bool      // it runs since then
	why     []shared.Reason
	fading  []shared.Status // of the seats whose grace runs
	wants   looks           // but for the status
	shown   looks           // with here
	credit  time.Duration   // for changes of it, as of paid
	paid    time.Time
	due     time.Time // when what could not be paid for can be; zero if all is shown
	putOff  time.Time // when a change last had to wait
	leftAt  time.Time
	changes []change
}

// looks is what a room can show of a person.
type looks struct {
	name, note string
	status     shared.Status
}

// change is an arrival, or a departure for one of some reasons.
type change struct {
	at  time.Time
	why []shared.Reason // none: an arrival
}

func newPerson() *person { return &person{live: map[*seat]bool{}} }

// joined notes a session more, which would call the person so.
func (p *person) joined(s *seat, name string) {
	now := time.Now()
	p.advance(now)
	s.status = shared.StatusActive
	if p.here {
		s.status = p.status() // until it says otherwise
		if !p.due.IsZero() {
			p.pay(now)
		}
	} else {
		p.here, p.since = true, now
		p.wants = looks{name: shownAs(name)}
		p.shown = looks{name: shownAs(name), status: s.status}
		p.credit, p.paid = wholeCredit, now
		p.changes = append(p.changes, change{at: now})
	}
	p.live[s] = true
}

// wholeCredit pays for so many changes that the room sees.
const wholeCredit = shared.UpdateBurst * shared.UpdateEvery

// updated notes what a session wants to be seen of its person.
func (p *person) updated(s *seat, u shared.UpdateUser) {
	now := time.Now()
	p.advance(now)
	if u.Name != nil {
		p.wants.name = shownAs(*u.Name)
	}
	if u.Note != nil {
		p.wants.note = shownAs(*u.Note)
	}
	if u.Status != nil {
		s.status = *u.Status
	}
	p.show(now)
}

// updatedLast is updated by a session that has ended at this moment, after that.
func (p *person) updatedLast(s *seat, u shared.UpdateUser) {
	last := len(p.fading) - 1
	if last < 0 || !s.joined || p.live[s] {
		return
	}
	if u.Status != nil {
		p.fading[last] = *u.Status
	}
	p.updated(s, u)
}

// show has the room shown the person as they are to be, if that can be paid for.
func (p *person) show(now time.Time) {
	if p.looks() == p.shown {
		return
	}
	if wait := shared.UpdateEvery - p.credit - now.Sub(p.paid); wait > 0 {
		p.putOff, p.due = now, now.Add(wait)
		return
	}
	p.pay(now)
}

// pay has the room shown the person as they are to be.
func (p *person) pay(now time.Time) {
	if p.looks() != p.shown {
		p.credit = min(p.credit+now.Sub(p.paid), wholeCredit) - shared.UpdateEvery
		p.paid, p.due = now, time.Time{}
		p.shown = p.looks()
	}
}

// looks is how the person is to be seen.
func (p *person) looks() looks { return looks{p.wants.name, p.wants.note, p.status()} }

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
	p.lost, p.grace = now, true
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
	p.fading, p.grace, p.due = nil, false, time.Time{}
	if p.here {
		p.here = false
		p.changes = append(p.changes, change{now, []shared.Reason{shared.ReasonLeft}})
	}
}

// advance notes what the clock alone brings.
func (p *person) advance(now time.Time) {
	if over := p.lost.Add(shared.DefaultGrace); p.grace && !now.Before(over) {
		p.showDue(over)
		p.grace, p.fading = false, nil
		if len(p.live) > 0 {
			p.show(over)
		} else {
			p.here, p.due = false, time.Time{}
			p.changes = append(p.changes, change{over, p.why})
		}
	}
	p.showDue(now)
}

func (p *person) showDue(now time.Time) {
	if at := p.due; !at.IsZero() && !now.Before(at) {
		p.due = time.Time{}
		p.show(at)
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
