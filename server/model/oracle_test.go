package model

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"rollcall/shared"
)

// person is the oracle's state of one member of a room on a server. From its sessions
// and the clock, it follows how the room must show the member. Guarded by world.mu,
// except for order.
type person struct {
	// order is held while the hub and then the oracle process a message or the end of
	// a session, so that both process them in the same order.
	order sync.Mutex

	live        map[*seat]bool  // the sessions that have joined and not ended
	here        bool            // the room shows the person
	since       time.Time       // the time of arrival
	lost        time.Time       // when a session last ended
	grace       bool            // the grace period since lost is running
	why         []shared.Reason // of the sessions that ended at lost
	fading      []shared.Status // of the sessions that ended in the grace period
	wants       appearance      // the requested one, without the status
	shown       appearance      // what the room shows, while here
	changed     int64           // User.StatusSince
	credit      time.Duration   // for changes, at paid: each costs shared.UpdateEvery
	paid        time.Time       // when credit was last computed
	due         time.Time       // when there is credit for the pending change; zero if there is none
	putOff      time.Time       // when a change last had to wait
	leftAt      time.Time       // when a session last sent a leave
	expelledAt  time.Time       // when the person was last kicked or banned
	bannedUntil int64           // in milliseconds
	kickedAt    int64           // in milliseconds; whoever has been there since then or before may not come back
	came        time.Time       // when a session last joined
	tied        time.Time       // when one last joined and another ended, and the room may have shown both; zero once that is settled
	over        time.Time       // when one last ended and the grace period of others was over; zero once that is settled
	faded       []shared.Status // of those others
	changes     []change        // all arrivals and departures
}

// appearance is what a room shows of a person, apart from the id and the time of
// arrival.
type appearance struct {
	name, note string
	until      int64 // the end of the note
	status     shared.Status
	devices    int // as in shared.User
}

// change is an arrival or a departure.
type change struct {
	at  time.Time
	why []shared.Reason // the possible reasons of a departure; nil for an arrival
}

func newPerson() *person { return &person{live: map[*seat]bool{}} }

