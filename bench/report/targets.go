package report

import (
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// target is something that Rollcall sets out to reach.
type target struct {
	What, Goal, Measured string
	rounds               spread
	goal                 float64
	atLeast              bool
}

// Verdict says whether the target was reached, in plain words.
func (t target) Verdict() string {
	median, worst := t.reached(t.rounds.median), t.reached(t.rounds.min) && t.reached(t.rounds.max)
	switch {
	case worst:
		return "reached"
	case median:
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

// faster makes a target of being so many times faster than a peer.
func (b *book) faster(peer string, times float64) target {
	n := b.largest()
	ratio := spreadOf(over(
		b.rounds(scenario.NameRoom, peer, n, "storm.last_s"),
		b.rounds(scenario.NameRoom, subject.NameRollcall, n, "storm.last_s")))
	return target{
		What: count(n) + " join at once: faster than " + title[peer],
		Goal: "at least " + plain(times) + "×", Measured: ratio.times(),
		rounds: ratio, goal: times, atLeast: true,
	}
}

// within makes a target of taking at most so many times what another takes.
func (b *book) within(what, metric, other string, times float64) target {
	ratio := spreadOf(over(
		b.rounds(scenario.NameRoom, subject.NameRollcall, b.largest(), metric),
		b.rounds(scenario.NameRoom, other, b.largest(), metric)))
	return target{
		What: what, Goal: "at most " + plain(times) + "×", Measured: ratio.times(),
		rounds: ratio, goal: times,
	}
}

// memory makes a target of so many KB per connection.
func (b *book) memory(what, metric string, most float64) target {
	kb := spreadOf(b.rounds(scenario.NameRoom, subject.NameRollcall, b.largest(), metric))
	return target{
		What: what, Goal: "at most " + kilobytes(most), Measured: kb.text(plain) + " KB",
		rounds: kb, goal: most,
	}
}

func (b *book) targets() []target {
	n := count(b.largest())
	return []target{
		b.faster(subject.NameSocketIO, 40),
		b.faster(subject.NameCentrifuge, 10),
		b.within("one arrival, "+n+" there: server CPU per delivered diff, of the floor's", "quiet.cpu_per_diff_us", floor, 1.25),
		b.within("one arrival, "+n+" there: until the last has it, of the floor's", "quiet.last_ms", floor, 1.15),
		b.within("the same, of Socket.IO's", "quiet.last_ms", subject.NameSocketIO, 1),
		b.memory("resident memory per connection, room of "+n+", right after all have joined", "memory.joined_kb", 10),
		b.memory("the same at rest", "memory.rested_kb", 10),
	}
}
