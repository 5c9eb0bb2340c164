package compare

import (
	"bytes"
	"fmt"
	"os/exec"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/process"
	"rollcall/bench/wires"
)

// Subject is one kind of server under test.
type Subject struct {
	Name, Title string
	// Silent servers have no roster: a connection is in the room, no client is told who
	// else is, and only arrivals can be measured.
	Silent  bool
	NewWire func() crowd.Wire

	build   []string // the command that builds it; none if it is there
	version []string // the command that prints its version
	dir     string   // in which its commands run
	command func(addr string) []string
}

// shortGrace is Rollcall's grace here, so that it shows departures as soon as the other
// servers do.
const shortGrace = time.Millisecond

// The names of the subjects. The floor runs with one and with two writers, because which
// of them is lower depends on the machine and on the figure.
const (
	nameSocketIO   = "socketio"
	nameCentrifuge = "centrifuge"
	nameFloor1     = "floor1"
	nameFloor2     = "floor2"
	nameRollcall   = "rollcall"
)

// Rollcall returns the product's program, at a path, as a subject.
func Rollcall(path string) *Subject {
	return &Subject{
		Name: nameRollcall, Title: "Rollcall",
		NewWire: func() crowd.Wire { return wires.NewRollcall() },
		version: []string{path, "version"},
		command: func(addr string) []string {
			return []string{path, "serve", "-addr", addr, "-grace", shortGrace.String()}
		},
	}
}

// subjects returns all subjects in the order in which they take turns. Rollcall is last,
// so that the other servers run while its room fills, and never the reverse.
func subjects(rollcall string) []*Subject {
	return []*Subject{
		{
			Name: nameSocketIO, Title: "Socket.IO",
			NewWire: wires.NewSocketIO,
			build:   []string{"npm", "ci", "--no-audit", "--no-fund"},
			version: []string{"node", "-p", "require('./node_modules/socket.io/package.json').version"},
			dir:     "peers/socketio",
			command: func(addr string) []string { return []string{"node", "server.js", addr} },
		},
		{
			Name: nameCentrifuge, Title: "centrifuge",
			NewWire: wires.NewCentrifuge,
			build:   []string{"go", "build", "-o", "bin/", "./peers/centrifuge"},
			version: []string{"go", "list", "-m", "-f", "{{.Version}}", "github.com/centrifugal/centrifuge"},
			command: func(addr string) []string { return []string{"bin/centrifuge", "-addr", addr} },
		},
		floor(nameFloor1, "1"),
		floor(nameFloor2, "2"),
		Rollcall(rollcall),
	}
}

func floor(name, writers string) *Subject {
	return &Subject{
		Name: name, Title: "floor", Silent: true,
		NewWire: func() crowd.Wire { return wires.Floor{} },
		build:   []string{"go", "build", "-o", "bin/", "./peers/floor"},
		command: func(addr string) []string { return []string{"bin/floor", "-addr", addr, "-writers", writers} },
	}
}

// Start runs the server.
func (s *Subject) Start() (*process.Process, error) {
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	return process.Start(s.dir, addr, s.command(addr.String())...)
}

// Version returns the server's version, "" if it has none.
func (s *Subject) Version() (string, error) { return s.run(s.version) }

// Build builds what the server runs.
func (s *Subject) Build() error {
	_, err := s.run(s.build)
	return err
}

func (s *Subject) run(command []string) (string, error) {
	if len(command) == 0 {
		return "", nil
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	first, _, _ := bytes.Cut(bytes.TrimSpace(out), []byte{'\n'})
	return string(first), nil
}
