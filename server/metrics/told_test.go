package metrics

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// told is what is measured of two webhooks of one host, and one of another.
var told = &Told{Followers: func() int { return 3 }, Endpoints: func() []Endpoint {
	return []Endpoint{{"a", 1, time.Second, 5, 2, false}, {"a", 2, time.Minute, 1, 1, true}, {"b", 0, 0, 7, 0, false}}
}}

// Webhooks of one host count together.
func TestTold(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(told)
	found, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, family := range found {
		for _, m := range family.GetMetric() {
			host := ""
			if len(m.GetLabel()) > 0 {
				host = m.GetLabel()[0].GetValue()
			}
			lines = append(lines, fmt.Sprint(family.GetName(), " ", host, " ", m.GetGauge().GetValue()+m.GetCounter().GetValue()))
		}
	}
	if want := []string{
		"rollcall_followers  3",
		"rollcall_webhook_attempts_total a 6", "rollcall_webhook_attempts_total b 7",
		"rollcall_webhook_ended a 1", "rollcall_webhook_ended b 0",
		"rollcall_webhook_failures_total a 3", "rollcall_webhook_failures_total b 0",
		"rollcall_webhook_oldest_seconds a 60", "rollcall_webhook_oldest_seconds b 0",
		"rollcall_webhook_waiting a 3", "rollcall_webhook_waiting b 0",
	}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
}
