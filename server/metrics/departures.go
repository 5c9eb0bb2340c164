package metrics

import "time"

// maxDepartures is how many departures are remembered, at about 150 bytes each. When
// more members leave within returnWithin, returns of the earliest are not counted.
const maxDepartures = 1 << 14

// returnWithin is the longest time after which a return counts as one of somebody who
// had not left.
const returnWithin = time.Minute

// departures remembers who was shown leaving within the last returnWithin.
type departures struct {
	at    map[departure]time.Time
	queue []remembered // oldest first; may contain departures that at has no longer or has again
}

type departure struct{ room, id string }

type remembered struct {
	departure
	at time.Time
}

// add stores a departure and drops those that are too old or too many.
func (d *departures) add(who departure, now time.Time) {
	d.at[who] = now
	d.queue = append(d.queue, remembered{who, now})
	for len(d.queue) > maxDepartures || now.Sub(d.queue[0].at) > returnWithin {
		first := d.queue[0]
		d.queue[0] = remembered{}
		d.queue = d.queue[1:]
		if d.at[first.departure].Equal(first.at) {
			delete(d.at, first.departure)
		}
	}
}

// back reports whether who departed at most returnWithin ago, and drops the departure.
func (d *departures) back(who departure, now time.Time) bool {
	at, ok := d.at[who]
	delete(d.at, who)
	return ok && now.Sub(at) <= returnWithin
}
