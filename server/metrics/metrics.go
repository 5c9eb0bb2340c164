package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// Metrics returns a registry with the metrics of the hub, of the Go runtime and of the
// process.
func Metrics(c Config) *prometheus.Registry {
	r := prometheus.NewRegistry()
	if c.Told != nil {
		r.MustRegister(c.Told)
	}
	r.MustRegister(
		c.Rooms,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "rollcall_ready", Help: "1 while new connections are welcome.",
		}, func() float64 {
			if c.Ready() {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "rollcall_build_info", Help: "1, with the version of the program.",
			ConstLabels: prometheus.Labels{"version": c.Version},
		}, func() float64 { return 1 }),
	)
	return r
}

// number is a metric without labels.
type number struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*counts) float64
}

func gauge(name, help string, of func(*counts) int) number {
	return number{describe(name, help), prometheus.GaugeValue, func(s *counts) float64 { return float64(of(s)) }}
}

func counter(name, help string, of func(*counts) uint64) number {
	return number{describe(name, help), prometheus.CounterValue, func(s *counts) float64 { return float64(of(s)) }}
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("rollcall_"+name, help, labels, nil)
}

var numbers = []number{
	gauge("rooms", "Rooms with at least one member.", func(s *counts) int { return s.Rooms }),
	gauge("members", "Members, of all rooms together; a person in two rooms is two.", func(s *counts) int { return s.Members }),
	gauge("sessions", "Connections.", func(s *counts) int { return s.Sessions }),
	gauge("slow_readers", "Connections that are written to alone, because a write to them took more than a few milliseconds.", func(s *counts) int { return s.SlowReaders }),
	gauge("room_bytes", "Memory that the rooms take, about: rosters, logs, members and what waits for connections.", func(s *counts) int { return s.RoomBytes }),
	counter("joins_total", "Connections that entered a room, those of members who were there already included.", func(s *counts) uint64 { return s.Joins }),
	counter("arrivals_total", "Members that were shown arriving.", func(s *counts) uint64 { return s.Arrivals }),
	counter("flaps_total", "Members who lost their last connection and were back before the grace was over: nobody saw it.", func(s *counts) uint64 { return s.Flaps }),
	counter("false_leaves_total", "Members who were shown leaving without having said so, and came back within a minute.", func(s *counts) uint64 { return s.FalseLeaves }),
	{describe("ghost_seconds_total", "Seconds that departed members were shown after their last sign of life."), prometheus.CounterValue, func(s *counts) float64 { return s.GhostSeconds }},
	counter("diffs_total", "Changes of rosters.", func(s *counts) uint64 { return s.Diffs }),
	counter("messages_total", "Messages written to connections.", func(s *counts) uint64 { return s.Messages }),
	counter("sent_bytes_total", "Bytes of those messages, without what WebSocket, TLS and TCP add.", func(s *counts) uint64 { return s.Bytes }),
	counter("resyncs_total", "Rosters that a client found to be wrong, and asked for again.", func(s *counts) uint64 { return s.Resyncs }),
	counter("hash_mismatches_total", "Those of them that were at the right revision but had another hash, as far as clients say so.", func(s *counts) uint64 { return s.Mismatches }),
	counter("unsaid_errors_total", "Errors that a client was not told because it reads none.", func(s *counts) uint64 { return s.Unsaid }),
}

var (
	ended     = describe("sessions_ended_total", "Connections that ended, by reason.", "reason")
	departed  = describe("departures_total", "Members that were shown leaving, by reason.", "reason")
	failed    = describe("errors_total", "What clients were told that went wrong, refusals at a bound included, by code.", "code")
	snapshots = describe("snapshots_total", "Whole rosters sent, by cause.", "cause")
	detection = describe("detection_seconds", "From the last sign of life of a member until the room was told, by reason.", "reason")
	frames    = describe("frame_diffs", "Diffs in a message, of those that carry any.")
	rounds    = describe("write_round_seconds", "From the first connection that a round of writing looks at to the last.")
)

// Labels that are exported from the start, so that their first event is seen as an increase.
var (
	reasons = []shared.Reason{shared.ReasonLeft, shared.ReasonClosed, shared.ReasonTimeout, shared.ReasonKicked, shared.ReasonNodeLost}
	causes  = []stats.Cause{stats.CauseJoin, stats.CauseRefused, stats.CauseResync, stats.CauseBehind}
	bounds  = []shared.Code{shared.CodeServerFull, shared.CodeRoomFull, shared.CodeTooSlow, shared.CodeJoinTimeout, shared.CodeInternal}
)

// Describe implements prometheus.Collector.
func (*Rooms) Describe(out chan<- *prometheus.Desc) {
	for _, n := range numbers {
		out <- n.desc
	}
	for _, d := range []*prometheus.Desc{ended, departed, failed, snapshots, detection, frames, rounds} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (r *Rooms) Collect(out chan<- prometheus.Metric) {
	s := r.counts()
	for _, n := range numbers {
		out <- prometheus.MustNewConstMetric(n.desc, n.kind, n.of(&s))
	}
	collect(out, ended, s.Ended, reasons)
	collect(out, departed, s.Departed, reasons)
	collect(out, failed, s.Failed, bounds)
	collect(out, snapshots, s.Snapshots, causes)
	for reason, h := range s.Detection {
		out <- histogram(detection, h, string(reason))
	}
	out <- histogram(frames, s.FrameDiffs)
	out <- histogram(rounds, s.Rounds)
}

// collect sends counts by label as metrics, with a zero for each missing label of always.
func collect[L ~string](out chan<- prometheus.Metric, d *prometheus.Desc, counts map[L]uint64, always []L) {
	for _, label := range always {
		counts[label] += 0
	}
	for label, n := range counts {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), string(label))
	}
}

func histogram(d *prometheus.Desc, h stats.Histogram, labels ...string) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.Bounds))
	var total uint64
	for i, n := range h.Counts {
		total += n
		if i < len(h.Bounds) {
			buckets[h.Bounds[i]] = total
		}
	}
	return prometheus.MustNewConstHistogram(d, total, h.Sum, buckets, labels...)
}
