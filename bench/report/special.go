package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// slow compares, per server, a room in which some don't read with one in which
// everybody does.
func (d *document) slow() string {
	n := d.book.file.Plan.Slow
	servers := []string{subject.NameRollcall, subject.NameSocketIO}
	line := func(label, metric string, format func(float64) string) string {
		text := "| " + label
		for _, server := range servers {
			without := d.book.rounds(scenario.NameSlow, server, n, metric)
			with := d.book.rounds(scenario.NameStuck, server, n, metric)
			text += fmt.Sprintf(" | %s → %s (%s)", format(spreadOf(without).median), format(spreadOf(with).median), spreadOf(over(with, without)).times())
		}
		return text + " |\n"
	}
	only := func(label, metric string, format func(float64) string) string {
		text := "| " + label
		for _, server := range servers {
			text += " | " + spreadOf(d.book.rounds(scenario.NameStuck, server, n, metric)).text(format)
		}
		return text + " |\n"
	}
	return "| without → with slow readers | Rollcall | Socket.IO |\n|---|---|---|\n" +
		line("storm: the last of the others knows all after", "late.last_s", seconds) +
		line("then one arrival: the last of the others has it after", "quiet.last_ms", milliseconds) +
		line("most resident memory of the server", "memory.peak_mb", megabytes) +
		only("slow readers cut off", "slow.cut", number) +
		only("read by each of them after waking", "slow.kb_after_waking", kilobytes)
}

// resume compares coming back for what was missed with coming back for
// everything.
func (d *document) resume() string {
	var text strings.Builder
	text.WriteString("| everybody returns at once | asking for what was missed | asking for everything |\n|---|---|---|\n")
	for _, n := range d.book.file.Plan.Sizes {
		for _, f := range []figure{
			{"bytes to the clients", "return.bytes", bytes},
			{"the last knows everybody after", "return.last_s", seconds},
			{"server CPU", "return.server_cpu_s", seconds},
		} {
			missed := d.book.rounds(scenario.NameResume, subject.NameRollcall, n, f.metric)
			all := d.book.rounds(scenario.NameRetell, subject.NameRollcall, n, f.metric)
			fmt.Fprintf(&text, "| %s: %s | %s | %s (%s) |\n", count(n), f.label,
				f.format(spreadOf(missed).median), f.format(spreadOf(all).median), spreadOf(over(all, missed)).times())
		}
	}
	return text.String()
}

// growing is the sizes of room that Rollcall is followed through.
func (b *book) growing() []int { return slices.Concat(b.file.Plan.Sizes, b.file.Plan.Grow) }

// growth is what Rollcall costs as a room grows.
func (d *document) growth() string {
	var text strings.Builder
	text.WriteString("| room | all joined after | joining: CPU per name on a roster | connecting: CPU each | one arrival: CPU per diff | of the floor's | last has it after | of the floor's | memory each, connected | joined |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, n := range d.book.growing() {
		of := func(server, metric string) []float64 { return d.book.rounds(scenario.NameRoom, server, n, metric) }
		own := func(metric string) []float64 { return of(subject.NameRollcall, metric) }
		median := func(values []float64, format func(float64) string) string {
			return format(spreadOf(values).median)
		}
		ratio := func(metric string) string { return spreadOf(over(own(metric), of(floor, metric))).times() }
		names := float64(n) * float64(n)
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", count(n),
			median(own("storm.last_s"), seconds),
			median(scaled(own("storm.server_cpu_s"), 1e9/names), nanoseconds),
			median(scaled(own("connect.server_cpu_s"), 1e6/float64(n)), microseconds),
			median(own("quiet.cpu_per_diff_us"), microseconds), ratio("quiet.cpu_per_diff_us"),
			median(own("quiet.last_ms"), milliseconds), ratio("quiet.last_ms"),
			median(own("memory.connected_kb"), kilobytes), median(own("memory.joined_kb"), kilobytes))
	}
	return text.String()
}

// flat is how much a figure of the largest room is, of the same in the smallest.
func (d *document) flat(metric string) string {
	sizes := d.book.growing()
	of := func(n int) []float64 { return d.book.rounds(scenario.NameRoom, subject.NameRollcall, n, metric) }
	return spreadOf(over(of(slices.Max(sizes)), of(slices.Min(sizes)))).times()
}
