package scenario

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
)

// Of the slow readers.
const (
	slowShare    = 100 // one reader in so many is slow
	slowArrivals = 10
)

// SlowConnections returns how many clients Slow has with n readers.
func SlowConnections(n int) int { return 2*n + n/slowShare + slowArrivals }

// Slow is a storm in a room where some do not read: n readers, with slow ones
// or without, see n others join, and then a few one at a time. At last the
// slow ones read on.
func Slow(s *subject.Subject, n int, slow bool) (Metrics, error) {
	return play(s, func(st *stage) error {
		// Names as long as they may be, so that what is not read fills the buffers
		// of the system.
		name := func(prefix string) func(int) string {
			return func(i int) string { return fmt.Sprintf("%s-%s-%05d", prefix, strings.Repeat("x", 50), i) }
		}
		readers, err := st.fill(n, crowd.Spec{Room: inRoom("standup"), Name: name("member")})
		if err != nil {
			return err
		}
		var sleepers []*crowd.Client
		if slow {
			sleepers, err = st.sleepers(n/slowShare, crowd.Spec{Room: inRoom("standup"), Name: name("sleeper"), Slow: true})
			if err != nil {
				return err
			}
		}
		if err := st.stormAround(sleepers, n, name("late")); err != nil {
			return err
		}
		if err := takeTurns([]*quiet{{st: st, residents: readers}}, slowArrivals); err != nil {
			return err
		}
		m, err := st.server.Memory()
		if err != nil {
			return err
		}
		st.metrics["memory.peak_mb"] = float64(m.Peak) / (1 << 20)
		return st.wakeUp(sleepers)
	})
}

// sleepers joins clients who then stop to read.
func (st *stage) sleepers(n int, spec crowd.Spec) ([]*crowd.Client, error) {
	sleepers, err := st.crowd.Open(n, spec)
	if err != nil {
		return nil, err
	}
	st.crowd.Watch(sleepers, false)
	for _, c := range st.crowd.Clients() {
		st.crowd.Expect(c, n)
	}
	for _, c := range sleepers {
		if err := st.crowd.Join(c); err != nil {
			return nil, err
		}
	}
	if _, err := st.crowd.Await(arrivalWithin); err != nil {
		return nil, err
	}
	for _, c := range sleepers {
		if err := c.Pause(); err != nil {
			return nil, err
		}
	}
	return sleepers, nil
}

// stormAround has n more join at once, and waits until everybody who reads
// knows them all.
func (st *stage) stormAround(sleepers []*crowd.Client, n int, name func(int) string) error {
	late, err := st.crowd.Open(n, crowd.Spec{Room: inRoom("standup"), Name: name})
	if err != nil {
		return err
	}
	return st.spend("late", func() error {
		st.crowd.Watch(late, false)
		for _, c := range st.crowd.Clients() {
			if !slices.Contains(sleepers, c) {
				st.crowd.Expect(c, n)
			}
		}
		for _, c := range late {
			if err := st.crowd.Join(c); err != nil {
				return err
			}
		}
		return st.times("late", stormWithin)
	})
}

// wakeUp has those who slept read on. Who was not cut off meanwhile must come
// to the truth.
func (st *stage) wakeUp(sleepers []*crowd.Client) error {
	before := st.crowd.Bytes
	for _, c := range sleepers {
		if err := c.Resume(); err != nil {
			return err
		}
	}
	if err := st.crowd.Verify(truthWithin); err != nil {
		return err
	}
	cut := 0
	for _, c := range sleepers {
		if c.Cut() {
			cut++
		}
	}
	if len(sleepers) > 0 {
		st.metrics["slow.cut"] = float64(cut)
		st.metrics["slow.kb_after_waking"] = float64(st.crowd.Bytes-before) / 1024 / float64(len(sleepers))
	}
	return nil
}
