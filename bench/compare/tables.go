package compare

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/bench/report"
)

// titleOf returns the name of a server for readers.
func titleOf(server string) string {
	for _, s := range subjects("") {
		if s.Name == server {
			return s.Title
		}
	}
	return theFloor
}

// servers are those with a roster.
var servers = []string{nameRollcall, nameSocketIO, nameCentrifuge}

// Peers returns the servers with a roster, Everyone the floor too.
func (*document) Peers() []string    { return servers }
func (*document) Everyone() []string { return append(slices.Clone(servers), theFloor) }

// theFloor stands for the lower of the floors in each figure and round.
const theFloor = "floor"

// rounds returns a figure of every round.
func (d *document) rounds(scenario, server string, n int, metric string) []float64 {
	if server == theFloor {
		lower := d.rounds(scenario, nameFloor1, n, metric)
		for i, v := range d.rounds(scenario, nameFloor2, n, metric) {
			lower[i] = min(lower[i], v)
		}
		return lower
	}
	values := make([]float64, d.Plan.Rounds)
	for round := range values {
		i := slices.IndexFunc(d.Runs, func(r Sample) bool {
			return r.Round == round && r.Scenario == scenario && r.Subject == server && r.N == n
		})
		var there bool
		if i >= 0 {
			values[round], there = d.Runs[i].Metrics[metric]
		}
		if !there {
			d.missing = append(d.missing, fmt.Sprintf("%s of %s %s %d in round %d", metric, scenario, server, n, round+1))
		}
	}
	return values
}

// formatOf returns the format of a metric, by the unit with which its name ends.
func formatOf(metric string) func(float64) string {
	for _, unit := range []struct {
		suffix string
		format func(float64) string
	}{
		{"ms_per_s", report.PerSecond}, {"_s", report.Seconds}, {"_ms", report.Milliseconds}, {"_us", report.Microseconds},
		{"_kb", report.Kilobytes}, {"_mb", report.Megabytes}, {".bytes", report.Bytes},
	} {
		if strings.HasSuffix(metric, unit.suffix) {
			return unit.format
		}
	}
	return report.Number
}

// win is a figure in which a peer does better than Rollcall.
type win struct{ Peer, Where, Figure, Times string }

// told is the only metric of which neither less nor more is better; of the others, less
// is better.
const told = "storm.diffs"

// Table compares servers in a room with n members, and adds to Wins where a peer does
// better. Each row is a label and a metric.
func (d *document) Table(title string, n int, servers []string, rows ...string) string {
	titles := []any{title}
	for _, server := range servers {
		titles = append(titles, titleOf(server))
	}
	text := report.Head(titles...)
	for row := range slices.Chunk(rows, 2) {
		label, metric := row[0], row[1]
		cells, base := []any{label}, d.rounds(nameRoom, nameRollcall, n, metric)
		for _, server := range servers {
			values := d.rounds(nameRoom, server, n, metric)
			cell := median(values, formatOf(metric))
			if server == nameRollcall || metric == told {
				cells = append(cells, cell)
				continue
			}
			ratio := report.SpreadOf(report.Over(values, base))
			cell += " (" + ratio.Times() + ")"
			if server != theFloor && ratio.Median < 1 {
				d.Wins = append(d.Wins, win{titleOf(server), title, label, ratio.Times()})
				cell = "**" + cell + "**"
			}
			cells = append(cells, cell)
		}
		text += report.Row(cells...)
	}
	return text
}

func median(values []float64, format func(float64) string) string {
	return format(report.SpreadOf(values).Median)
}

// Slow returns a row that compares a room in which some don't read with one in which all
// do, or without the latter if it has no such figure.
func (d *document) Slow(label, metric string, both bool) string {
	cells, format := []any{label}, formatOf(metric)
	for _, server := range []string{nameRollcall, nameSocketIO} {
		with := d.rounds(nameStuck, server, d.Plan.Slow, metric)
		if !both {
			cells = append(cells, report.SpreadOf(with).Text(format))
			continue
		}
		without := d.rounds(nameSlow, server, d.Plan.Slow, metric)
		ratio := report.SpreadOf(report.Over(with, without))
		cells = append(cells, fmt.Sprintf("%s → %s (%s)", median(without, format), median(with, format), ratio.Times()))
	}
	return report.Row(cells...)
}
