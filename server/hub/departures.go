package hub

import "time"

// maxDepartures bounds the departures that are remembered, at about 150 bytes
// each. When more people than that leave within ReturnWithin, the returns of
// the first of them are not noticed.
const maxDepartures = 1 << 14

// departures remembers who was shown leaving a short while ago. Guarded by
// stats.mu.
type departures struct {
	at    map[departure]time.Time
	queue []departed // oldest first; what at no longer has, or has anew, is passed over
}

type departure struct{ room, id string }

type departed struct {
	departure
	at time.Time
}

// add notes a departure, and forgets those that are too long ago or too many.
func (d *departures) add(who departure, now time.Time) {
	d.at[who] = now
	d.queue = append(d.queue, departed{who, now})
	for len(d.queue) > maxDepartures || now.Sub(d.queue[0].at) > ReturnWithin {
		first := d.queue[0]
		d.queue[0] = departed{}
		d.queue = d.queue[1:]
		if d.at[first.departure].Equal(first.at) {
			delete(d.at, first.departure)
		}
	}
}

// back reports whether who left at most ReturnWithin ago, and forgets it.
func (d *departures) back(who departure, now time.Time) bool {
	at, ok := d.at[who]
	delete(d.at, who)
	return ok && now.Sub(at) <= ReturnWithin
}
