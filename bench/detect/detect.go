// Package detect measures how long a room shows a member who is gone, for each way to
// go, and how a crowd moves to a server that takes over from another. The former needs
// what package cable needs.
//
//   - detect.go: the measurement and its document. ways.go: the ways to go.
//   - handover.go: the crowd that moves.
package detect

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"rollcall/bench/process"
	"rollcall/bench/report"
)

//go:embed *.tmpl
var templates embed.FS

// settings are the command line.
type settings struct {
	Rounds   int
	Each     int // how many go in each way in a round
	rollcall string
}

// flags returns the flags that both commands have.
func (s *settings) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.IntVar(&s.Rounds, "rounds", 3, "rounds of everything")
	f.StringVar(&s.rollcall, "rollcall", "../bin/rollcall", "the program under test")
	return f
}

// start starts the program under test at a port of all interfaces, because some of its
// users are in a network namespace.
func (s settings) start(addr netip.AddrPort, args ...string) (*process.Process, error) {
	return process.Start("", addr, append([]string{s.rollcall, "serve", "-addr", fmt.Sprintf(":%d", addr.Port())}, args...)...)
}

// results are the data of the template.
type results struct {
	Machine  report.Machine
	Settings settings
	Took     time.Duration
	Rows     []row
}

// row is a row of the table: one way to go.
type row struct {
	way
	Took []time.Duration // how long each was shown
}

// Run measures, writes the document, and returns an error if a bound was missed.
func Run(args []string) (err error) {
	var s settings
	f := s.flags("detect")
	f.IntVar(&s.Each, "each", 8, "how many go in each way in a round")
	docs := f.String("docs", "../docs", "where the report goes")
	if err := f.Parse(args); err != nil {
		return err
	}
	began, r := time.Now(), results{Settings: s}
	if r.Machine, err = report.ThisMachine(); err != nil {
		return err
	}
	for _, w := range ways {
		r.Rows = append(r.Rows, row{way: w})
	}
	for round := range s.Rounds {
		gone, err := departures(s)
		if err != nil {
			return err
		}
		for i, took := range gone {
			r.Rows[i].Took = append(r.Rows[i].Took, took...)
			fmt.Printf("%d/%d %s: %v\n", round+1, s.Rounds, ways[i].Says, took)
		}
	}
	r.Took = time.Since(began).Round(time.Second)
	text, err := report.Fill(templates, "detection.md.tmpl", r)
	if err != nil {
		return err
	}
	err = report.Write(*docs, map[string]string{"detection.md": text})
	for _, w := range r.Rows {
		if w.Missed() > 0 {
			err = errors.Join(err, fmt.Errorf("%s: %v, the bound is %v", w.Says, slices.Max(w.Took), w.Bound))
		}
	}
	return err
}

// delivery is the time allowed beyond a bound, for processes to end and for transmission.
const delivery = 500 * time.Millisecond

// Delivery returns the same for the template.
func (results) Delivery() time.Duration { return delivery }

// Missed returns how many were shown for longer than the bound and delivery.
func (r row) Missed() (n int) {
	for _, d := range r.Took {
		if d > r.Bound+delivery {
			n++
		}
	}
	return n
}
