package compare

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// change returns a metric's value in place of the given one.
type change func(r Sample, metric string, value float64) float64

// in multiplies one figure of one server by a factor for each round.
func in(server, metric string, n int, by ...float64) change {
	return func(r Sample, m string, value float64) float64 {
		if r.Scenario == nameRoom && r.Subject == server && r.N == n && m == metric {
			return value * by[r.Round]
		}
		return value
	}
}

// results makes those of a run in which Rollcall and the floor take 1 of everything and
// the peers 100, in every round twice what it was in the one before, but for the change.
func results(change change) File {
	f := File{Versions: map[string]string{nameRollcall: "7", nameSocketIO: "4.1", nameCentrifuge: "0.2"}, Plan: Plan{
		Rounds: 3, Sizes: []int{1000, 3000}, Slow: 500, Arrivals: 10, Rest: time.Minute,
	}}
	figures := strings.Fields(`storm.last_s storm.median_s storm.server_cpu_s storm.messages storm.bytes storm.diffs
		quiet.median_ms quiet.last_ms quiet.p50_ms quiet.p99_ms quiet.last_p99_ms quiet.cpu_per_diff_us
		leave.last_s leave.median_s leave.server_cpu_s leave.messages leave.bytes
		memory.connected_kb memory.joined_kb memory.rested_kb rest.cpu_ms_per_s
		late.last_s memory.peak_mb slow.cut slow.after_waking_kb`)
	for round := range f.Plan.Rounds {
		for _, name := range []string{nameRoom, nameSlow, nameStuck} {
			for _, server := range subjects("") {
				for _, n := range []int{500, 1000, 3000} {
					r := Sample{round, name, server.Name, n, Metrics{}}
					for _, metric := range figures {
						value := float64(int(1) << round)
						if server.Name == nameSocketIO || server.Name == nameCentrifuge {
							value *= 100
						}
						r.Metrics[metric] = change(r, metric, value)
					}
					f.Runs = append(f.Runs, r)
				}
			}
		}
	}
	return f
}

func TestDocument(t *testing.T) {
	cpu := func(by ...float64) change { return in(nameRollcall, "quiet.cpu_per_diff_us", 3000, by...) }
	floors := func(r Sample, metric string, value float64) float64 {
		value = in(nameFloor1, "quiet.last_ms", 3000, .5, 1, .5)(r, metric, value)
		return in(nameFloor2, "quiet.last_ms", 3000, 1, .5, .5)(r, metric, value)
	}
	for want, change := range map[string]change{
		"| 3,000 join at once: faster than Socket.IO | at least 40.0× | 100× | reached |":   cpu(1, 1, 1),
		"| the last knows everybody after | 2.00 s | 200 s (100×) | 200 s (100×) |":         cpu(1, 1, 1),
		"1.00–1.10–1.25× | reached |":                                                       cpu(1.25, 1.1, 1),
		"1.00–1.10–1.30× | reached by the median, not in every round |":                     cpu(1.3, 1.1, 1),
		"1.00–1.26–1.30× | **missed** |":                                                    cpu(1.3, 1.26, 1),
		"at most 10.0 KB | 9.00–10.0–12.0 KB | reached by the median, not in every round |": in(nameRollcall, "memory.joined_kb", 3000, 9, 5, 3),
		"at most 1.15× | 2.00× | **missed** |":                                              floors,
		"- Socket.IO, 1,000 people join one room at once: server CPU (0.50× Rollcall's)":    in(nameSocketIO, "storm.server_cpu_s", 1000, .005, .005, .005),
	} {
		dir := t.TempDir()
		if err := write(results(change), dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, documentName))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("the document does not say %q: %v", want, err)
		}
		for _, never := range []string{"NaN", "%!", "<no value>", "∞"} {
			if strings.Contains(string(text), never) {
				t.Errorf("the document says %q", never)
			}
		}
	}
}

func TestIncompleteResultsChangeNothing(t *testing.T) {
	f := results(in("", "", 0))
	for _, r := range f.Runs {
		if r.Round == 2 && r.Scenario == nameRoom && r.Subject == nameCentrifuge && r.N == 1000 {
			delete(r.Metrics, "leave.bytes")
		}
	}
	dir := filepath.Join(t.TempDir(), "docs")
	err := write(f, dir)
	if err == nil || !strings.Contains(err.Error(), "lack figures, the first of them leave.bytes of room centrifuge 1000 in round 3") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is something: %v", err)
	}
}
