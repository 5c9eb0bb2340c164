package scenario

import (
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
)

// Day is the day of one room: n people connect and join all at once; then
// others come one at a time, see Quiet; everybody may rest, and half of the n
// vanish at once. While one day rests, others may begin and end.
type Day struct {
	st        *stage
	residents []*crowd.Client
}

// Begin has a day's room fill.
func Begin(s *subject.Subject, n int) (*Day, error) {
	st, err := open(s)
	if err != nil {
		return nil, err
	}
	d := &Day{st: st}
	d.residents, err = st.fill(n, crowd.Spec{Room: inRoom("standup"), Name: named("member")})
	if err != nil {
		d.End()
		return nil, err
	}
	return d, nil
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
