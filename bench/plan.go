package main

import (
	"fmt"
	"slices"

	"rollcall/bench/result"
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

const perRoom = 10

// The quiet room sees as many arrivals as make so many deliveries, but not
// fewer than a few: a large room tells as much with less.
const (
	deliveries    = 300_000
	leastArrivals = 20
)

// plan is what is run in each round.
type plan struct {
	result.Plan
	scenarios []string
	subjects  []string
}

// job is one scenario with one subject.
type job struct {
	scenario string
	subject  string
	n        int
}

func (j job) String() string { return fmt.Sprintf("%s %s %d", j.scenario, j.subject, j.n) }

// jobs are in an order in which the subjects take turns, so that whatever else
// the machine does meanwhile is everybody's burden.
func (p plan) jobs() []job {
	var jobs []job
	add := func(scenario string, sizes []int, subjects ...string) {
		for _, n := range sizes {
			for _, s := range subjects {
				if slices.Contains(p.scenarios, scenario) && slices.Contains(p.subjects, s) {
					jobs = append(jobs, job{scenario, s, n})
				}
			}
		}
	}
	add(scenario.NameRoom, p.Sizes, subject.Names()...)
	add(scenario.NameRoom, p.Grow, subject.NameFloor, subject.NameFloor2, subject.NameRollcall)
	add(scenario.NameRooms, p.Many, subject.Names()...)
	// Not centrifuge: beside readers that stop, it closes others that read.
	add(scenario.NameSlow, []int{p.Slow}, subject.NameSocketIO, subject.NameRollcall)
	add(scenario.NameStuck, []int{p.Slow}, subject.NameSocketIO, subject.NameRollcall)
	add(scenario.NameResume, p.Sizes, subject.NameRollcall)
	add(scenario.NameRetell, p.Sizes, subject.NameRollcall)
	return jobs
}

// part is which part of a job is played.
type part int

const (
	whole part = iota
	beginning
	arriving // of several jobs at once, in turns
	ending
)

type step struct {
	jobs []job // one, but for arrivals
	part part
}

func (s step) String() string {
	if s.part == arriving {
		return fmt.Sprintf("arrivals in rooms of %d", s.jobs[0].n)
	}
	return s.jobs[0].String()
}

// steps are the jobs of a round as they are played. Of the rooms in which
// everybody is compared, those of one size are there at the same time, so that
// all have the same company while visitors arrive in them and while they
// rest. They are filled in the order of the subjects: who comes later has more
// company in its storm, and Rollcall the most. The largest rest while the
// smaller scenarios are played.
func (p plan) steps() []step {
	var before, resting, meanwhile, end, after []step
	largest := slices.Max(p.Sizes)
	for _, j := range p.jobs() {
		switch {
		case j.scenario == scenario.NameRoom && slices.Contains(p.Sizes, j.n):
		case j.n <= largest:
			meanwhile = append(meanwhile, step{[]job{j}, whole})
		default:
			after = append(after, step{[]job{j}, whole})
		}
	}
	for _, n := range p.Sizes {
		day, evening := p.day(n)
		if n == largest {
			resting, end = day, evening
		} else {
			before = slices.Concat(before, day, evening)
		}
	}
	return slices.Concat(before, resting, meanwhile, end, after)
}

// day returns the steps of the rooms of n up to their rest, and those behind it.
func (p plan) day(n int) (day, evening []step) {
	var all []job
	for _, j := range p.jobs() {
		if j.scenario == scenario.NameRoom && j.n == n {
			all = append(all, j)
			day = append(day, step{[]job{j}, beginning})
			evening = append(evening, step{[]job{j}, ending})
		}
	}
	if len(all) > 0 {
		day = append(day, step{all, arriving})
	}
	slices.Reverse(evening)
	return day, evening
}

// descriptors returns how many connections are open at a time, at most.
func (p plan) descriptors() int {
	most, resting := 0, 0
	for _, s := range p.steps() {
		n := p.connections(s.jobs[0])
		switch s.part {
		case beginning:
			resting += n
			n = 0
		case ending:
			resting -= n
		case arriving:
			n = 0
		}
		most = max(most, resting+n)
	}
	return most
}

// connections returns how many a job has open at a time, at most.
func (p plan) connections(j job) int {
	switch j.scenario {
	case scenario.NameRoom:
		return j.n + p.arrivals(j.n)
	case scenario.NameRooms:
		return j.n + j.n/perRoom
	case scenario.NameSlow, scenario.NameStuck:
		return scenario.SlowConnections(j.n)
	default:
		return j.n
	}
}

// play plays a whole job.
func (p plan) play(j job, s *subject.Subject) (scenario.Metrics, error) {
	switch j.scenario {
	case scenario.NameRoom: // growth is followed without an exodus
		day, err := scenario.Begin(s, j.n)
		if err != nil {
			return nil, err
		}
		err = scenario.Quiet([]*scenario.Day{day}, p.arrivals(j.n))
		return day.End(), err
	case scenario.NameRooms:
		return scenario.Rooms(s, j.n/perRoom, perRoom)
	case scenario.NameSlow, scenario.NameStuck:
		return scenario.Slow(s, j.n, j.scenario == scenario.NameStuck)
	default:
		return scenario.Resume(s, j.n, j.scenario == scenario.NameResume)
	}
}

// arrivals returns how many come to a quiet room of n.
func (p plan) arrivals(n int) int { return min(p.Arrivals, max(leastArrivals, deliveries/n)) }
