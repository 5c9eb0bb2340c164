package report

import (
	"fmt"
	"math"
	"slices"

	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// graphs is a picture of figures as the room grows.
type graphs struct {
	Title, Says string
	Panels      []panel
}

type panel struct {
	X             int
	Says          string
	Ticks, Scales []tick
	Lines         []line
}

// tick is a mark at an axis.
type tick struct {
	At   float64
	Text string
}

type line struct {
	Class, Label string
	LabelY       float64
	Points       []point
}

type point struct{ X, Y, Low, High float64 }

// Where graphs are drawn.
const (
	panelWidth, panelHeight = 270.0, 190.0
	panelDistance           = 352
)

func (d *document) growthPicture() (string, error) {
	n := d.book.growing()
	return fill("graphs.svg.tmpl", graphs{
		Title: "As the room grows",
		Says:  "by people in the room; flat is better, and the floor is what the system asks for",
		Panels: []panel{
			d.panel(0, "server CPU per person told of an arrival, µs", "quiet.cpu_per_diff_us", n),
			d.panel(panelDistance, "resident memory per connection, KB", "memory.joined_kb", n),
		},
	})
}

func (d *document) panel(x int, says, metric string, sizes []int) panel {
	p := panel{X: x, Says: says}
	spreads := map[string][]spread{}
	highest := 0.0
	for _, server := range []string{floor, subject.NameRollcall} {
		for _, n := range sizes {
			s := spreadOf(d.book.rounds(scenario.NameRoom, server, n, metric))
			spreads[server] = append(spreads[server], s)
			highest = max(highest, s.max)
		}
	}
	step := roundStep(highest / 4)
	top := step * math.Ceil(highest/step)
	y := func(v float64) float64 { return panelHeight * (1 - v/top) }
	for v := 0.0; v < top+step/2; v += step {
		p.Scales = append(p.Scales, tick{y(v), plainest(v)})
	}
	at := func(n int) float64 { return panelWidth * float64(n) / float64(slices.Max(sizes)) }
	for _, n := range sizes {
		p.Ticks = append(p.Ticks, tick{at(n), count(n)})
	}
	for _, server := range []string{floor, subject.NameRollcall} {
		l := line{Class: class(server), Label: title[server]}
		for i, s := range spreads[server] {
			l.Points = append(l.Points, point{at(sizes[i]), y(s.median), y(s.min), y(s.max)})
		}
		p.Lines = append(p.Lines, l)
	}
	p.label()
	return p
}

// label puts the names of the two lines where they don't meet: the upper's
// above it, the lower's below, at the right end.
func (p *panel) label() {
	a, b := &p.Lines[0], &p.Lines[1]
	last := len(a.Points) - 1
	if a.Points[last].Y > b.Points[last].Y {
		a, b = b, a
	}
	a.LabelY = a.Points[last].High - 12
	b.LabelY = b.Points[last].Low + 22
}

// roundStep returns the smallest of 1, 2 and 5, times a power of ten, that is
// at least x.
func roundStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, by := range []float64{1, 2, 5} {
		if by*power >= x {
			return by * power
		}
	}
	return 10 * power
}

func plainest(v float64) string { return fmt.Sprintf("%g", math.Round(v*1e6)/1e6) }
