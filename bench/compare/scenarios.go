package compare

import (
	"slices"
	"strings"
	"sync"
	"time"

	"rollcall/bench/crowd"
)

// theRoom is the only room.
const theRoom = "standup"

// day is what happens in one large room: n people connect and join all at once; then
// others come one at a time; everybody rests; half of the n vanish at once.
type day struct {
	n, arrivals int
	rest        time.Duration // 0 for none
}

// play plays the same day in a room of each subject. All servers run at the same time, so
// that they share the machine equally while visitors arrive and while the rooms rest. The
// rooms are filled in the order of the subjects and end in the opposite order: a later
// subject has more servers beside it in its storm.
func (d day) play(subjects []*Subject) (measured []Metrics, err error) {
	var stages []*stage
	defer func() {
		for _, st := range stages {
			st.close()
		}
	}()
	for _, s := range subjects {
		st, err := open(s)
		if err != nil {
			return nil, err
		}
		stages = append(stages, st)
		st.fill(d.n, people(theRoom, "member"))
		if err := st.Verify(truthWithin); err != nil {
			return nil, err
		}
	}
	visits(stages, d.arrivals)
	for _, st := range stages {
		measured = append(measured, st.metrics)
		if err := st.Verify(truthWithin); err != nil {
			return nil, err
		}
	}
	if d.rest > 0 {
		var all sync.WaitGroup
		for _, st := range stages {
			all.Go(func() { st.rest(d.rest) })
		}
		all.Wait()
	}
	for len(stages) > 0 {
		st := stages[len(stages)-1]
		if !st.subject.Silent {
			st.exodus()
		}
		if err := st.Verify(truthWithin); err != nil {
			return nil, err
		}
		st.close()
		stages = stages[:len(stages)-1]
	}
	return measured, nil
}

// fill connects clients, and has all join at once. Memory is measured when they are
// connected, and when the last of them sees everybody.
func (st *stage) fill(n int, spec crowd.Spec) {
	st.spend("connect", func() { st.residents = st.Open(n, spec) })
	st.resident("connected")
	if !st.subject.Silent {
		st.storm("storm", st.residents, st.residents)
	}
	st.resident("joined")
}

// storm has clients join at once, and waits until everybody who listens sees all of them.
func (st *stage) storm(name string, arriving, listening []*crowd.Client) {
	st.spend(name, func() {
		st.Watch(arriving...)
		st.Expect(len(arriving), listening...)
		st.Join(arriving...)
		st.times(name)
	})
}

// The visits to a quiet room.
const (
	batch = 10                    // visitors that are connected before they arrive; each must join within 10 s
	pause = 10 * time.Millisecond // before and after an arrival
)

// visits has visitors arrive in the rooms of all stages, one at a time, and measures
// when the residents see each of them. The rooms take turns with each arrival, so that
// other work on the machine affects all of them.
func visits(stages []*stage, arrivals int) {
	waits := make([][][]time.Duration, len(stages)) // by stage and arrival
	for begin := 0; begin < arrivals; begin += batch {
		n := min(batch, arrivals-begin)
		visitors := make([][]*crowd.Client, len(stages))
		for i, st := range stages {
			visitors[i] = st.Open(n, people(theRoom, "visitor"))
		}
		for v := range n {
			for i, st := range stages {
				waits[i] = append(waits[i], st.arrival(visitors[i][v]))
			}
		}
	}
	for i, st := range stages {
		if st.Err() != nil {
			continue
		}
		var medians, lasts []time.Duration
		for _, w := range waits[i] {
			medians, lasts = append(medians, w[len(w)/2]), append(lasts, w[len(w)-1])
		}
		all := slices.Concat(waits[i]...)
		slices.Sort(all)
		slices.Sort(medians)
		slices.Sort(lasts)
		st.metrics["quiet.p50_ms"] = quantile(all, 0.5)
		st.metrics["quiet.p99_ms"] = quantile(all, 0.99)
		st.metrics["quiet.median_ms"] = quantile(medians, 0.5)
		st.metrics["quiet.last_ms"] = quantile(lasts, 0.5)
		st.metrics["quiet.last_p99_ms"] = quantile(lasts, 0.99)
		st.metrics["quiet.cpu_per_diff_us"] = st.metrics["quiet.server_cpu_s"] * 1e6 / max(1, st.metrics["quiet.diffs"])
	}
}

