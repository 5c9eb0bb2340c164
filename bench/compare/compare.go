// Package compare measures Rollcall, two other servers, and a floor: the least work that
// sockets require. It starts the servers, connects clients that check everything they
// receive, saves the figures in a file and writes a document with them.
//
//   - subject.go: the servers. plan.go: the scenarios and their sizes.
//   - stage.go, scenarios.go: how they are played and measured.
//   - document.go, tables.go, targets.go, pictures.go: the document.
package compare

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/bench/report"
)

// File holds the results of one run.
type File struct {
	Machine  report.Machine
	Versions map[string]string // by subject
	Command  string
	Plan     Plan
	Took     time.Duration
	Runs     []Sample
}

// Sample holds the metrics of one server in one scenario and round.
type Sample struct {
	Round    int
	Scenario string
	Subject  string
	N        int // members
	Metrics  Metrics
}

// settings are the command line.
type settings struct {
	Plan
	rollcall, out, docs string
	reportOnly          bool
	command             string // without the names of files
}

// Run measures, unless -report is given, and writes the document. Figures that were
// measured before an error are saved.
func Run(args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if !s.reportOnly {
		file, err := measure(s)
		if len(file.Runs) > 0 {
			err = errors.Join(err, report.Save(s.out, file))
		}
		if err != nil {
			return err
		}
	}
	var file File
	if err := report.Load(s.out, &file); err != nil {
		return err
	}
	if err := write(file, s.docs); err != nil {
		return err
	}
	fmt.Printf("results in %s, report in %s\n", s.out, filepath.Join(s.docs, documentName))
	return nil
}

func parse(args []string) (settings, error) {
	s := settings{Plan: full}
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.Func("sizes", "members of the room: `numbers`", sizes(&s.Sizes))
	f.IntVar(&s.Slow, "slow", s.Slow, "readers in the room with slow ones")
	f.IntVar(&s.Arrivals, "arrivals", s.Arrivals, "arrivals in the quiet room, at most")
	f.IntVar(&s.Rounds, "rounds", s.Rounds, "rounds of everything")
	f.DurationVar(&s.Rest, "rest", s.Rest, "how long the largest room rests before its memory is measured again")
	f.StringVar(&s.rollcall, "rollcall", "../bin/rollcall", "the program under test")
	f.StringVar(&s.out, "o", "results.json", "where the results go")
	f.StringVar(&s.docs, "docs", "../docs", "where the report goes")
	f.BoolVar(&s.reportOnly, "report", false, "measure nothing: make the report of an earlier run's results")
	f.BoolFunc("quick", "does it work? Everything once and small, and the report in bin/quick; flags behind it may say otherwise", func(string) error {
		s.Plan, s.out, s.docs = quick, "results-quick.json", filepath.Join("bin", "quick")
		return nil
	})
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 || len(s.Sizes) == 0 || s.Rounds < 1 || s.Arrivals < 1 || s.Slow < 1 || s.Rest <= 0 {
		return s, errors.New("none of sizes, rounds, arrivals, slow and rest can be nothing, and nothing stands behind the flags")
	}
	s.command = strings.TrimSpace("go run . compare " + strings.Join(args, " "))
	if slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, "/") }) {
		s.command = "go run . compare …" // it has names of files
	}
	return s, nil
}

// sizes returns the parser of a flag that lists numbers of members.
func sizes(to *[]int) func(string) error {
	return func(text string) error {
		*to = nil
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(part)
			if err != nil || n < 10 {
				return fmt.Errorf("%q is no number of at least 10", part)
			}
			*to = append(*to, n)
		}
		return nil
	}
}

// measure builds the servers and plays all rounds.
func measure(s settings) (file File, err error) {
	file.Plan, file.Command, file.Versions = s.Plan, s.command, map[string]string{}
	all := subjects(s.rollcall)
	for _, one := range all {
		if err := one.Build(); err != nil {
			return file, err
		}
		if file.Versions[one.Name], err = one.Version(); err != nil {
			return file, err
		}
	}
	if file.Machine, err = report.ThisMachine(); err != nil {
		return file, err
	}
	start := time.Now()
	for round := range s.Rounds {
		err := s.play(all, func(scenario, subject string, n int, m Metrics) {
			file.Runs = append(file.Runs, Sample{round, scenario, subject, n, m})
			fmt.Printf("%d/%d %s %s %d: %v\n", round+1, s.Rounds, scenario, subject, n, m)
		})
		if err != nil {
			return file, err
		}
	}
	file.Took = time.Since(start).Round(time.Second)
	return file, nil
}
