// Command release makes what is given to people who do not build Rollcall
// themselves: static binaries, what is in them, under which licences, and sums. It is
// run from the top of the source tree:
//
//	go run ./server/release [-o DIR]
//	go run ./server/release -licences
//
// What is released is the last commit, whatever lies beside it. It is built twice, in
// two places, the second time with nothing kept from before, and every byte must be
// the same. With -licences it only lists the licences, and fails on one that asks for
// more than to be named.
//
//   - build.go: the binaries, twice.
//   - modules.go: whose code is in a program.
//   - licences.go: on which terms.
//   - sbom.go: the same for machines.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "bin/release", "the directory to leave everything in")
	list := flag.Bool("licences", false, "list the licences and do nothing else")
	flag.Parse()
	do := func() error { return release(*out) }
	if *list {
		do = func() error { return printLicences(os.Stdout) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}
