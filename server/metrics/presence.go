package metrics

import (
	"context"
	"maps"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// syncWithin bounds how long a scrape waits for the facts of what happened before it.
const syncWithin = time.Second

// detectionBounds are the buckets of seconds until a departure is noticed. They are laid
// around what the design promises: a grace of 3 s, a cut cable after 25 s and 10 s and
// the grace.
var detectionBounds = []float64{0.1, 1, 2.5, 3.5, 5, 10, 15, 20, 30, 40, 60, 120}

// Rooms is a prometheus.Collector of what happens in the rooms of a hub. It counts by
// itself, as an observer, who comes and goes. It is safe for concurrent use.
type Rooms struct {
	hub      *hub.Hub
	observer *hub.Observer

	mu      sync.Mutex
	members map[string]int // by room; without rooms that nobody is in
	gone    departures
	count   counts
}

// counts are what the hub counts and, below, what its facts say. The counters don't have
// what was missed in a gap of the facts.
type counts struct {
	stats.Counts
	Rooms, Members int    // rooms with at least one member, and the members
	Arrivals       uint64 // members that were shown arriving
	FalseLeaves    uint64 // members who were shown leaving, without having said so, and came back within returnWithin
	GhostSeconds   float64
	Departed       map[shared.Reason]uint64          // members that were shown leaving
	Detection      map[shared.Reason]stats.Histogram // seconds from their last sign of life until all were told
}

// Observe returns a Rooms that counts from now on, until it or the hub is closed.
func Observe(h *hub.Hub) *Rooms {
	r := &Rooms{
		hub: h, members: make(map[string]int),
		gone:  departures{at: make(map[departure]time.Time)},
		count: counts{Departed: make(map[shared.Reason]uint64), Detection: make(map[shared.Reason]stats.Histogram)},
	}
	r.observer = h.Observe("metrics", r.apply)
	r.sync() // who arrives before the first snapshot would not be counted
	return r
}

// Close ends the counting.
func (r *Rooms) Close() { r.observer.Close() }

// sync waits until what happened before the call is counted, but no longer than syncWithin.
func (r *Rooms) sync() {
	ctx, cancel := context.WithTimeout(context.Background(), syncWithin)
	defer cancel()
	_ = r.observer.Sync(ctx) // what is known by then is served
}

// apply counts facts.
func (r *Rooms) apply(facts []hub.Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range facts {
		r.countMembers(f)
		switch {
		case f.Snapshot || f.RoomEnded: // no client was shown anything
		case f.Kind == hub.FactArrived:
			r.count.Arrivals++
			if r.gone.back(departure{f.Room, f.Member.ID}, f.Time) {
				r.count.FalseLeaves++
			}
		case f.Kind == hub.FactDeparted:
			r.departed(f)
		}
	}
}

// countMembers keeps members up to date. mu is held.
func (r *Rooms) countMembers(f hub.Fact) {
	switch f.Kind {
	case hub.FactGap:
		clear(r.members)
	case hub.FactArrived:
		r.members[f.Room]++
	case hub.FactDeparted:
		if r.members[f.Room]--; r.members[f.Room] <= 0 {
			delete(r.members, f.Room)
		}
	case hub.FactRoomClosed:
		delete(r.members, f.Room)
	}
}

// departed counts a FactDeparted. mu is held.
func (r *Rooms) departed(f hub.Fact) {
	r.count.Departed[f.Reason]++
	if f.Reason != shared.ReasonLeft {
		r.gone.add(departure{f.Room, f.Member.ID}, f.Time)
	}
	if f.Seen.IsZero() {
		return
	}
	late := f.Time.Sub(f.Seen).Seconds()
	h, ok := r.count.Detection[f.Reason]
	if !ok {
		h = stats.NewHistogram(detectionBounds)
	}
	h.Observe(late)
	r.count.Detection[f.Reason] = h
	r.count.GhostSeconds += late
}

// counts returns a copy of what was counted.
func (r *Rooms) counts() counts {
	r.sync()
	own := r.hub.Stats()
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.count
	p.Counts = own
	p.Rooms = len(r.members)
	for _, n := range r.members {
		p.Members += n
	}
	p.Departed = maps.Clone(p.Departed)
	p.Detection = make(map[shared.Reason]stats.Histogram, len(p.Detection))
	for reason, h := range r.count.Detection {
		p.Detection[reason] = h.Clone()
	}
	return p
}
