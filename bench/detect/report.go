package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"rollcall/shared"
)

// Where the report goes, in the directory of the documents.
const (
	document = "detection.md"
	picture  = "pictures/detection-return.svg"
)

//go:embed detection.md.tmpl
var page string

//go:embed return.svg.tmpl
var drawing string

func (f file) write(path string) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}

func read(path string) (f file, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(text, &f)
}

// telling is what it may take beside that until the room has been told: a killed
// process ends, and a browser's others after it, on a machine with other things
// to do.
const telling = 500 * time.Millisecond

// verdict is an error if a bound was missed.
func (f file) verdict() (missed error) {
	for _, w := range ways {
		if most := slices.Max(f.Gone[w.name]); most > w.bound+telling {
			missed = errors.Join(missed, fmt.Errorf("%s: %v, the bound is %v", w.name, most, w.bound))
		}
	}
	for _, c := range f.Returns {
		if c.Whole > wholeWithin {
			missed = errors.Join(missed, fmt.Errorf("down for %v: whole after %v", c.Down, c.Whole))
		}
	}
	return missed
}

func report(f file, docs string) error {
	for path, text := range map[string]string{document: page, picture: drawing} {
		t, err := template.New(path).Funcs(template.FuncMap{"seconds": seconds, "spread": spread}).Parse(text)
		if err != nil {
			return err
		}
		var out strings.Builder
		if err := t.Execute(&out, f); err != nil {
			return err
		}
		path = filepath.Join(docs, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(out.String()), 0o666)); err != nil {
			return err
		}
	}
	return nil
}

// seconds writes a time with three digits, or in milliseconds if it is short.
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.4g s", d.Seconds())
}

func spread(all []time.Duration) string {
	all = slices.Sorted(slices.Values(all))
	return seconds(all[0]) + " – " + seconds(all[len(all)/2]) + " – " + seconds(all[len(all)-1])
}

// row is one way to go in the document.
type row struct {
	Says, Bound string
	Took        []time.Duration
	Missed      int // how many were shown for longer than the bound and the telling
}

// Rows are the ways to go.
func (f file) Rows() (rows []row) {
	for _, w := range ways {
		r := row{Says: w.says, Bound: seconds(w.bound), Took: f.Gone[w.name]}
		if w.bound == 0 {
			r.Bound = "at once"
		}
		for _, d := range r.Took {
			if d > w.bound+telling {
				r.Missed++
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// Telling and Within are what the figures are held against.
func (file) Telling() string { return seconds(telling) }
func (file) Within() string  { return seconds(wholeWithin) }

// Elsewhere is the share of the machine that everything else took.
func (f file) Elsewhere() string { return fmt.Sprintf("%.0f%%", 100*f.Others) }

// First and Longest are how long a client waits, at most, before its first try
// and between two that fail.
func (file) First() string {
	first, _ := shared.CloseAbnormal.Returns()
	return seconds(first)
}
func (file) Longest() string { return seconds(shared.RetryMost) }

// away is the rounds of one outage.
type away struct {
	X       int // of its panel
	Outage  time.Duration
	Rounds  []comeback
	Down    []time.Duration
	Whole   []time.Duration
	Busiest []int // arrivals in the busiest tenth of a second
	Uniform int   // as many as the rule lets expect there
	Apart   float64
	Span    time.Duration // of the axis
	Clients int
}

// Outages are the restarts by how long the server stayed away.
func (f file) Outages() (all []away) {
	for i, outage := range f.Settings.Outages {
		a := away{X: 360 * i, Outage: outage, Clients: f.Settings.Crowd}
		for _, c := range f.Returns {
			if c.Outage != outage {
				continue
			}
			a.Rounds = append(a.Rounds, c)
			a.Down, a.Whole = append(a.Down, c.Down), append(a.Whole, c.Whole)
			a.Busiest = append(a.Busiest, busiest(c.Tries))
			want := expected(c.Down, manyDraws)
			a.Uniform = max(a.Uniform, busiest(want)*a.Clients/manyDraws)
			a.Apart = max(a.Apart, apart(c.Tries, want))
			a.Span = max(a.Span, c.Tries[len(c.Tries)-1])
		}
		step := time.Second
		if a.Span > 5*time.Second {
			step = 5 * time.Second
		}
		a.Span = (a.Span + step).Truncate(step)
		all = append(all, a)
	}
	return all
}

// manyDraws is of how many clients the expectation is made.
const manyDraws = 200_000

// busiest is the most tries that began within a tenth of a second.
func busiest(sorted []time.Duration) (most int) {
	first := 0
	for i, at := range sorted {
		for at-sorted[first] > 100*time.Millisecond {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// apart is the largest distance of two distributions (Kolmogorov and Smirnov),
// in percent of all clients.
func apart(a, b []time.Duration) (most float64) {
	for i, at := range a {
		j, _ := slices.BinarySearch(b, at)
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return 100 * most
}

// Where a panel is drawn.
const (
	panelWidth  = 270.0
	panelHeight = 180.0
)

// Curves are the rounds' shares of clients that were back, Expected the rule's.
func (a away) Curves() (paths []string) {
	for _, c := range a.Rounds {
		paths = append(paths, a.path(c.Tries))
	}
	return paths
}

func (a away) Expected() string { return a.path(expected(a.Down[0], manyDraws)) }

func (a away) path(sorted []time.Duration) string {
	const points = 120
	var path strings.Builder
	for i := range points + 1 {
		at := time.Duration(i) * a.Span / points
		n, _ := slices.BinarySearch(sorted, at)
		fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], panelWidth*float64(i)/points, panelHeight*(1-float64(n)/float64(len(sorted))))
	}
	return path.String()
}

// UpAt is where the server accepts connections again.
func (a away) UpAt() float64 { return panelWidth * a.Down[0].Seconds() / a.Span.Seconds() }

// tick is a mark at the axis of time.
type tick struct {
	At   float64
	Text string
}

// Ticks are the seconds, or fewer of them.
func (a away) Ticks() (ticks []tick) {
	step := a.Span / 4
	if a.Span%(4*time.Second) != 0 {
		step = a.Span / 5
	}
	for at := time.Duration(0); at <= a.Span; at += step {
		ticks = append(ticks, tick{panelWidth * at.Seconds() / a.Span.Seconds(), fmt.Sprintf("%.3g", at.Seconds())})
	}
	return ticks
}
