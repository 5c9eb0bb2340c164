// Package subject is the servers under test: how each is started, what it
// speaks, and what it takes of the machine.
package subject

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/wires"
)

// Subject is one kind of server.
type Subject struct {
	Name string
	// Silent has no roster: who is connected is in the room, nobody is told who
	// else is, and only arrivals can be measured.
	Silent  bool
	NewWire func() crowd.Wire

	dir     string
	command func(addr string) []string
}

// shortGrace is the grace that Rollcall runs with here, so that a departure is
// seen as soon as the other servers show one.
const shortGrace = time.Millisecond

// Names of the subjects. The floor with two writers is another one, because it
// depends on the machine and on what is measured which of the two is lower.
const (
	NameSocketIO   = "socketio"
	NameCentrifuge = "centrifuge"
	NameFloor      = "floor"
	NameFloor2     = "floor2"
	NameRollcall   = "rollcall"
)

// Names returns the names of all subjects in the order in which they take
// their turns.
func Names() []string {
	return []string{NameSocketIO, NameCentrifuge, NameFloor, NameFloor2, NameRollcall}
}

// All returns the subjects by name. root is the directory of the bench, where
// Build has made the peers; rollcall is the path of the product's program.
func All(root, rollcall string) map[string]*Subject {
	bin := filepath.Join(root, "bin")
	return map[string]*Subject{
		NameRollcall: {
			Name:    NameRollcall,
			NewWire: func() crowd.Wire { return wires.NewRollcall() },
			dir:     root,
			command: func(addr string) []string {
				return []string{rollcall, "serve", "-addr", addr, "-grace", shortGrace.String()}
			},
		},
		NameSocketIO: {
			Name:    NameSocketIO,
			NewWire: func() crowd.Wire { return wires.NewSocketIO() },
			dir:     socketioDir(root),
			command: func(addr string) []string { return []string{"node", "server.js", addr} },
		},
		NameCentrifuge: {
			Name:    NameCentrifuge,
			NewWire: func() crowd.Wire { return wires.NewCentrifuge() },
			dir:     bin,
			command: func(addr string) []string { return []string{"./centrifuge", "-addr", addr} },
		},
		NameFloor:  floor(NameFloor, bin, "1"),
		NameFloor2: floor(NameFloor2, bin, "2"),
	}
}

func floor(name, bin, writers string) *Subject {
	return &Subject{
		Name: name, Silent: true,
		NewWire: func() crowd.Wire { return wires.Floor{} },
		dir:     bin,
		command: func(addr string) []string { return []string{"./floor", "-addr", addr, "-writers", writers} },
	}
}

func socketioDir(root string) string { return filepath.Join(root, "peers", "socketio") }

// Start runs the server; args go behind its own.
func (s *Subject) Start(args ...string) (*Process, error) {
	return start(s.dir, func(addr string) []string { return append(s.command(addr), args...) })
}

// Build makes what the named subjects run, but for Rollcall's program.
func Build(root string, names []string) error {
	for _, name := range names {
		if err := build(root, name); err != nil {
			return err
		}
	}
	return nil
}

func build(root, name string) error {
	var cmd *exec.Cmd
	switch name {
	case NameRollcall:
		return nil
	case NameSocketIO:
		cmd = exec.Command("npm", "ci", "--no-audit", "--no-fund")
		cmd.Dir = socketioDir(root)
	case NameFloor, NameFloor2:
		cmd = goBuild(root, "floor")
	default:
		cmd = goBuild(root, name)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	return nil
}

func goBuild(root, peer string) *exec.Cmd {
	cmd := exec.Command("go", "build", "-o", "bin"+string(filepath.Separator), "./peers/"+peer)
	cmd.Dir = root
	return cmd
}
