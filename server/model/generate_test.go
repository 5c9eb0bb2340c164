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
	s := schedule{shape: shapeOf(r)}
	kinds, total := menu(r)
	length := 8 + r.IntN(60)
	if s.shape.Tabs > 16 {
		length = 2*s.shape.Tabs + r.IntN(60)
	}
	bursts := r.IntN(4) // of 5 steps, how many come together with the next
	focus := 0
	for len(s.steps) < length {
		st := stepOf(r, pick(r, kinds, total), s.shape, bursts)
		if slices.Contains(st.op.args, aTab) {
			if r.IntN(2) == 0 { // what happens to one tab after the other finds more
				st.who = focus
			}
			focus = st.who
		}
		s.steps = append(s.steps, st)
	}
	return s
}

// shapeOf draws the world: mostly a small one, which finds as much in less time.
func shapeOf(r *rand.Rand) shape {
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

// menu draws which kinds of steps there are in a schedule: not all, so that
// what one kind needs is not always disturbed by another.
func menu(r *rand.Rand) (kinds []*op, total int) {
	for _, o := range ops {
		if o.name == "open" || o.name == "sleep" || r.IntN(5) > 1 {
			kinds = append(kinds, o)
			total += o.weight
		}
	}
	return kinds, total
}

func pick(r *rand.Rand, kinds []*op, total int) *op {
	at := r.IntN(total)
	for _, o := range kinds {
		if at -= o.weight; at < 0 {
			return o
		}
	}
	panic("the weights are more than their total")
}

func stepOf(r *rand.Rand, o *op, sh shape, bursts int) step {
	s := step{op: o, burst: o.name != "sleep" && o.name != "rest" && r.IntN(5) < bursts}
	for _, arg := range o.args {
		switch arg {
		case aTab:
			s.who = r.IntN(sh.Tabs)
		case aRoom:
			s.who = r.IntN(sh.Rooms)
		case aNumber:
			s.n = r.IntN(24)
		case aNode:
			s.who = r.IntN(sh.Nodes)
		case aTime:
			s.d = spans[r.IntN(len(spans))] + time.Duration(r.IntN(1_000_000))
		}
	}
	return s
}

// spans are what there is to wait for. Less than a millisecond is added at
// random to each, so that no two things happen at the same time by rule: which
// of them counts as the first would be anybody's guess.
var spans = []time.Duration{
	0, time.Millisecond, 4 * time.Millisecond, 9 * time.Millisecond, 30 * time.Millisecond,
	200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
	shared.DefaultGrace - time.Millisecond, shared.DefaultGrace, 5 * time.Second,
	shared.StuckWriteAfter, shared.PingEvery, shared.PingEvery + shared.PongWithin,
	shared.SilentAfter, 3 * time.Minute,
}
