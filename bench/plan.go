package main

import (
	"fmt"
	"slices"
	"time"

	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// The scenarios by name.
const (
	scenarioRoom   = "room"   // a storm, a quiet room, a leave storm, memory
	scenarioRooms  = "rooms"  // many rooms of perRoom
	scenarioSlow   = "slow"   // without slow readers
	scenarioStuck  = "stuck"  // the same with them
	scenarioResume = "resume" // everybody returns and asks for what was missed
	scenarioRetell = "retell" // everybody returns and asks for everything
)

var scenarioNames = []string{scenarioRoom, scenarioRooms, scenarioSlow, scenarioStuck, scenarioResume, scenarioRetell}

const perRoom = 10

// plan is what is run in each round.
type plan struct {
	scenarios []string
	subjects  []string
	sizes     []int // of the room, and of the room in which everybody returns
	grow      []int // of the room, for Rollcall and the floor only: peers would need hours
	many      []int // members of all rooms together
	slow      int   // of the room with slow readers
	arrivals  int
	settle    time.Duration // from a storm to the measurement of memory
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
	servers := []string{subject.NameRollcall, subject.NameSocketIO, subject.NameCentrifuge}
	add(scenarioRoom, p.sizes, subject.Names()...)
	add(scenarioRoom, p.grow, subject.NameRollcall, subject.NameFloor)
	add(scenarioRooms, p.many, subject.Names()...)
	add(scenarioSlow, []int{p.slow}, servers...)
	add(scenarioStuck, []int{p.slow}, servers...)
	add(scenarioResume, p.sizes, subject.NameRollcall)
	add(scenarioRetell, p.sizes, subject.NameRollcall)
	return jobs
}

func (p plan) run(j job, s *subject.Subject) (scenario.Metrics, error) {
	switch j.scenario {
	case scenarioRoom:
		return scenario.Room(s, j.n, p.arrivals, p.settle)
	case scenarioRooms:
		return scenario.Rooms(s, j.n/perRoom, perRoom, p.settle)
	case scenarioSlow, scenarioStuck:
		return scenario.Slow(s, j.n, j.scenario == scenarioStuck)
	default:
		return scenario.Resume(s, j.n, j.scenario == scenarioResume)
	}
}
