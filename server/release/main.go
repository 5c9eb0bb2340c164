// Command release makes the files of a release: static binaries, a bill of materials for each,
// the licences, and checksums. It is run from the top of the source tree:
//
//	go run ./server/release [-o DIR]
//	go run ./server/release -licences
//
// It releases the last commit, without uncommitted changes. The commit is built twice, in two
// directories and the second time with an empty cache, and the results must be identical. With
// -licences it only lists the licences, and fails on one that is not permissive.
//
//   - build.go: the binaries, twice.
//   - modules.go: the modules in a program.
//   - licences.go: their licences.
//   - sbom.go: the bills of materials (CycloneDX).
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
