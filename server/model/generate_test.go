package model

import (
	"math/rand/v2"
	"slices"
	"time"

	"rollcall/shared"
)

// generate returns the schedule of a seed.
func generate(seed uint64) schedule {
	r := rand.New(rand.NewPCG(seed, 0x526f6c6c63616c6c))
	s := schedule{shape: drawShape(r)}
	kinds, total := drawKinds(r)
	length := 8 + r.IntN(60)
	if s.shape.Tabs > 16 {
		length = 2*s.shape.Tabs + r.IntN(60)
	}
	bursts := r.IntN(4) // of 5 steps, so many come at the same time as the next
	focus := 0
	for len(s.steps) < length {
		st := drawStep(r, pick(r, kinds, total), s.shape, bursts)
		if slices.Contains(st.op.args, tabArg) {
			if r.IntN(2) == 0 { // several steps on the same tab find more bugs
				st.who = focus
			}
			focus = st.who
		}
		s.steps = append(s.steps, st)
	}
	return s
}

// drawShape returns a random shape. Most are small: they find as many bugs in less
// time.
func drawShape(r *rand.Rand) shape {
	s := shape{
		Tabs:     2 + r.IntN(8),
		Rooms:    1 + r.IntN(2),
		Observed: r.IntN(4) > 0,
		Buffer:   1 << r.IntN(4),
		LogBytes: 1 << (10 + r.IntN(4)),
		Patient:  r.IntN(4) == 0,
		Delays:   r.Uint64(),
	}
	switch size := r.IntN(1000); {
	case size < 2:
		s.Tabs, s.Rooms = 270+r.IntN(100), 1
	case size < 60:
		s.Tabs, s.Rooms = 10+r.IntN(40), 1+r.IntN(4)
	case size < 120:
		s.Audience, s.Rooms = manyFlushers, 1
	case size < 123:
		s.Audience, s.Rooms = manyChunks, 1
	}
	s.Members = max(1, s.Tabs*(1+r.IntN(4))/4)
	return s
}

// drawKinds returns the kinds of steps for a schedule, and the sum of their weights.
// It leaves out some at random, because they may prevent what others need to find a
// bug.
func drawKinds(r *rand.Rand) (kinds []*op, total int) {
	for _, o := range ops {
		if o.name == "open" || o.name == "sleep" || r.IntN(5) > 1 {
			kinds = append(kinds, o)
			total += o.weight
		}
	}
	return kinds, total
}

// pick returns a random kind of step, by weight.
func pick(r *rand.Rand, kinds []*op, total int) *op {
	at := r.IntN(total)
	for _, o := range kinds {
		if at -= o.weight; at < 0 {
			return o
		}
	}
	panic("the weights are more than their total")
}

// drawStep returns a step of kind o with random arguments.
func drawStep(r *rand.Rand, o *op, sh shape, bursts int) step {
	s := step{op: o, burst: o.name != "sleep" && o.name != "rest" && r.IntN(5) < bursts}
	for _, arg := range o.args {
		switch arg {
		case tabArg:
			s.who = r.IntN(sh.Tabs)
		case roomArg:
			s.who = r.IntN(sh.Rooms)
		case numberArg:
			s.n = r.IntN(24)
		case nodeArg:
			s.who = r.IntN(sh.Nodes)
		case timeArg:
			s.d = durations[r.IntN(len(durations))] + time.Duration(r.IntN(1_000_000))
		}
	}
	return s
}

// durations are the lengths of sleeps and delays, before and after the hub's and the
// client's own times. drawStep adds up to a millisecond to each, so that no two timers
// fire at the same instant in all schedules: their order would be undefined.
var durations = []time.Duration{
	0, time.Millisecond, 4 * time.Millisecond, 9 * time.Millisecond, 30 * time.Millisecond,
	200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
	shared.DefaultGrace - time.Millisecond, shared.DefaultGrace, 5 * time.Second,
	shared.StuckWriteAfter, shared.PingEvery, shared.PingEvery + shared.PongWithin,
	shared.SilentAfter, 3 * time.Minute,
}