// arrival has one visitor join, and returns how long each resident took to see it. The
// pauses let the room read what is still under way.
func (st *stage) arrival(visitor *crowd.Client) (waits []time.Duration) {
	st.Rest(pause)
	st.spend("quiet", func() {
		st.Watch(visitor)
		st.Expect(1, st.residents...)
		st.Join(visitor)
		waits = st.Await(arrivalWithin)
		st.Rest(pause)
	})
	return waits
}

// rest has the clients only answer pings for a while, and records the server's CPU time
// and memory.
func (st *stage) rest(d time.Duration) {
	before := st.cpu()
	st.Rest(d)
	st.metrics["rest.cpu_ms_per_s"] = 1e3 * (st.cpu() - before).Seconds() / d.Seconds()
	st.resident("rested")
}

// exodus has every other resident vanish at once.
func (st *stage) exodus() {
	var gone, staying []*crowd.Client
	for pair := range slices.Chunk(st.residents, 2) {
		gone, staying = append(gone, pair[0]), append(staying, pair[1:]...)
	}
	st.spend("leave", func() {
		st.Watch(gone...)
		st.Expect(0, staying...)
		for _, c := range gone {
			c.Close()
		}
		st.times("leave")
	})
}

// The slow readers.
const (
	slowShare    = 100 // one reader in so many is slow
	slowArrivals = 10
)

// slowScenario plays a storm in a room where, if slow is set, some clients stop reading: n
// readers see n others join at once, and then a few one at a time. At last the slow ones
// read on. Names are as long as allowed, so that unread data fills the system's buffers.
func slowScenario(s *Subject, n int, slow bool) (Metrics, error) {
	st, err := open(s)
	if err != nil {
		return nil, err
	}
	defer st.close()
	long := strings.Repeat("x", 50)
	st.fill(n, people(theRoom, "member-"+long))
	var sleepers []*crowd.Client
	if slow {
		spec := people(theRoom, "sleeper-"+long)
		spec.Slow = true
		sleepers = st.Open(n/slowShare, spec)
		st.Watch(sleepers...)
		st.Expect(len(sleepers), st.Clients()...)
		st.Join(sleepers...)
		st.Await(arrivalWithin)
		for _, c := range sleepers {
			st.Fail(c.Pause())
		}
	}
	late := st.Open(n, people(theRoom, "late-"+long))
	reading := slices.DeleteFunc(st.Clients(), func(c *crowd.Client) bool { return slices.Contains(sleepers, c) })
	st.storm("late", late, reading)
	visits([]*stage{st}, slowArrivals)
	_, peak, err := st.server.Memory()
	st.Fail(err)
	st.metrics["memory.peak_mb"] = float64(peak) / (1 << 20)
	if st.Err() == nil && slow {
		st.wake(sleepers)
	}
	return st.metrics, st.Verify(truthWithin)
}

// wake has slow readers read on. Those that were not cut off must end up with the true
// roster.
func (st *stage) wake(sleepers []*crowd.Client) {
	before, cut := st.Bytes, 0
	for _, c := range sleepers {
		st.Fail(c.Resume())
	}
	st.Fail(st.Verify(truthWithin))
	for _, c := range sleepers {
		if c.Cut() {
			cut++
		}
	}
	st.metrics["slow.cut"] = float64(cut)
	st.metrics["slow.after_waking_kb"] = float64(st.Bytes-before) / 1024 / float64(len(sleepers))
}
