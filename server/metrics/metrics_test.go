package metrics

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"rollcall/server/hub"
	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// mute is a client that discards everything.
type mute struct{}

func (mute) Write([][]byte) error           { return nil }
func (mute) Close(shared.CloseCode, string) {}

// busy observes a hub in which a member has joined, caused an error and left.
func busy(t *testing.T) *Rooms {
	t.Helper()
	h := hub.New(hub.Config{})
	t.Cleanup(h.Close)
	rooms := Observe(h)
	s, err := h.Connect("lobby", mute{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
	s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"})) // already_joined
	s.Receive(shared.Encode(shared.Leave{}))
	return rooms
}

func gather(t *testing.T) map[string]*family {
	t.Helper()
	found, err := Metrics(Config{Told: told, Rooms: busy(t), Version: "v1", Ready: func() bool { return true }}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := make(map[string]*family)
	for _, f := range found {
		families[f.GetName()] = &family{kind: f.GetType().String(), value: map[string]float64{}}
		for _, m := range f.GetMetric() {
			label := ""
			for _, l := range m.GetLabel() {
				label += l.GetName() + "=" + l.GetValue()
			}
			families[f.GetName()].value[label] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return families
}

// family is the metrics of one name, by label; for a histogram, the number of observations.
type family struct {
	kind  string
	value map[string]float64
}

func TestMetrics(t *testing.T) {
	families := gather(t)
	for _, c := range []struct {
		name, label string
		want        float64
	}{
		{"rollcall_joins_total", "", 1},
		{"rollcall_sessions", "", 0},
		{"rollcall_departures_total", "reason=left", 1},
		{"rollcall_departures_total", "reason=timeout", 0},
		{"rollcall_sessions_ended_total", "reason=left", 1},
		{"rollcall_errors_total", "code=already_joined", 1},
		{"rollcall_errors_total", "code=room_full", 0},
		{"rollcall_snapshots_total", "cause=join", 1},
		{"rollcall_detection_seconds", "reason=left", 1},
		{"rollcall_ready", "", 1},
		{"rollcall_build_info", "version=v1", 1},
	} {
		f := families[c.name]
		if f == nil {
			t.Errorf("no %s", c.name)
		} else if got, ok := f.value[c.label]; !ok || got != c.want {
			t.Errorf("%s{%s}: %v, %v, want %v", c.name, c.label, got, ok, c.want)
		}
	}
	if families["go_goroutines"] == nil || families["process_open_fds"] == nil && families["process_cpu_seconds_total"] == nil {
		t.Error("nothing of Go or of the process")
	}
}

func TestMetricsAreNamedAsPrometheusAdvises(t *testing.T) {
	found, err := Metrics(Config{Told: told, Rooms: busy(t), Ready: func() bool { return true }}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(found).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestHistogramIsCumulative(t *testing.T) {
	h := stats.Histogram{Bounds: []float64{1, 2}, Counts: []uint64{3, 4, 5}, Sum: 30}
	got := prometheus.NewRegistry()
	got.MustRegister(collector{histogram(describe("h", "help"), h)})
	found, err := got.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sample := found[0].GetMetric()[0].GetHistogram()
	if b := sample.GetBucket(); sample.GetSampleCount() != 12 || sample.GetSampleSum() != 30 || b[0].GetCumulativeCount() != 3 || b[1].GetCumulativeCount() != 7 {
		t.Errorf("%v", sample)
	}
}

type collector struct{ metric prometheus.Metric }

func (c collector) Describe(out chan<- *prometheus.Desc) { out <- c.metric.Desc() }
func (c collector) Collect(out chan<- prometheus.Metric) { out <- c.metric }

// The dashboard and the guide name all metrics, and no others.
func TestDocumentsNameTheMetrics(t *testing.T) {
	families := gather(t)
	named := regexp.MustCompile(`\b(rollcall|go|process)_[a-z_]+[a-z]\b`)
	for _, path := range []string{"../../docs/grafana.json", "../../docs/operating.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, name := range named.FindAllString(string(text), -1) {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				if base := strings.TrimSuffix(name, suffix); families[base] != nil && families[base].kind == "HISTOGRAM" {
					name = base
				}
			}
			if names = append(names, name); families[name] == nil {
				t.Errorf("%s: there is no %s", path, name)
			}
		}
		for name := range families {
			if strings.HasPrefix(name, "rollcall_") && !slices.Contains(names, name) {
				t.Errorf("%s does not name %s", path, name)
			}
		}
	}
}

func TestNotReady(t *testing.T) {
	var ready atomic.Bool
	admin := New(Config{Rooms: busy(t), Ready: ready.Load})
	get := func(path string) int {
		w := httptest.NewRecorder()
		admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code
	}
	if got := get("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz while stopping: %d", got)
	}
	if got := get("/healthz"); got != http.StatusOK {
		t.Errorf("/healthz while stopping: %d", got)
	}
	ready.Store(true)
	if got := get("/readyz"); got != http.StatusOK {
		t.Errorf("/readyz: %d", got)
	}
}
