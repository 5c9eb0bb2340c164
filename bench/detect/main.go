// Program detect measures how long a room shows somebody who is gone, for each
// way to go, and how a crowd comes back to a server that was killed. Everything
// in it is a process of its own: the server, those who go, a browser. It writes
// what it measured to a file and makes a document of that. It needs Linux, a
// Chromium, and for the cut cable the right to make a network namespace, and nft.
//
//   - server.go, watcher.go: the program under test, and who sees what it tells.
//   - victim.go, cable.go, browser.go: those who go, and where they sit.
//   - ends.go: the ways to go. restart.go, thrifty.go: the crowd.
//   - handover.go: the crowd again, where another server takes over.
//   - report.go: what people read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rollcall/bench/result"
)

// settings are the command line.
type settings struct {
	Rounds  int
	Each    int // how many go in each way in a round
	Crowd   int
	Outages []time.Duration // how long a killed server stays away

	rollcall, out, docs string
	reportOnly          bool
	moves               bool
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == victimArg {
		exitIf(beVictim(os.Args[2]))
		return
	}
	s := settings{Outages: []time.Duration{0, 10 * time.Second}}
	f := flag.NewFlagSet("detect", flag.ExitOnError)
	f.IntVar(&s.Rounds, "rounds", 3, "rounds of everything")
	f.IntVar(&s.Each, "each", 8, "how many go in each way in a round")
	f.IntVar(&s.Crowd, "crowd", 3000, "how many come back to a killed server")
	f.StringVar(&s.rollcall, "rollcall", filepath.Join("..", "bin", "rollcall"), "the program under test")
	f.StringVar(&s.out, "o", "results-detect.json", "where the results go")
	f.StringVar(&s.docs, "docs", filepath.Join("..", "docs"), "where the report goes")
	f.BoolVar(&s.reportOnly, "report", false, "measure nothing: make the report of an earlier run's results")
	f.BoolVar(&s.moves, "handover", false, "measure only how a crowd moves to a server that takes over, and print that")
	exitIf(f.Parse(os.Args[1:]))
	if s.moves {
		exitIf(printMoves(s))
		return
	}
	exitIf(run(s))
}

func exitIf(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(1)
	}
}

// file is the results of one run.
type file struct {
	Machine  result.Machine
	Settings settings
	Took     time.Duration
	Others   float64                    // the share of the machine that everything else took meanwhile
	Gone     map[string][]time.Duration // by the name of the way
	Returns  []comeback
}

func run(s settings) error {
	if !s.reportOnly {
		measured, err := measure(s)
		if err != nil {
			return err
		}
		if err := measured.write(s.out); err != nil {
			return err
		}
	}
	measured, err := read(s.out)
	if err != nil {
		return err
	}
	return errors.Join(report(measured, s.docs), measured.verdict())
}

// measure plays all rounds: first those who go, all at the same time since they
// hardly load the machine, then the crowd.
func measure(s settings) (f file, err error) {
	meter, err := result.NewMeter()
	if err != nil {
		return f, err
	}
	f.Settings, f.Gone = s, map[string][]time.Duration{}
	if f.Machine, err = result.ThisMachine(); err != nil {
		return f, err
	}
	for round := range s.Rounds {
		gone, err := departures(s)
		if err != nil {
			return f, fmt.Errorf("departures: %w", err)
		}
		for way, took := range gone {
			f.Gone[way] = append(f.Gone[way], took...)
			fmt.Printf("%d/%d %-8s %v\n", round+1, s.Rounds, way, took)
		}
		for _, outage := range s.Outages {
			back, err := restart(s, outage)
			if err != nil {
				return f, fmt.Errorf("restart: %w", err)
			}
			f.Returns = append(f.Returns, back)
			fmt.Printf("%d/%d down for %v: whole after %v\n", round+1, s.Rounds, back.Down, back.Whole)
		}
	}
	f.Others, f.Took, err = meter.Others()
	f.Took = f.Took.Round(time.Second)
	return f, err
}
