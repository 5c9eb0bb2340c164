package scenario

import (
	"slices"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
)

// Of the quiet room.
const (
	batch = 25                    // visitors that are connected before they arrive, so that they are met at the door
	pause = 10 * time.Millisecond // between two arrivals
)

// Day is the day of one room: n people connect and join all at once, then
// others come one at a time; everybody may rest, and half of the n vanish at
// once. While one day rests, others may begin and end.
type Day struct {
	st        *stage
	residents []*crowd.Client
}

// Begin has a day's room fill and see its arrivals.
func Begin(s *subject.Subject, n, arrivals int) (*Day, error) {
	st, err := open(s)
	if err != nil {
		return nil, err
	}
	d := &Day{st: st}
	if err := d.morning(n, arrivals); err != nil {
		d.End()
		return nil, err
	}
	return d, nil
}

func (d *Day) morning(n, arrivals int) (err error) {
	if d.residents, err = d.st.fill(n, crowd.Spec{Room: inRoom("standup"), Name: named("member")}); err != nil {
		return err
	}
	if err := d.st.quiet(d.residents, arrivals); err != nil {
		return err
	}
	return d.st.crowd.Verify(truthWithin)
}

// Rest leaves the room alone until something else is done, for at least so long.
func (d *Day) Rest(least time.Duration) { d.st.rest(least) }

// End ends the day and its server, and returns what was measured.
func (d *Day) End() Metrics {
	d.st.close()
	return d.st.metrics
}

// fill connects clients, and has all join at once. Memory is measured when the
// last of them knows everybody.
func (st *stage) fill(n int, spec crowd.Spec) (residents []*crowd.Client, err error) {
	err = st.spend("connect", func() error {
		residents, err = st.crowd.Open(n, spec)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := st.resident("connected"); err != nil {
		return nil, err
	}
	if st.subject.Silent {
		return residents, st.resident("joined")
	}
	if err := st.spend("storm", func() error { return st.storm(residents) }); err != nil {
		return nil, err
	}
	if err := st.resident("joined"); err != nil {
		return nil, err
	}
	return residents, st.crowd.Verify(truthWithin)
}

// storm has clients join at once, and waits until each knows all of its room.
func (st *stage) storm(arriving []*crowd.Client) error {
	perRoom := map[string]int{}
	for _, c := range arriving {
		perRoom[c.Room]++
	}
	st.crowd.Watch(arriving, false)
	for _, c := range st.crowd.Clients() {
		st.crowd.Expect(c, perRoom[c.Room])
	}
	for _, c := range arriving {
		if err := st.crowd.Join(c); err != nil {
			return err
		}
	}
	return st.times("storm", stormWithin)
}

// quiet has visitors arrive one at a time, and measures when the residents
// have seen each of them.
func (st *stage) quiet(residents []*crowd.Client, arrivals int) error {
	var all, medians, lasts []time.Duration
	for begin := 0; begin < arrivals; begin += batch {
		visitors, err := st.crowd.Open(min(batch, arrivals-begin), crowd.Spec{Room: inRoom(residents[0].Room), Name: named("visitor")})
		if err != nil {
			return err
		}
		err = st.spend("quiet", func() error {
			for _, v := range visitors {
				waits, err := st.arrival(residents, v)
				if err != nil {
					return err
				}
				all = append(all, waits...)
				medians = append(medians, waits[len(waits)/2])
				lasts = append(lasts, waits[len(waits)-1])
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, sorted := range [][]time.Duration{all, medians, lasts} {
		slices.Sort(sorted)
	}
	st.metrics["quiet.p50_ms"] = quantile(all, 0.5)
	st.metrics["quiet.p99_ms"] = quantile(all, 0.99)
	st.metrics["quiet.median_ms"] = quantile(medians, 0.5)
	st.metrics["quiet.last_ms"] = quantile(lasts, 0.5)
	st.metrics["quiet.last_p99_ms"] = quantile(lasts, 0.99)
	st.perDiff("quiet")
	return nil
}

// arrival has one visitor join, and returns how long each resident took to
// learn of it, from shortest to longest.
func (st *stage) arrival(residents []*crowd.Client, visitor *crowd.Client) ([]time.Duration, error) {
	st.crowd.Watch([]*crowd.Client{visitor}, false)
	for _, c := range residents {
		st.crowd.Expect(c, 1)
	}
	if err := st.crowd.Join(visitor); err != nil {
		return nil, err
	}
	waits, err := st.crowd.Await(arrivalWithin)
	if err != nil {
		return nil, err
	}
	return waits, st.crowd.Rest(pause)
}

// Exodus waits until the room has rested, and has every other resident vanish
// at once.
func (d *Day) Exodus() error {
	st := d.st
	if err := st.wake(); err != nil || st.subject.Silent {
		return err
	}
	var gone, staying []*crowd.Client
	for i, c := range d.residents {
		if i%2 == 0 {
			gone = append(gone, c)
		} else {
			staying = append(staying, c)
		}
	}
	err := st.spend("leave", func() error {
		st.crowd.Watch(gone, true)
		for _, c := range staying {
			st.crowd.Expect(c, 0)
		}
		for _, c := range gone {
			c.Close()
		}
		return st.times("leave", stormWithin)
	})
	if err != nil {
		return err
	}
	return st.crowd.Verify(truthWithin)
}
