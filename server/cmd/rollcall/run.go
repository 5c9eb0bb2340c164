package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"time"

	"rollcall/server/cli"
	"rollcall/server/sink"
)

// The exit codes. Go's own for a crash is 2, which must not be taken for any of them: a
// service manager starts the program again after a crash, and not for settings that
// make no sense.
const (
	exitOK      = 0
	exitFailure = cli.ExitFailure
	exitUsage   = 78 // the command line, the environment or the file makes no sense (EX_CONFIG of sysexits.h)
)

// flushWithin bounds what is waited for at the end until somebody takes the last lines.
const flushWithin = time.Second

// program is the program without its process: what a command runs with.
type program struct {
	ctx            context.Context // done when the program is to stop
	stdout, stderr io.Writer
	build          fs.FS // see server.Config.Assets
}

// run does what the arguments and the environment say until that is done or
// the program is to stop, and returns the exit code. An error is one line on stderr.
func (p *program) run(args []string) int {
	command, err := p.parse(args)
	if err != nil {
		p.complain("rollcall: %v (try: rollcall help)\n", err)
		return exitUsage
	}
	if command == nil {
		return exitOK
	}
	if err := command.Run(); err != nil {
		p.complain("rollcall: %v\n", err)
		return cli.ExitCode(err)
	}
	return exitOK
}

// complain says why the program ends. Whoever should read that may not, and keeps
// nobody from ending.
func (p *program) complain(format string, args ...any) {
	w := sink.New(p.stderr, nil)
	fmt.Fprintf(w, format, args...)
	w.Close(flushWithin)
}
