// Command module makes Rollcall a Go module under a path of one's own, so that other
// programs can import it. It is run from the top of the source tree:
//
//	go run ./server/release/module -path github.com/you/rollcall -o DIR
//	go run ./server/release/module -path github.com/you/rollcall -o DIR -version v0.1.0
//
// Without a version DIR gets the source tree with that path, to be built and tested like
// this one. With a version, DIR becomes a module proxy that has that version, of the last
// commit and with the built page in it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	path := flag.String("path", "", "the module's path")
	out := flag.String("o", "", "the directory to leave it in")
	version := flag.String("version", "", "publish the last commit as this version")
	flag.Parse()
	if err := do(*path, *out, *version); err != nil {
		fmt.Fprintln(os.Stderr, "module:", err)
		os.Exit(1)
	}
}

func do(path, out, version string) error {
	switch {
	case path == "" || out == "":
		return errors.New("-path and -o are needed")
	case version == "":
		return moduleTree(".", out, path)
	}
	return publish(out, path, version)
}

// run runs a command in a directory, with more in its environment.
func run(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
