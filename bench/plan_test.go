package main

import (
	"slices"
	"testing"

	"rollcall/bench/result"
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

func planOf(p result.Plan) plan {
	return plan{Plan: p, scenarios: scenario.Names(), subjects: subject.Names()}
}

// What a process may have open on common systems that are generous.
const descriptors = 20_000

func TestDefaultPlanFitsTheDescriptors(t *testing.T) {
	for _, p := range []result.Plan{full, quick} {
		if n := planOf(p).descriptors() + spare; n > descriptors {
			t.Errorf("%+v needs %d descriptors", p, n)
		}
	}
}

func TestEveryJobIsPlayedOnceAndWhole(t *testing.T) {
	p := planOf(full)
	played, arrived := map[job]int{}, map[job]int{}
	for _, s := range p.steps() {
		switch s.part {
		case beginning:
			arrived[s.jobs[0]] = 0
		case arriving:
			for _, j := range s.jobs {
				arrived[j]++
			}
		case ending:
			if arrived[s.jobs[0]] != 1 {
				t.Errorf("visitors come to %v %d times before it ends", s.jobs[0], arrived[s.jobs[0]])
			}
			delete(arrived, s.jobs[0])
			played[s.jobs[0]]++
		case whole:
			if len(arrived) > 0 && s.jobs[0].n > slices.Max(p.Sizes) {
				t.Errorf("%v is played beside what rests", s.jobs[0])
			}
			played[s.jobs[0]]++
		}
	}
	for _, j := range p.jobs() {
		if played[j] != 1 {
			t.Errorf("%v is played %d times", j, played[j])
		}
		delete(played, j)
	}
	if len(played) > 0 || len(arrived) > 0 {
		t.Errorf("played without being planned: %v; not ended: %v", played, arrived)
	}
}

// Whatever rests costs the machine something. In its storm nobody whom Rollcall
// is compared with may bear more of it; while visitors arrive, all bear the same.
func TestRollcallNeverHasLessCompany(t *testing.T) {
	var there []string // whose rooms are there, in the order in which they came
	for _, s := range planOf(full).steps() {
		switch s.part {
		case beginning:
			there = append(there, s.jobs[0].subject)
		case arriving:
			if len(s.jobs) != len(subject.Names()) || there[len(there)-1] != subject.NameRollcall {
				t.Errorf("visitors come to rooms of %v, filled in the order %v", s.jobs, there)
			}
		case ending:
			if last := there[len(there)-1]; s.jobs[0].subject != last {
				t.Errorf("%s ends its day before %s", s.jobs[0].subject, last)
			}
			there = there[:len(there)-1]
		}
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		args    []string
		command []string // what the report says was run
		rounds  int
		wrong   bool
	}{
		{args: nil, rounds: 3},
		{args: []string{"-quick", "-rounds", "2"}, command: []string{"-quick", "-rounds=2"}, rounds: 2},
		{args: []string{"-o", "/tmp/x.json", "-docs=/tmp", "-rollcall", "/tmp/y", "-sizes", "3000,20"}, command: []string{"-sizes=20,3000"}, rounds: 3},
		{args: []string{"-sizes", "5"}, wrong: true},
		{args: []string{"-sizes", ""}, wrong: true},
		{args: []string{"-servers", "nginx"}, wrong: true},
		{args: []string{"-rounds", "0"}, wrong: true},
		{args: []string{"room"}, wrong: true},
	} {
		s, err := parse(c.args)
		if (err != nil) != c.wrong {
			t.Errorf("%q: %v", c.args, err)
		}
		if err == nil && (!slices.Equal(s.told, c.command) || s.Rounds != c.rounds) {
			t.Errorf("%q: says %q with %d rounds", c.args, s.told, s.Rounds)
		}
	}
}
