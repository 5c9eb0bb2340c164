// Program audit looks at the page as its users' browsers do: axe in every
// state, Lighthouse as a phone and as a desktop, and a stopwatch on a slow
// machine behind a slow line, next to go-app's own hello page. It writes
// docs/audit.md, and fails where a target is missed.
//
//	npm ci && go run .            # all of it; make audit does both
//	go run . -only speed          # one part; the figures of the others stay
//	go run . -only report         # the document of figures that are there
//
// Axe and Lighthouse come from npm (package.json); Chromium is the machine's.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rollcall/bench/result"
)

// results is what has been measured. Each part is nil until it was.
type results struct {
	Machine    result.Machine
	Rollcall   string // its version
	Axe        *axeResult
	Lighthouse []assessment
	Speed      *speed
}

// settings are the command line. Paths are absolute.
type settings struct {
	only   string
	large  int
	rounds int
	bench  string // the directory of the bench
	root   string // the top of the source tree
	binary string // the program under test
	out    string
}

func main() {
	err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}

var parts = []string{"axe", "lighthouse", "speed", "report"}

func parse() (settings, error) {
	var s settings
	flag.StringVar(&s.only, "only", "", "one of "+strings.Join(parts, ", "))
	flag.IntVar(&s.large, "large", 10_000, "people in the large room")
	flag.IntVar(&s.rounds, "rounds", 5, "how often a visit is timed; Lighthouse runs half as often")
	flag.Parse()
	if s.only != "" && !slices.Contains(parts, s.only) || flag.NArg() > 0 {
		return s, fmt.Errorf("-only is one of %q", parts)
	}
	dir, err := os.Getwd()
	if err != nil {
		return s, err
	}
	s.bench = filepath.Dir(dir)
	s.root = filepath.Dir(s.bench)
	s.binary = filepath.Join(s.root, "bin", "rollcall")
	s.out = filepath.Join(s.bench, "results-audit.json")
	if _, err := os.Stat(filepath.Join(dir, "hello")); err != nil {
		return s, fmt.Errorf("run it in bench/audit: %w", err)
	}
	return s, nil
}

func run() error {
	s, err := parse()
	if err != nil {
		return err
	}
	r, err := read(s.out)
	if err != nil {
		return err
	}
	if s.only != "report" {
		err = s.measure(&r)
		if err = errors.Join(err, r.write(s.out)); err != nil {
			return err
		}
	}
	if err := report(r, filepath.Join(s.root, "docs", "audit.md")); err != nil {
		return err
	}
	return r.missed()
}

// measure does the parts that are wanted, the longest last.
func (s settings) measure(r *results) (err error) {
	if r.Machine, err = result.ThisMachine(); err != nil {
		return err
	}
	if r.Rollcall, err = version(s.binary); err != nil {
		return err
	}
	want := func(part string) bool { return s.only == "" || s.only == part }
	if err == nil && want("axe") {
		r.Axe, err = s.axe()
	}
	if err == nil && want("speed") {
		r.Speed, err = s.speed()
	}
	if err == nil && want("lighthouse") {
		r.Lighthouse, err = s.lighthouse()
	}
	return err
}

// read returns what earlier runs measured.
func read(file string) (r results, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

func (r results) write(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
