package compare

import "rollcall/bench/report"

// target is a goal for Rollcall, and what was measured.
type target struct {
	What, Goal, Measured string
	rounds               report.Spread
	goal                 float64
	atLeast              bool
}

// Verdict states in words whether the target was reached.
func (t target) Verdict() string {
	switch {
	case t.reached(t.rounds.Min) && t.reached(t.rounds.Max):
		return "reached"
	case t.reached(t.rounds.Median):
		return "reached by the median, not in every round"
	}
	return "**missed**"
}

func (t target) reached(value float64) bool {
	if t.atLeast {
		return value >= t.goal
	}
	return value <= t.goal
}

// Targets returns the goals, which are for the largest room, with what was measured.
func (d *document) Targets() []target {
	n := d.N
	of := func(server, metric string) []float64 { return d.rounds(nameRoom, server, d.Plan.Largest(), metric) }
	own := func(metric string) []float64 { return of(nameRollcall, metric) }
	faster := func(peer string, goal float64) target {
		ratio := report.SpreadOf(report.Over(of(peer, "storm.last_s"), own("storm.last_s")))
		return target{n + " join at once: faster than " + titleOf(peer), "at least " + report.Plain(goal) + "×", ratio.Times(), ratio, goal, true}
	}
	within := func(what, metric, other string, goal float64) target {
		ratio := report.SpreadOf(report.Over(own(metric), of(other, metric)))
		return target{what, "at most " + report.Plain(goal) + "×", ratio.Times(), ratio, goal, false}
	}
	memory := func(what, metric string, most float64) target {
		kb := report.SpreadOf(own(metric))
		return target{what, "at most " + report.Kilobytes(most), kb.Text(report.Plain) + " KB", kb, most, false}
	}
	return []target{
		faster(nameSocketIO, 40),
		faster(nameCentrifuge, 10),
		within("one arrival, "+n+" there: server CPU per delivered diff, of the floor's", "quiet.cpu_per_diff_us", theFloor, 1.25),
		within("one arrival, "+n+" there: until the last has it, of the floor's", "quiet.last_ms", theFloor, 1.15),
		within("the same, of Socket.IO's", "quiet.last_ms", nameSocketIO, 1),
		memory("resident memory per connection, room of "+n+", right after all have joined", "memory.joined_kb", 10),
		memory("the same at rest", "memory.rested_kb", 10),
	}
}
