// Program rollcall serves rooms on the web that show who is in them.
//
// Main only wires: package server serves the rooms, what can be set is in settings.go
// and the server's life is in serve.go.
package main

import (
	"context"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"rollcall/web"
)

// gcPercent makes the collector run earlier than Go's own 100. Most memory is
// that of connections, which stay, and a diff on its way to them makes no
// garbage: so what was left behind by their arrival would wait long for the
// next collection, and be resident meanwhile. Beside them a collection costs
// little: in a storm of 3,000 joins it takes no longer than with 50. GOGC in the
// environment goes first.
const gcPercent = 25

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(process(web.Assets()))
}

// process runs the program with what the process was given. The first signal
// stops it, a second one ends it at once.
func process(build fs.FS) int {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // before anything shows that the first was heard
		cancel()
	}()
	p := &program{ctx: ctx, stdout: os.Stdout, stderr: os.Stderr, build: build}
	return p.run(os.Args[1:])
}
