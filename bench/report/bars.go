package report

import (
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// bars is a picture of one bar or more per server.
type bars struct {
	Title, Says string // Says is what is drawn, and which way is better
	Names       []string
	Rows        []bar
	Height      int
}

// bar is drawn from the left to a figure, with a line from its smallest to its
// largest.
type bar struct {
	Label, Class, Value string // no label for the second bar of a server
	Y                   int
	spread              spread
	Width, Low, High    float64 // of the bar and, from the same point, of the line
}

// Where bars are drawn.
const (
	barsTop   = 96
	barHeight = 26
	barLength = 400 // of the longest, with its line
)

// class is how a server is coloured.
func class(server string) string {
	switch server {
	case subject.NameRollcall:
		return "own"
	case floor:
		return "floor"
	}
	return "peer"
}

// lay computes the geometry; step and gap are the distances to the next bar of
// the same server, and beyond that to the next server.
func (b *bars) lay(step, gap int) {
	longest := 0.0
	for _, r := range b.Rows {
		longest = max(longest, r.spread.max)
	}
	y := barsTop - gap
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Label != "" {
			y += gap
		}
		r.Y = y
		y += step
		scale := barLength / longest
		r.Width, r.Low, r.High = r.spread.median*scale, r.spread.min*scale, r.spread.max*scale
	}
	b.Height = y + 20
}

// compare draws one figure of some servers in the largest room.
func (d *document) compare(b bars, metric string, format func(float64) string, servers ...string) (string, error) {
	for _, server := range servers {
		s := spreadOf(d.book.rounds(scenario.NameRoom, server, d.book.largest(), metric))
		b.Rows = append(b.Rows, bar{Label: title[server], Class: class(server), Value: format(s.median), spread: s})
	}
	b.lay(barHeight+10, 0)
	return fill("bars.svg.tmpl", b)
}

func (d *document) stormPicture() (string, error) {
	return d.compare(bars{
		Title: d.N + " people join one room at once",
		Says:  "time until the last of them knows everybody; shorter is better",
	}, "storm.last_s", seconds, servers...)
}

func (d *document) cpuPicture() (string, error) {
	return d.compare(bars{
		Title: "Somebody arrives, " + d.N + " are told",
		Says:  "server CPU per person told; the floor is one bare write to each socket",
	}, "quiet.cpu_per_diff_us", microseconds, floor, subject.NameRollcall, subject.NameSocketIO, subject.NameCentrifuge)
}

func (d *document) memoryPicture() (string, error) {
	b := bars{
		Title: "Memory per connection, " + d.N + " in one room",
		Says:  "resident, right after all have joined and, paler, at rest; the floor is bare sockets",
	}
	for _, server := range []string{floor, subject.NameRollcall, subject.NameSocketIO, subject.NameCentrifuge} {
		joined := spreadOf(d.book.rounds(scenario.NameRoom, server, d.book.largest(), "memory.joined_kb"))
		rested := spreadOf(d.book.rounds(scenario.NameRoom, server, d.book.largest(), "memory.rested_kb"))
		b.Rows = append(b.Rows,
			bar{Label: title[server], Class: class(server), Value: kilobytes(joined.median), spread: joined},
			bar{Class: class(server) + " rested", Value: kilobytes(rested.median), spread: rested})
	}
	b.lay(barHeight+2, 14)
	return fill("bars.svg.tmpl", b)
}
