// Package faults kills, freezes, cuts off and restarts real nodes with thousands of real
// connections, and reports what people saw of it.
//
// The people are in rooms of 100, spread over all nodes; each connects to any node that
// is up, as through a balancer, and reconnects after 0 to 1 s when it loses its
// connection, as the page does. What each is shown is compared with who is there, and
// departures that are shown are counted. A partition needs what package cable needs.
//
//   - faults.go: the faults.
//   - nodes.go: the nodes. people.go: who is there, and what they see.
//   - cluster.go: nodes to look at, without faults.
package faults

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"rollcall/bench/report"
)

// settings are the command line.
type settings struct {
	rollcall string
	nodes    int
	sessions int
	verbose  bool
}

// Run causes the faults named after the flags, or all.
func Run(args []string) error {
	var s settings
	f := flag.NewFlagSet("faults", flag.ContinueOnError)
	f.StringVar(&s.rollcall, "rollcall", "../bin/rollcall", "the program")
	f.IntVar(&s.nodes, "nodes", 3, "how many nodes")
	f.IntVar(&s.sessions, "sessions", 3000, "how many people, each with one connection")
	f.BoolVar(&s.verbose, "v", false, "show what the nodes logged last")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, name := range f.Args() {
		if !slices.ContainsFunc(faults, func(f fault) bool { return f.name == name }) {
			return fmt.Errorf("no fault is called %q", name)
		}
	}
	fmt.Printf("%d nodes, %d people in rooms of %d\n\n", s.nodes, s.sessions, roomSize)
	fmt.Print(report.Head("fault", "leaves shown", "of people who were there", "what was seen"))
	var wrong error
	for _, one := range faults {
		if f.NArg() > 0 && !slices.Contains(f.Args(), one.name) {
			continue
		}
		if err := s.try(one); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %w", one.name, err))
		}
	}
	return wrong
}

// try causes one fault on nodes of its own. Its error names what failed or broke a promise.
func (s settings) try(f fault) error {
	fd := &field{settings: s}
	defer fd.close()
	if err := fd.start(f.cut); err != nil {
		return err
	}
	if err := fd.fill(); err != nil {
		return err
	}
	seen := f.do(fd)
	if fd.Err() != nil {
		return fd.Err()
	}
	fmt.Print(report.Row(f.what, fd.leaves, fd.wrong, strings.Join(seen, "; ")))
	if fd.wrong > 0 && !f.parts {
		fd.missed = append(fd.missed, fmt.Sprintf("%d people were shown gone who were there", fd.wrong))
	}
	if len(fd.missed) > 0 {
		return errors.New(strings.Join(fd.missed, "; "))
	}
	return nil
}
