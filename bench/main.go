// Program bench measures Rollcall beside what people would use instead, and
// beside the least that the system asks for. It starts each server in turn,
// drives it with a crowd of clients that account for everything they are told,
// and writes what it measured to a file.
//
//   - frame, crowd: the load generator.
//   - wires: the protocols.
//   - peers, subject: the servers under test.
//   - scenario: what is done to them. plan.go: in which order, and how large.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/bench/result"
	"rollcall/bench/subject"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the command line.
type settings struct {
	plan
	rounds   int
	rollcall string
	out      string
}

func parse() (settings, error) {
	s := settings{plan: plan{
		scenarios: scenarioNames,
		subjects:  subject.Names(),
		sizes:     []int{1000, 3000},
		grow:      []int{9000, 15000},
		many:      []int{3000, 15000},
	}}
	flag.Func("scenarios", "comma-separated, of "+strings.Join(scenarioNames, ","), listOf(&s.scenarios, scenarioNames))
	flag.Func("servers", "comma-separated, of "+strings.Join(subject.Names(), ","), listOf(&s.subjects, subject.Names()))
	flag.Func("sizes", "members of the room (default 1000,3000)", numbers(&s.sizes))
	flag.Func("grow", "members of the room, Rollcall and floor only (default 9000,15000)", numbers(&s.grow))
	flag.Func("many", "members of all rooms of 10 together (default 3000,15000)", numbers(&s.many))
	flag.IntVar(&s.slow, "slow", 1000, "readers in the room with slow ones")
	flag.IntVar(&s.arrivals, "arrivals", 100, "arrivals in the quiet room")
	flag.IntVar(&s.rounds, "rounds", 3, "rounds of everything")
	flag.StringVar(&s.rollcall, "rollcall", filepath.Join("..", "bin", "rollcall"), "the program under test")
	flag.StringVar(&s.out, "o", "results.json", "where the results go")
	flag.DurationVar(&s.settle, "settle", 5*time.Second, "rest between a storm and the measurement of memory")
	quick := flag.Bool("quick", false, "everything once and small: does it work?")
	flag.Parse()
	if *quick {
		s.sizes, s.grow, s.many, s.slow = []int{200}, []int{400}, []int{200}, 200
		s.arrivals, s.rounds, s.settle = 20, 1, 100*time.Millisecond
	}
	if flag.NArg() > 0 {
		return s, fmt.Errorf("%q is not a flag", flag.Arg(0))
	}
	var err error
	s.rollcall, err = filepath.Abs(s.rollcall)
	return s, err
}

func listOf(list *[]string, allowed []string) func(string) error {
	return func(text string) error {
		*list = strings.Split(text, ",")
		for _, name := range *list {
			if !slices.Contains(allowed, name) {
				return fmt.Errorf("%q is none of %v", name, allowed)
			}
		}
		return nil
	}
}

func numbers(list *[]int) func(string) error {
	return func(text string) error {
		*list = nil
		for part := range strings.SplitSeq(text, ",") {
			if part == "" {
				continue
			}
			n, err := strconv.Atoi(part)
			if err != nil {
				return err
			}
			*list = append(*list, n)
		}
		return nil
	}
}

func run() error {
	s, err := parse()
	if err != nil {
		return err
	}
	if err := subject.Build(".", s.subjects); err != nil {
		return err
	}
	machine, err := result.ThisMachine()
	if err != nil {
		return err
	}
	subjects := subject.All(".", s.rollcall)
	file := result.File{Machine: machine, Rounds: s.rounds, Arrivals: s.arrivals, Command: "go run . " + strings.Join(os.Args[1:], " ")}
	for round := range s.rounds {
		for _, j := range s.jobs() {
			began := time.Now()
			metrics, err := s.run(j, subjects[j.subject])
			if err != nil {
				return fmt.Errorf("%s: %w", j, err)
			}
			fmt.Printf("%d/%d %-26s %5.1f s  %s\n", round+1, s.rounds, j, time.Since(began).Seconds(), headline(metrics))
			file.Runs = append(file.Runs, result.Run{Round: round, Scenario: j.scenario, Subject: j.subject, N: j.n, Metrics: metrics})
		}
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.out, append(text, '\n'), 0o666)
}

// headline is what one wants to see while it runs.
func headline(metrics map[string]float64) string {
	var words []string
	for _, name := range []string{
		"storm.last_s", "late.last_s", "return.last_s", "quiet.median_ms", "quiet.last_ms", "quiet.cpu_per_diff_us",
		"rooms.p50_ms", "rooms.p99_ms", "rooms.cpu_per_diff_us", "leave.last_s", "memory.connected_kb", "memory.joined_kb",
		"memory.peak_mb", "slow.cut", "slow.kb_after_waking", "return.bytes",
	} {
		if v, ok := metrics[name]; ok {
			words = append(words, fmt.Sprintf("%s=%.4g", name, v))
		}
	}
	return strings.Join(words, " ")
}
