package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Endpoint is how a webhook does.
type Endpoint struct {
	Host             string
	Waiting          int           // events
	Oldest           time.Duration // how old the oldest of them is
	Attempts, Failed uint64        // requests, and those that were not acknowledged
	Ended            bool          // it has said that it is gone for good
}

// Told is a prometheus.Collector of the programs that are told what happens. Its functions must
// be safe for concurrent use.
type Told struct {
	Followers func() int
	Endpoints func() []Endpoint
}

var (
	followers       = describe("followers", "Streams of events.")
	webhookWaiting  = describe("webhook_waiting", "Events that wait for a webhook.", "host")
	webhookOldest   = describe("webhook_oldest_seconds", "How old the oldest event is that waits for a webhook.", "host")
	webhookAttempts = describe("webhook_attempts_total", "Requests to a webhook.", "host")
	webhookFailures = describe("webhook_failures_total", "Requests to a webhook that it did not acknowledge.", "host")
	webhookEnded    = describe("webhook_ended", "Webhooks that have answered 410, and are told nothing any more.", "host")
)

// Describe implements prometheus.Collector.
func (*Told) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{followers, webhookWaiting, webhookOldest, webhookAttempts, webhookFailures, webhookEnded} {
		out <- d
	}
}

// Collect implements prometheus.Collector. Webhooks of one host count together.
func (t *Told) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.MustNewConstMetric(followers, prometheus.GaugeValue, float64(t.Followers()))
	hosts, ended := make(map[string]Endpoint), make(map[string]int)
	for _, e := range t.Endpoints() {
		all := hosts[e.Host]
		all.Waiting += e.Waiting
		all.Oldest = max(all.Oldest, e.Oldest)
		all.Attempts += e.Attempts
		all.Failed += e.Failed
		hosts[e.Host] = all
		if e.Ended {
			ended[e.Host]++
		}
	}
	for host, e := range hosts {
		out <- prometheus.MustNewConstMetric(webhookWaiting, prometheus.GaugeValue, float64(e.Waiting), host)
		out <- prometheus.MustNewConstMetric(webhookOldest, prometheus.GaugeValue, e.Oldest.Seconds(), host)
		out <- prometheus.MustNewConstMetric(webhookAttempts, prometheus.CounterValue, float64(e.Attempts), host)
		out <- prometheus.MustNewConstMetric(webhookFailures, prometheus.CounterValue, float64(e.Failed), host)
		out <- prometheus.MustNewConstMetric(webhookEnded, prometheus.GaugeValue, float64(ended[host]), host)
	}
}