// join adds a session, whose join gives the name. It returns false if the hub rejects
// the join as too frequent: a change of the person is pending for which there will not
// be enough credit within shared.UpdateEvery.
func (p *person) join(s *seat, name string) bool {
	now := time.Now()
	p.advance(now)
	p.dropEndedNote(now)
	if p.here && !p.due.IsZero() && p.owes() && p.credit+now.Sub(p.paid) < 0 {
		p.putOff = now
		if len(p.live) == 0 {
			p.lost = now
		}
		return false
	}
	s.status = shared.StatusActive
	if p.here {
		s.status = p.status() // until the session sets its own
		if !p.due.IsZero() && p.owes() {
			p.pay(now)
		}
	} else {
		p.here, p.since = true, latest(now, time.UnixMilli(p.kickedAt+1))
		p.wants = appearance{name: shownAs(name)}
		p.shown = appearance{name: shownAs(name), status: s.status}
		p.changed = 0
		p.credit, p.paid = wholeCredit, now
		p.changes = append(p.changes, change{at: now})
	}
	p.live[s], p.came = true, now
	if p.grace && p.lost.Equal(now) {
		p.tied = now
	}
	p.show(now)
	return true
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// wholeCredit is the largest credit, enough for shared.UpdateBurst changes.
const wholeCredit = shared.UpdateBurst * shared.UpdateEvery

// update applies an update_user of a session. If first, the hub applied it before it
// showed a pending change that is due now.
func (p *person) update(s *seat, u shared.UpdateUser, first bool) {
	now := time.Now()
	if !first {
		p.advance(now)
	}
	if u.Name != nil {
		p.wants.name = shownAs(*u.Name)
	}
	if u.Note != nil && u.CheckUntil(now) == nil {
		p.wants.note, p.wants.until = shownAs(*u.Note), 0
		if u.NoteUntil != nil {
			p.wants.until = *u.NoteUntil
		}
	}
	if u.Status != nil {
		s.status = *u.Status
	}
	p.advance(now)
	p.show(now)
}

// updateAfterEnd applies an update_user that the hub received before the session ended,
// when the oracle has already noted the end, at the same instant.
func (p *person) updateAfterEnd(s *seat, u shared.UpdateUser) {
	last := len(p.fading) - 1
	if last < 0 || !s.joined || p.live[s] {
		return
	}
	if u.Status != nil {
		p.fading[last] = *u.Status
	}
	p.update(s, u, false)
}

// show has the room show the wanted appearance, if there is credit for the change, or
// else notes when there will be.
func (p *person) show(now time.Time) {
	p.dropEndedNote(now)
	if p.wanted() == p.shown {
		return
	}
	if wait := shared.UpdateEvery - p.credit - now.Sub(p.paid); wait > 0 {
		p.putOff, p.due = now, now.Add(wait)
		return
	}
	p.pay(now)
}

// dropEndedNote has the person want no note instead of one that was put off until its end
// was over.
func (p *person) dropEndedNote(now time.Time) {
	shown := p.wants.note == p.shown.note && p.wants.until == p.shown.until
	if p.wants.until != 0 && !shown && p.wants.until <= now.UnixMilli() {
		p.wants.note, p.wants.until = "", 0
	}
}

// pay has the room show the wanted appearance, and takes the credit for the change.
func (p *person) pay(now time.Time) {
	if p.wanted() != p.shown {
		p.credit = min(p.credit+now.Sub(p.paid), wholeCredit) - shared.UpdateEvery
		p.paid, p.due = now, time.Time{}
		if p.status() != p.shown.status {
			p.changed = max(now.UnixMilli(), p.since.UnixMilli()+1)
		}
		p.shown = p.wanted()
	}
}

// wanted returns the appearance that the room should show.
func (p *person) wanted() appearance {
	live, ending := len(p.live), len(p.fading)
	devices := min(max(live, min(max(p.shown.devices, 1), live+ending)), shared.MaxDevices)
	if devices < 2 {
		devices = 0
	}
	return appearance{p.wants.name, p.wants.note, p.wants.until, p.status(), devices}
}

// owes reports whether the room should show something else of the person than it does,
// apart from the number of devices.
func (p *person) owes() bool {
	want := p.wanted()
	want.devices = p.shown.devices
	return want != p.shown
}

// leaveSession notes the end of a session. The reason of the last one counts, or any of
// those that end at the same instant.
func (p *person) leaveSession(s *seat, why shared.Reason) {
	if !p.live[s] {
		return
	}
	now := time.Now()
	if p.grace && now.Equal(p.lost.Add(grace)) {
		p.over, p.faded = now, slices.Clone(p.fading)
	}
	p.advance(now)
	delete(p.live, s)
	p.fading = append(p.fading, s.status)
	if !p.lost.Equal(now) {
		p.why = nil
	}
	p.lost, p.grace = now, true
	if p.came.Equal(now) {
		p.tied = now
	}
	p.why = append(p.why, why)
}

// unsettled reports whether something that happened before now is left to settle. What happens
// now may not have reached the hub.
func (p *person) unsettled(now time.Time) bool {
	return !p.tied.IsZero() && p.tied.Before(now) || !p.over.IsZero() && p.over.Before(now)
}

// settle brings the person in line with the number of devices that the room shows, if it
// depends on the order of two things that happened at one instant. If a session joined and
// another ended, the room may have shown one more or one less in between. If a session ended
// and the grace period of others was over, a new one may have begun before, in which those
// others still count.
func (p *person) settle(devices int) {
	tied, over := p.tied, p.over
	p.tied, p.over = time.Time{}, time.Time{}
	switch one := max(devices, 1) - max(p.shown.devices, 1); {
	case one > 0 && !over.IsZero() && p.paid.Equal(over):
		p.credit += shared.UpdateEvery
		p.fading = append(p.faded, p.fading...)
	case one == 1 && !tied.IsZero() && !p.paid.After(tied):
		p.credit, p.paid = min(p.credit+tied.Sub(p.paid), wholeCredit)-shared.UpdateEvery, tied
	case one == -1 && !tied.IsZero() && p.paid.Equal(tied):
		p.credit += shared.UpdateEvery
	default:
		return
	}
	p.shown.devices = devices
}

// leave ends all sessions, because one of them has sent a leave.
func (p *person) leave() {
	p.advance(time.Now())
	p.expel(shared.ReasonLeft)
}

// expel ends all sessions. If the person has departed at this instant, that may have been
// for this reason.
func (p *person) expel(why shared.Reason) {
	now := time.Now()
	if !p.here && p.leftJustNow() {
		last := &p.changes[len(p.changes)-1]
		last.why = append(slices.Clone(last.why), why)
	}
	for s := range p.live {
		s.markEnded()
	}
	clear(p.live)
	p.fading, p.grace, p.due = nil, false, time.Time{}
	if p.here {
		p.here = false
		p.changes = append(p.changes, change{now, []shared.Reason{why}})
	}
}

// advance applies what happens only because time has passed: the end of a note, that of
// the grace period, and a pending change that is due.
func (p *person) advance(now time.Time) {
	p.advanceNotes(now)
	p.advanceRest(now)
	p.advanceNotes(now) // of changes that were pending
}

// advanceNotes ends the notes that are shown and over, after what happened before.
func (p *person) advanceNotes(now time.Time) {
	for p.here && p.shown.until != 0 && !now.Before(time.UnixMilli(p.shown.until)) {
		end := p.shown.until
		p.advanceRest(time.UnixMilli(end))
		if p.here && p.shown.until == end {
			p.endNote()
		}
	}
}

// endNote clears the note that is shown, and what the person wants unless that is another.
func (p *person) endNote() {
	if p.wants.note == p.shown.note && p.wants.until == p.shown.until {
		p.wants.note, p.wants.until = "", 0
	}
	p.shown.note, p.shown.until = "", 0
}

// advanceRest is advance without notes.
func (p *person) advanceRest(now time.Time) {
	if over := p.lost.Add(grace); p.grace && !now.Before(over) {
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

// showDue shows the pending change if it is due.
func (p *person) showDue(now time.Time) {
	if at := p.due; !at.IsZero() && !now.Before(at) {
		p.due = time.Time{}
		p.show(at)
	}
}

// status returns the most attentive status of all sessions, including those that ended
// in the grace period.
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

// fits returns an error unless the room has seen the changes of the person in order,
// each not before its time, and not later than by the given delay.
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

// epoch is the time at which the clock of every synctest bubble starts.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
