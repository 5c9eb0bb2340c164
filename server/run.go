package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // something that was to be done could not be
	exitUsage   = 2 // the command line or the environment makes no sense
)

// program is the program without its process: what a command runs with.
type program struct {
	ctx            context.Context // done when the program is to stop
	stdout, stderr io.Writer
	build          fs.FS // see site.Config
}

// run does what the arguments and the environment say until that is done or
// the program is to stop, and returns the exit code. An error is one line on stderr.
func (p *program) run(args []string) int {
	command, err := p.parse(args)
	if err != nil {
		fmt.Fprintf(p.stderr, "rollcall: %v (try: rollcall help)\n", err)
		return exitUsage
	}
	if command == nil {
		return exitOK
	}
	if err := command.Run(); err != nil {
		fmt.Fprintf(p.stderr, "rollcall: %v\n", err)
		return exitFailure
	}
	return exitOK
}
