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
	played, resting := map[job]int{}, map[job]bool{}
	for _, s := range p.steps() {
		switch s.part {
		case beginning:
			resting[s.job] = true
			continue
		case ending:
			if !resting[s.job] {
				t.Errorf("%v ends before it begins", s.job)
			}
			delete(resting, s.job)
		case whole:
			if len(resting) > 0 && s.job.n > slices.Max(p.Sizes) {
				t.Errorf("%v is played beside what rests", s.job)
			}
		}
		played[s.job]++
	}
	for _, j := range p.jobs() {
		if played[j] != 1 {
			t.Errorf("%v is played %d times", j, played[j])
		}
		delete(played, j)
	}
	if len(played) > 0 || len(resting) > 0 {
		t.Errorf("played without being planned: %v; not ended: %v", played, resting)
	}
}

// Whatever rests costs the machine something; nobody whom Rollcall is compared
// with may bear more of it.
func TestRollcallNeverHasLessCompany(t *testing.T) {
	var order []string
	for _, s := range planOf(full).steps() {
		if s.part == beginning {
			order = append(order, s.job.subject)
		}
	}
	if i := slices.Index(order, subject.NameRollcall); i != len(order)-1 {
		t.Errorf("rooms are filled in the order %v", order)
	}
	for _, s := range planOf(full).steps() {
		if s.part == ending {
			if last := order[len(order)-1]; s.job.subject != last {
				t.Errorf("%s ends its day before %s", s.job.subject, last)
			}
			order = order[:len(order)-1]
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
