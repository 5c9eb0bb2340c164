// Cluster does to several real nodes what happens to nodes, with thousands of
// real connections, and says what people saw of it. Run it through make faults.
//
//	cluster -rollcall bin/rollcall [-nodes 3] [-sessions 3000] [fault...]
//
// The people are in rooms of 100, spread over all nodes; each connects to any
// node that is up, as through a balancer, and comes back when it loses its
// connection, after 0 to 1 s as the page does. In each room somebody watches on
// each node, and notes who is shown gone, and when.
//
//   - main.go: the faults that there are, and the report.
//   - faults.go: what each does.
//   - field.go: nodes, people and watchers together; person.go, watcher.go.
//   - process.go: nodes and NATS servers as processes.
//   - proxy.go: what stands between them: a hole, a cut, a loss.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

var (
	rollcall = flag.String("rollcall", "../bin/rollcall", "the program")
	nodes    = flag.Int("nodes", 3, "how many nodes")
	sessions = flag.Int("sessions", 3000, "how many people, each with one connection")
	verbose  = flag.Bool("v", false, "show what the nodes log")
)

func main() {
	if os.Getenv(asNATS) != "" {
		serveNATS()
		return
	}
	flag.Parse()
	if err := run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(faults, func(f fault) bool { return f.name == name }) {
			return fmt.Errorf("no fault is called %q", name)
		}
	}
	fmt.Printf("%d nodes, %d people in rooms of %d\n\n", *nodes, *sessions, roomSize)
	fmt.Println("| fault | leaves shown | of people who were there | what was seen |")
	fmt.Println("|---|---|---|---|")
	var wrong error
	for _, f := range faults {
		if len(names) > 0 && !slices.Contains(names, f.name) {
			continue
		}
		if err := try(f); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %w", f.name, err))
		}
	}
	return wrong
}

// try does one fault to a field of its own. Its error says what went wrong, or
// was not as promised.
func try(f fault) error {
	fd, err := newField(f.reach)
	if err != nil {
		return err
	}
	defer fd.end()
	if err := fd.fill(); err != nil {
		return err
	}
	fd.count() // what was before does not count
	seen, err := f.do(fd)
	if err != nil {
		return err
	}
	leaves, wrong := fd.count()
	fmt.Printf("| %s | %d | %d | %s |\n", f.what, leaves, wrong, strings.Join(seen, "; "))
	if wrong > 0 && !f.parts {
		fd.missed = append(fd.missed, fmt.Sprintf("%d people were shown gone who were there", wrong))
	}
	if len(fd.missed) > 0 {
		return errors.New(strings.Join(fd.missed, "; "))
	}
	return nil
}
