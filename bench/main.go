// Program bench measures Rollcall, and exposes it to faults and attacks. The first
// argument is a command:
//
//	compare   beside other servers, and beside the least work that sockets require
//	detect    how soon departures are noticed
//	handover  how a crowd moves to a server that takes over
//	faults    what people see when nodes are killed, frozen, cut off and restarted
//	cluster   run three nodes with a balancer before them, to look at
//	abuse     what honest clients see while a server is attacked
//	audit     the page, with Lighthouse
//
// It runs in its own directory. Each command has flags of its own: see -h behind it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"rollcall/bench/abuse"
	"rollcall/bench/audit"
	"rollcall/bench/compare"
	"rollcall/bench/detect"
	"rollcall/bench/faults"
)

var commands = []struct {
	name string
	run  func(args []string) error
}{
	{"compare", compare.Run},
	{"detect", detect.Run},
	{"handover", detect.RunHandover},
	{"faults", faults.Run},
	{"cluster", faults.RunCluster},
	{"abuse", abuse.Run},
	{"audit", audit.Run},
}

func main() {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	i := -1
	if len(os.Args) > 1 {
		i = slices.Index(names, os.Args[1])
	}
	if i < 0 {
		fmt.Fprintln(os.Stderr, "bench: the first argument is one of "+strings.Join(names, ", "))
		os.Exit(2)
	}
	err := commands[i].run(os.Args[2:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "bench %s: %v\n", names[i], err)
		os.Exit(1)
	}
}
