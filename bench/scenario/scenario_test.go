package scenario_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// subjects returns the servers under test, built from this tree. Rollcall is
// built here too, so that a test never runs against an old one.
func subjects(t *testing.T, name string) *subject.Subject {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("npm"); err != nil && name == subject.NameSocketIO {
		t.Fatalf("Socket.IO can't be tried: it needs node and npm: %v", err)
	}
	if err := subject.Build(root, []string{name}); err != nil {
		t.Fatal(err)
	}
	rollcall := filepath.Join(t.TempDir(), "rollcall")
	if name == subject.NameRollcall {
		build := exec.Command("go", "build", "-o", rollcall, "./server")
		build.Dir = filepath.Join(root, "..")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", build, err, out)
		}
	}
	return subject.All(root, rollcall)[name]
}

// between is what a metric may be.
type between struct{ least, most float64 }

func exactly(n float64) between { return between{n, n} }

// day plays a Day whose rest is short.
func day(s *subject.Subject, n, arrivals int) (scenario.Metrics, error) {
	d, err := scenario.Begin(s, n)
	if err != nil {
		return nil, err
	}
	err = scenario.Quiet([]*scenario.Day{d}, arrivals)
	d.Rest(10 * time.Millisecond)
	err = errors.Join(err, d.Exodus())
	return d.End(), err
}

// Every scenario with every server, small. That each client ends up with the
// true roster is what a scenario itself sees to; see also the wires' tests.
func TestEveryScenarioWithEveryServer(t *testing.T) {
	for _, name := range subject.Names() {
		t.Run(name, func(t *testing.T) {
			s := subjects(t, name)
			play := func(what string, want map[string]between, run func() (scenario.Metrics, error)) {
				t.Run(what, func(t *testing.T) {
					m, err := run()
					if err != nil {
						t.Fatal(err)
					}
					for metric, w := range want {
						if m[metric] < w.least || m[metric] > w.most {
							t.Errorf("%s is %v, want %v", metric, m[metric], w)
						}
					}
				})
			}
			const n, arrivals, rooms = 40, 30, 6
			told := exactly(arrivals*n + arrivals*(arrivals-1)/2) // to the residents, and to the visitors who came before
			waved := exactly(10 * rooms * 4 * 2)
			switch name {
			case subject.NameFloor, subject.NameFloor2: // visitors are in the room before they are announced
				told = exactly(arrivals*n + 25*24 + 5*29)
			case subject.NameCentrifuge: // tells the arriving too, before or after their roster
				told.most += arrivals
				waved.most += 10 * rooms
			}
			kb := between{1, 10_000}
			play("room", map[string]between{"quiet.diffs": told, "memory.joined_kb": kb, "memory.rested_kb": kb}, func() (scenario.Metrics, error) {
				return day(s, n, arrivals)
			})
			play("rooms", map[string]between{"rooms.diffs": waved}, func() (scenario.Metrics, error) {
				return scenario.Rooms(s, rooms, 4)
			})
			if s.Silent {
				return
			}
			play("slow", nil, func() (scenario.Metrics, error) { return scenario.Slow(s, 100, false) })
			play("stuck", map[string]between{"slow.cut": exactly(0)}, func() (scenario.Metrics, error) { return scenario.Slow(s, 100, true) })
			if name != subject.NameRollcall {
				return
			}
			play("resume", map[string]between{"return.diffs": exactly(0)}, func() (scenario.Metrics, error) { return scenario.Resume(s, n, true) })
			play("retell", map[string]between{"return.diffs": exactly(0)}, func() (scenario.Metrics, error) { return scenario.Resume(s, n, false) })
		})
	}
}

func TestServerThatDoesNotStartIsToldWithItsWords(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "rollcall")
	script := []byte("#!/bin/sh\necho the port is taken >&2\nexit 1\n")
	if err := os.WriteFile(missing, script, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := day(subject.All("..", missing)[subject.NameRollcall], 1, 1)
	if err == nil || !strings.Contains(err.Error(), "the port is taken") {
		t.Errorf("the error is %v", err)
	}
}
