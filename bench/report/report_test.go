package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/bench/report"
	"rollcall/bench/result"
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// figures are all that scenarios measure and reports show.
var figures = strings.Fields(`storm.last_s storm.median_s storm.server_cpu_s storm.messages storm.bytes storm.diffs
	quiet.median_ms quiet.last_ms quiet.p50_ms quiet.p99_ms quiet.last_p99_ms quiet.cpu_per_diff_us
	leave.last_s leave.median_s leave.server_cpu_s leave.messages leave.bytes
	rooms.p50_ms rooms.p99_ms rooms.cpu_per_diff_us connect.server_cpu_s
	memory.connected_kb memory.joined_kb memory.rested_kb memory.peak_mb rest.cpu_ms_per_s
	late.last_s slow.cut slow.kb_after_waking return.bytes return.last_s return.server_cpu_s`)

// results makes those of a bench in which Rollcall, and the floor, take 1 of
// everything and the peers 100 times that, in every round twice what it was in
// the one before; but for what change says.
func results(change func(r result.Run, metric string, value float64) float64) result.File {
	f := result.File{
		Versions: map[string]string{subject.NameRollcall: "rollcall v7", subject.NameSocketIO: "4.1", subject.NameCentrifuge: "v0.2"},
		Command:  "go run .",
		Plan: result.Plan{
			Rounds: 3, Sizes: []int{1000, 3000}, Grow: []int{9000}, Many: []int{3000}, Slow: 500, Arrivals: 10, Rest: time.Minute,
		},
	}
	add := func(round int, name, server string, n int) {
		r := result.Run{Round: round, Scenario: name, Subject: server, N: n, Metrics: map[string]float64{}}
		for _, metric := range figures {
			value := float64(int(1) << round)
			if server == subject.NameSocketIO || server == subject.NameCentrifuge {
				value *= 100
			}
			r.Metrics[metric] = change(r, metric, value)
		}
		f.Runs = append(f.Runs, r)
	}
	for round := range f.Plan.Rounds {
		for _, name := range scenario.Names() {
			for _, server := range subject.Names() {
				for _, n := range []int{500, 1000, 3000, 9000} {
					add(round, name, server, n)
				}
			}
		}
	}
	return f
}

func unchanged(_ result.Run, _ string, value float64) float64 { return value }

// written makes a report and returns its document.
func written(t *testing.T, f result.File) (text, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := report.Write(f, dir); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join(dir, report.Document))
	if err != nil {
		t.Fatal(err)
	}
	return string(document), dir
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	text, _ := written(t, results(unchanged))
	for _, want := range []string{
		"| 3,000 join at once: faster than Socket.IO | at least 40.0× | 100× | reached |",
		"| the last knows everybody after | 2.00 s | 200 s (100×) | 200 s (100×) |",
		"| slow readers cut off | 1–2–4 | 100–200–400 | 100–200–400 |",
		"In none of the figures below does a peer do better",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
	for _, never := range []string{"NaN", "%!", "<no value>", "∞"} {
		if strings.Contains(text, never) {
			t.Errorf("the document says %q", never)
		}
	}
}

// in changes one figure of one server in some rounds.
func in(name, server, metric string, n int, by ...float64) func(result.Run, string, float64) float64 {
	return func(r result.Run, m string, value float64) float64 {
		if r.Scenario == name && r.Subject == server && r.N == n && m == metric {
			return value * by[r.Round]
		}
		return value
	}
}

func TestVerdicts(t *testing.T) {
	cpu := func(by ...float64) func(result.Run, string, float64) float64 {
		return in(scenario.NameRoom, subject.NameRollcall, "quiet.cpu_per_diff_us", 3000, by...)
	}
	for name, c := range map[string]struct {
		change func(result.Run, string, float64) float64
		want   string
	}{
		"reached":               {cpu(1.25, 1.1, 1), "1.00–1.10–1.25× | reached |"},
		"reached by the median": {cpu(1.3, 1.1, 1), "1.00–1.10–1.30× | reached by the median, not in every round |"},
		"missed":                {cpu(1.3, 1.26, 1), "1.00–1.26–1.30× | **missed** |"},
		"missed, where more is better": {
			in(scenario.NameRoom, subject.NameSocketIO, "storm.last_s", 3000, .3, .35, .5),
			"at least 40.0× | 30.0–35.0–50.0× | **missed** |",
		},
		"memory": {
			in(scenario.NameRoom, subject.NameRollcall, "memory.joined_kb", 3000, 9, 5, 3),
			"at most 10.0 KB | 9.00–10.0–12.0 KB | reached by the median, not in every round |",
		},
		"the lower floor counts in each round": {
			func(r result.Run, metric string, value float64) float64 {
				value = in(scenario.NameRoom, subject.NameFloor, "quiet.last_ms", 3000, .5, 1, .5)(r, metric, value)
				return in(scenario.NameRoom, subject.NameFloor2, "quiet.last_ms", 3000, 1, .5, .5)(r, metric, value)
			},
			"at most 1.15× | 2.00× | **missed** |",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if text, _ := written(t, results(c.change)); !strings.Contains(text, c.want) {
				t.Errorf("the document does not say %q: %s", c.want, text[:3000])
			}
		})
	}
}

func TestPeerThatDoesBetterIsTold(t *testing.T) {
	text, _ := written(t, results(in(scenario.NameRooms, subject.NameCentrifuge, "rooms.p99_ms", 3000, .009, .008, .02)))
	for _, want := range []string{
		"- centrifuge, 3,000 people in rooms of 10: p99 of all deliveries of an arrival (0.80–0.90–2.00× Rollcall's)",
		"**1.60 ms (0.80–0.90–2.00×)** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
}

func TestIncompleteResultsChangeNothing(t *testing.T) {
	f := results(unchanged)
	for _, r := range f.Runs {
		if r.Round == 2 && r.Scenario == scenario.NameRoom && r.Subject == subject.NameCentrifuge && r.N == 1000 {
			delete(r.Metrics, "leave.bytes")
		}
	}
	dir := filepath.Join(t.TempDir(), "docs")
	err := report.Write(f, dir)
	if err == nil || !strings.Contains(err.Error(), "lack 1 figures, the first of them leave.bytes of room centrifuge 1000 in round 3") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is something: %v", err)
	}
}

func TestPicturesAreSoundAndKnowBothSchemes(t *testing.T) {
	text, dir := written(t, results(unchanged))
	for _, name := range []string{"storm", "cpu", "memory", "growth"} {
		path := "pictures/bench-" + name + ".svg"
		if !strings.Contains(text, "("+path+")") {
			t.Errorf("the document does not show %s", path)
		}
		svg, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(svg), "prefers-color-scheme:dark") || strings.Contains(string(svg), "NaN") {
			t.Errorf("%s: %s", name, svg)
		}
		for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}
