package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/bench/result"
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// settings are the command line.
type settings struct {
	plan
	rollcall   string
	out, docs  string
	reportOnly bool
	told       []string // the arguments, but for where files are
}

// What is measured by default, and with -quick.
var (
	full = result.Plan{
		Rounds: 3, Sizes: []int{1000, 3000}, Grow: []int{9000, 15000}, Many: []int{3000, 15000},
		Slow: 1000, Arrivals: 100, Rest: 3 * time.Minute,
	}
	quick = result.Plan{
		Rounds: 1, Sizes: []int{100, 200}, Grow: []int{400}, Many: []int{200, 400},
		Slow: 200, Arrivals: 20, Rest: 100 * time.Millisecond,
	}
)

func parse(args []string) (settings, error) {
	s := settings{plan: plan{Plan: full, scenarios: scenario.Names(), subjects: subject.Names()}}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(os.Stdout)
	f.Var(names{&s.scenarios, scenario.Names()}, "scenarios", "which `names`")
	f.Var(names{&s.subjects, subject.Names()}, "servers", "which `names`")
	f.Var((*numbers)(&s.Sizes), "sizes", "members of the room: `numbers`")
	f.Var((*numbers)(&s.Grow), "grow", "members of the room, Rollcall and floor only: `numbers`")
	f.Var((*numbers)(&s.Many), "many", "members of all rooms of 10 together: `numbers`")
	f.IntVar(&s.Slow, "slow", s.Slow, "readers in the room with slow ones")
	f.IntVar(&s.Arrivals, "arrivals", s.Arrivals, "arrivals in the quiet room, at most")
	f.IntVar(&s.Rounds, "rounds", s.Rounds, "rounds of everything")
	f.DurationVar(&s.Rest, "rest", s.Rest, "how long the largest room rests before its memory is measured again")
	f.StringVar(&s.rollcall, "rollcall", filepath.Join("..", "bin", "rollcall"), "the program under test")
	f.StringVar(&s.out, "o", "results.json", "where the results go")
	f.StringVar(&s.docs, "docs", filepath.Join("..", "docs"), "where the report goes")
	f.BoolVar(&s.reportOnly, "report", false, "measure nothing: make the report of an earlier run's results")
	f.BoolFunc("quick", "does it work? Everything once and small, and the report in bin/quick; flags behind it may say otherwise", func(string) error {
		s.Plan, s.out, s.docs = quick, "results-quick.json", filepath.Join("bin", "quick")
		return nil
	})
	if err := f.Parse(args); err != nil {
		return s, err
	}
	return s, s.check(f)
}

// check finds what can't be, and completes what follows from the rest.
func (s *settings) check(f *flag.FlagSet) error {
	if f.NArg() > 0 {
		return fmt.Errorf("%q is not a flag", f.Arg(0))
	}
	if len(s.Sizes) == 0 || len(s.Many) == 0 || s.Rounds < 1 || s.Arrivals < 1 || s.Slow < 1 || s.Rest <= 0 {
		return errors.New("none of sizes, many, rounds, arrivals, slow and rest can be nothing")
	}
	f.Visit(func(g *flag.Flag) {
		if !slices.Contains([]string{"rollcall", "o", "docs"}, g.Name) {
			s.told = append(s.told, strings.TrimSuffix("-"+g.Name+"="+g.Value.String(), "="))
		}
	})
	var err error
	s.rollcall, err = filepath.Abs(s.rollcall)
	return err
}

// complete reports whether a report can be made of it.
func (p plan) complete() bool {
	return len(p.scenarios) == len(scenario.Names()) && len(p.subjects) == len(subject.Names()) && len(p.Grow) > 0
}

// names is a flag that lists some of those allowed.
type names struct {
	list    *[]string
	allowed []string
}

func (n names) String() string {
	if n.list == nil {
		return ""
	}
	return strings.Join(*n.list, ",")
}

func (n names) Set(text string) error {
	*n.list = strings.Split(text, ",")
	for _, name := range *n.list {
		if !slices.Contains(n.allowed, name) {
			return fmt.Errorf("%q is none of %v", name, n.allowed)
		}
	}
	return nil
}

// numbers is a flag that lists how many are there, at least a small room; nothing
// is an empty list.
type numbers []int

func (n *numbers) String() string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(*n), "[]"), " ", ",")
}

func (n *numbers) Set(text string) error {
	*n = nil
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' }) {
		i, err := strconv.Atoi(part)
		if err != nil {
			return err
		}
		if i < perRoom {
			return fmt.Errorf("%d is less than %d", i, perRoom)
		}
		*n = append(*n, i)
	}
	slices.Sort(*n)
	return nil
}
