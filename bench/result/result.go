// Package result is what a bench leaves for the report: the raw numbers of
// every run, and what they were measured on.
package result

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// File is the results of one bench.
type File struct {
	Machine  Machine
	Versions map[string]string // by subject
	Command  string
	Plan     Plan
	Others   float64 // the share of the machine that everything else took meanwhile
	Took     time.Duration
	Runs     []Run
}

// Plan is how large everything was.
type Plan struct {
	Rounds   int
	Sizes    []int         // of the room, and of the room in which everybody returns
	Grow     []int         // of the room, for Rollcall and the floor only: peers would need hours
	Many     []int         // members of all rooms together
	Slow     int           // of the room with slow readers
	Arrivals int           // in the quiet room, at most
	Rest     time.Duration // of the largest room
}

// Run is one scenario with one server in one round.
type Run struct {
	Round    int
	Scenario string
	Subject  string
	N        int // members
	Metrics  map[string]float64
}

// Read returns the results in a file.
func Read(path string) (f File, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Write puts the results into a file.
func (f File) Write(path string) error {
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}
