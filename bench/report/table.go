package report

import (
	"fmt"
	"strings"

	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// title is how people know the servers.
var title = map[string]string{
	subject.NameRollcall:   "Rollcall",
	subject.NameSocketIO:   "Socket.IO",
	subject.NameCentrifuge: "centrifuge",
	floor:                  "floor",
}

// Who is compared: those with a roster, or all.
var (
	servers  = []string{subject.NameRollcall, subject.NameSocketIO, subject.NameCentrifuge}
	everyone = append(servers[:len(servers):len(servers)], floor)
)

// figure is a line of a table: the less, the better, but for what is only told.
type figure struct {
	label  string
	metric string
	format func(float64) string
}

// told is a figure that is neither good nor bad.
const told = "storm.diffs"

// sheet is what tables compare servers by, one table per number of members.
type sheet struct {
	title    string // for a number of members
	scenario string
	servers  []string
	figures  []figure
}

var (
	storm = sheet{"%s people join one room at once", scenario.NameRoom, servers, []figure{
		{"the last knows everybody after", "storm.last_s", seconds},
		{"the median knows everybody after", "storm.median_s", seconds},
		{"server CPU", "storm.server_cpu_s", seconds},
		{"messages to the clients", "storm.messages", number},
		{"bytes to the clients", "storm.bytes", bytes},
		{"arrivals told one by one", "storm.diffs", number},
	}}
	quiet = sheet{"one arrival at a time, %s there", scenario.NameRoom, everyone, []figure{
		{"the median resident has it after", "quiet.median_ms", milliseconds},
		{"the last resident has it after", "quiet.last_ms", milliseconds},
		{"p50 of all deliveries", "quiet.p50_ms", milliseconds},
		{"p99 of all deliveries", "quiet.p99_ms", milliseconds},
		{"p99 of the last residents", "quiet.last_p99_ms", milliseconds},
		{"server CPU per delivered diff", "quiet.cpu_per_diff_us", microseconds},
	}}
	leave = sheet{"half of %s vanish at once", scenario.NameRoom, servers, []figure{
		{"the last who stays knows after", "leave.last_s", seconds},
		{"the median who stays knows after", "leave.median_s", seconds},
		{"server CPU", "leave.server_cpu_s", seconds},
		{"messages to the clients", "leave.messages", number},
		{"bytes to the clients", "leave.bytes", bytes},
	}}
	rooms = sheet{"%s people in rooms of 10", scenario.NameRooms, everyone, []figure{
		{"p50 of all deliveries of an arrival", "rooms.p50_ms", milliseconds},
		{"p99 of all deliveries of an arrival", "rooms.p99_ms", milliseconds},
		{"server CPU per delivered diff", "rooms.cpu_per_diff_us", microseconds},
	}}
	rested = sheet{"resident memory per connection, room of %s", scenario.NameRoom, everyone, []figure{
		connected, joined,
		{"at rest", "memory.rested_kb", kilobytes},
		{"server CPU at rest", "rest.cpu_ms_per_s", perSecond},
	}}
	roomMemory  = sheet{"resident memory per connection, room of %s", scenario.NameRoom, everyone, []figure{connected, joined}}
	roomsMemory = sheet{"resident memory per connection, %s in rooms of 10", scenario.NameRooms, everyone, []figure{connected, joined}}

	connected = figure{"connected, in no room", "memory.connected_kb", kilobytes}
	joined    = figure{"right after all have joined", "memory.joined_kb", kilobytes}
)

// win is a figure in which a peer does better than Rollcall.
type win struct{ Peer, Where, Figure, Times string }

// table compares the servers of a sheet, and notes who beats Rollcall.
func (d *document) table(s sheet, n int) string {
	where := fmt.Sprintf(s.title, count(n))
	lines := []string{"| " + where, "| ---"}
	for _, server := range s.servers {
		lines[0] += " | " + title[server]
		lines[1] += " | ---"
	}
	for _, f := range s.figures {
		line := "| " + f.label
		base := d.book.rounds(s.scenario, subject.NameRollcall, n, f.metric)
		for _, server := range s.servers {
			values := d.book.rounds(s.scenario, server, n, f.metric)
			line += " | " + d.cell(server, values, base, f, where)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " |\n") + " |\n"
}

// cell is the median of a figure, and how many times Rollcall's it is.
func (d *document) cell(server string, values, base []float64, f figure, where string) string {
	text := f.format(spreadOf(values).median)
	if server == subject.NameRollcall || f.metric == told {
		return text
	}
	ratio := spreadOf(over(values, base))
	text += " (" + ratio.times() + ")"
	if server == floor || ratio.median >= 1 {
		return text
	}
	d.Wins = append(d.Wins, win{title[server], where, f.label, ratio.times()})
	return "**" + text + "**"
}
