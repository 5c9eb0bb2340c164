package scenario

import (
	"fmt"
	"slices"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
)

// How often a visitor comes to every room: until there were so many visits, but
// at most so many times.
const (
	visits = 3000
	waves  = 10
)

// Rooms is many small rooms: their members join all at once, then, in waves, a
// visitor comes to each room, and goes again.
func Rooms(s *subject.Subject, rooms, perRoom int) (Metrics, error) {
	return play(s, func(st *stage) error {
		room := func(i int) string { return fmt.Sprintf("room-%d", i%rooms) }
		if _, err := st.fill(rooms*perRoom, crowd.Spec{Room: room, Name: named("member")}); err != nil {
			return err
		}
		byRoom := map[string][]*crowd.Client{}
		for _, c := range st.crowd.Clients() {
			byRoom[c.Room] = append(byRoom[c.Room], c)
		}
		var all []time.Duration
		for range min(waves, (visits+rooms-1)/rooms) {
			visitors, err := st.crowd.Open(rooms, crowd.Spec{Room: room, Name: named("visitor")})
			if err != nil {
				return err
			}
			err = st.spend("rooms", func() error {
				waits, err := st.wave(byRoom, visitors)
				all = append(all, waits...)
				return err
			})
			if err != nil {
				return err
			}
		}
		slices.Sort(all)
		st.metrics["rooms.p50_ms"] = quantile(all, 0.5)
		st.metrics["rooms.p99_ms"] = quantile(all, 0.99)
		st.metrics["rooms.last_ms"] = quantile(all, 1)
		st.perDiff("rooms")
		return st.crowd.Verify(truthWithin)
	})
}

// wave has the visitors come and go, and returns how long their coming took to
// be seen.
func (st *stage) wave(residents map[string][]*crowd.Client, visitors []*crowd.Client) ([]time.Duration, error) {
	st.crowd.Watch(visitors, false)
	for _, v := range visitors {
		for _, c := range residents[v.Room] {
			st.crowd.Expect(c, 1)
		}
		if err := st.crowd.Join(v); err != nil {
			return nil, err
		}
	}
	waits, err := st.crowd.Await(arrivalWithin)
	if err != nil {
		return nil, err
	}
	for _, v := range visitors {
		for _, c := range residents[v.Room] {
			st.crowd.Expect(c, 0)
		}
		v.Close()
	}
	_, err = st.crowd.Await(arrivalWithin)
	return waits, err
}
