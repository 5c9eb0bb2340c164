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
	ending
)

type step struct {
	job  job
	part part
}

// steps are the jobs of a round as they are played. The largest rooms rest side
// by side, and meanwhile nothing larger is played. Those who fill theirs later
// have those who did so before for company, and lose it in the opposite order:
// so the peers have the machine for themselves, and Rollcall never has less
// company than anybody it is compared with.
func (p plan) steps() []step {
	var begin, meanwhile, end, after []step
	largest := slices.Max(p.Sizes)
	for _, j := range p.jobs() {
		switch {
		case j.scenario == scenario.NameRoom && j.n == largest:
			begin = append(begin, step{j, beginning})
			end = append(end, step{j, ending})
		case j.n <= largest:
			meanwhile = append(meanwhile, step{j, whole})
		default:
			after = append(after, step{j, whole})
		}
	}
	slices.Reverse(end)
	return slices.Concat(begin, meanwhile, end, after)
}

// descriptors returns how many connections are open at a time, at most.
func (p plan) descriptors() int {
	most, resting := 0, 0
	for _, s := range p.steps() {
		n := p.connections(s.job)
		switch s.part {
		case beginning:
			resting += n
			n = 0
		case ending:
			resting -= n
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
	case scenario.NameRoom:
		day, err := p.begin(j, s)
		if err != nil {
			return nil, err
		}
		if j.n <= slices.Max(p.Sizes) { // growth is followed without
			err = day.Exodus()
		}
		return day.End(), err
	case scenario.NameRooms:
		return scenario.Rooms(s, j.n/perRoom, perRoom)
	case scenario.NameSlow, scenario.NameStuck:
		return scenario.Slow(s, j.n, j.scenario == scenario.NameStuck)
	default:
		return scenario.Resume(s, j.n, j.scenario == scenario.NameResume)
	}
}

func (p plan) begin(j job, s *subject.Subject) (*scenario.Day, error) {
	return scenario.Begin(s, j.n, p.arrivals(j.n))
}

// arrivals returns how many come to a quiet room of n.
func (p plan) arrivals(n int) int { return min(p.Arrivals, max(leastArrivals, deliveries/n)) }
