package compare

import (
	"slices"

	"rollcall/bench/report"
)

// class returns the CSS class of a server's bars.
func class(server string) string {
	return map[string]string{nameRollcall: "own", theFloor: "floor", nameSocketIO: "peer", nameCentrifuge: "peer"}[server]
}

// bars is a picture with one or more bars per server.
type bars struct {
	Title, Says string // Says is what is drawn, and which way is better
	Rows        []bar
	Height      int
}

// bar is drawn from the left to a figure, with a line from its smallest to its
// largest.
type bar struct {
	Label, Class, Value string // no label for the second bar of a server
	Y                   int
	spread              report.Spread
	Width, Low, High    float64 // of the bar and, from the same point, of the line
}

// Where bars are drawn.
const (
	barsTop   = 96
	barHeight = 26
	barLength = 400 // of the longest, with its line
)

// bar returns the bar of a server's figure in the largest room.
func (d *document) bar(server, metric string, format func(float64) string) bar {
	s := report.SpreadOf(d.rounds(nameRoom, server, d.Plan.Largest(), metric))
	return bar{Label: titleOf(server), Class: class(server), Value: format(s.Median), spread: s}
}

// lay computes the geometry. step is the distance between bars; gap is added before each
// server but the first.
func (b bars) lay(step, gap int) bars {
	longest := 0.0
	for _, r := range b.Rows {
		longest = max(longest, r.spread.Max)
	}
	y, scale := barsTop-gap, barLength/longest
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Label != "" {
			y += gap
		}
		r.Y, r.Width, r.Low, r.High = y, r.spread.Median*scale, r.spread.Min*scale, r.spread.Max*scale
		y += step
	}
	b.Height = y + 20
	return b
}

// pictures returns all pictures by name: the storm, the processor time and the memory.
func (d *document) pictures() map[string]bars {
	draw := func(title, says string, servers []string, format func(float64) string, metric string) bars {
		b := bars{Title: title, Says: says}
		for _, server := range servers {
			b.Rows = append(b.Rows, d.bar(server, metric, format))
		}
		return b
	}
	floorFirst := append([]string{theFloor}, servers...)
	memory := draw("Memory per connection, "+d.N+" in one room",
		"resident, right after all have joined and, paler, at rest; the floor is bare sockets", floorFirst, report.Kilobytes, "memory.joined_kb")
	for i, server := range floorFirst {
		rested := d.bar(server, "memory.rested_kb", report.Kilobytes)
		rested.Label, rested.Class = "", rested.Class+" rested"
		memory.Rows = slices.Insert(memory.Rows, 2*i+1, rested)
	}
	return map[string]bars{
		"storm": draw(d.N+" people join one room at once", "time until the last of them knows everybody; shorter is better",
			servers, report.Seconds, "storm.last_s").lay(barHeight+10, 0),
		"cpu": draw("Somebody arrives, "+d.N+" are told", "server CPU per person told; the floor is one bare write to each socket",
			floorFirst, report.Microseconds, "quiet.cpu_per_diff_us").lay(barHeight+10, 0),
		"memory": memory.lay(barHeight+2, 14),
	}
}
