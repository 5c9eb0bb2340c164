package scenario

import (
	"slices"
	"time"

	"rollcall/bench/crowd"
)

// Of the quiet room.
const (
	batch = 25                    // visitors that are connected before they arrive, so that they are met at the door
	pause = 10 * time.Millisecond // before an arrival
)

// quiet is a room at rest to which visitors come one at a time.
type quiet struct {
	st        *stage
	residents []*crowd.Client
	visitors  []*crowd.Client // of the batch

	all, medians, lasts []time.Duration
}

// Quiet has visitors arrive in the rooms of several days, one at a time, and
// measures when the residents have seen each of them. The rooms take turns
// with each arrival: whatever else the machine does, or has in its caches,
// while one of them is measured, it does for the others too.
func Quiet(days []*Day, arrivals int) error {
	rooms := make([]*quiet, len(days))
	for i, d := range days {
		rooms[i] = &quiet{st: d.st, residents: d.residents}
	}
	if err := takeTurns(rooms, arrivals); err != nil {
		return err
	}
	for _, q := range rooms {
		if err := q.st.crowd.Verify(truthWithin); err != nil {
			return err
		}
	}
	return nil
}

// takeTurns has so many visitors arrive in each room, each of them in all
// rooms before the next one in any, and notes what that took.
func takeTurns(rooms []*quiet, arrivals int) error {
	for begin := 0; begin < arrivals; begin += batch {
		n := min(batch, arrivals-begin)
		for _, q := range rooms {
			if err := q.open(n); err != nil {
				return err
			}
		}
		for i := range n {
			for _, q := range rooms {
				if err := q.arrival(q.visitors[i]); err != nil {
					return err
				}
			}
		}
	}
	for _, q := range rooms {
		q.note()
	}
	return nil
}

// open connects the visitors of the next batch.
func (q *quiet) open(n int) (err error) {
	q.visitors, err = q.st.crowd.Open(n, crowd.Spec{Room: inRoom(q.residents[0].Room), Name: named("visitor")})
	return err
}

// arrival has one visitor join, and keeps how long each resident took to learn
// of it. The pause before it is for what the room still has to read.
func (q *quiet) arrival(visitor *crowd.Client) error {
	if err := q.st.crowd.Rest(pause); err != nil {
		return err
	}
	return q.st.spend("quiet", func() error {
		q.st.crowd.Watch([]*crowd.Client{visitor}, false)
		for _, c := range q.residents {
			q.st.crowd.Expect(c, 1)
		}
		if err := q.st.crowd.Join(visitor); err != nil {
			return err
		}
		waits, err := q.st.crowd.Await(arrivalWithin)
		if err != nil {
			return err
		}
		q.all = append(q.all, waits...)
		q.medians = append(q.medians, waits[len(waits)/2])
		q.lasts = append(q.lasts, waits[len(waits)-1])
		return q.st.crowd.Rest(pause)
	})
}

// note makes metrics of what was kept.
func (q *quiet) note() {
	for _, sorted := range [][]time.Duration{q.all, q.medians, q.lasts} {
		slices.Sort(sorted)
	}
	m := q.st.metrics
	m["quiet.p50_ms"] = quantile(q.all, 0.5)
	m["quiet.p99_ms"] = quantile(q.all, 0.99)
	m["quiet.median_ms"] = quantile(q.medians, 0.5)
	m["quiet.last_ms"] = quantile(q.lasts, 0.5)
	m["quiet.last_p99_ms"] = quantile(q.lasts, 0.99)
	q.st.perDiff("quiet")
}
