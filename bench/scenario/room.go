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

// Room is the day of one room: n people connect, join all at once, then
// `arrivals` others come one at a time, and at last half of all vanish at once.
// Memory is measured when the storm has been over for as long as settle.
func Room(s *subject.Subject, n, arrivals int, settle time.Duration) (Metrics, error) {
	return play(s, func(st *stage) error {
		residents, err := st.fill(n, crowd.Spec{Room: inRoom("standup"), Name: named("member")})
		if err != nil {
			return err
		}
		if err := st.settle(settle, n); err != nil {
			return err
		}
		if err := st.quiet(residents, arrivals); err != nil {
			return err
		}
		if err := st.crowd.Verify(truthWithin); err != nil || st.subject.Silent {
			return err
		}
		return st.exodus(residents)
	})
}

// fill connects clients, and has all join at once.
func (st *stage) fill(n int, spec crowd.Spec) (residents []*crowd.Client, err error) {
	err = st.spend("connect", func() error {
		residents, err = st.crowd.Open(n, spec)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := st.resident("connected", n); err != nil || st.subject.Silent {
		return residents, err
	}
	if err := st.spend("storm", func() error { return st.storm(residents) }); err != nil {
		return nil, err
	}
	return residents, st.crowd.Verify(truthWithin)
}

// settle lets the server rest, and measures what it still has resident for
// its n clients.
func (st *stage) settle(d time.Duration, n int) error {
	if st.subject.Silent {
		return nil
	}
	if err := st.crowd.Rest(d); err != nil {
		return err
	}
	return st.resident("joined", n)
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
	waits, err := st.crowd.Await(stormWithin)
	if err != nil {
		return err
	}
	st.metrics["storm.median_s"] = quantile(waits, 0.5) / 1e3
	st.metrics["storm.last_s"] = quantile(waits, 1) / 1e3
	return nil
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

// exodus has every other resident vanish at once.
func (st *stage) exodus(residents []*crowd.Client) error {
	var gone, staying []*crowd.Client
	for i, c := range residents {
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
		waits, err := st.crowd.Await(stormWithin)
		if err != nil {
			return err
		}
		st.metrics["leave.median_s"] = quantile(waits, 0.5) / 1e3
		st.metrics["leave.last_s"] = quantile(waits, 1) / 1e3
		return nil
	})
	if err != nil {
		return err
	}
	return st.crowd.Verify(truthWithin)
}
