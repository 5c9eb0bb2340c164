// Package watch is what an operator sees of the server: an address of its own
// with metrics, health and profiles. It must not be reachable from outside.
//
//   - watch.go: the routes.
//   - metrics.go: every metric, by name.
package watch

import (
	"io"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rollcall/server/hub"
)

// Config says what is watched.
type Config struct {
	Hub     *hub.Hub
	Version string // of the program
	// Ready reports whether new connections are welcome. It is called at any
	// time, by several goroutines.
	Ready func() bool
}

// New returns what serves the operator:
//
//	/metrics        for Prometheus
//	/healthz        200 while the process answers at all
//	/readyz         200 while new connections are welcome, else 503
//	/debug/pprof/   profiles of package net/http/pprof
func New(c Config) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(Metrics(c), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if c.Ready() {
			say(w, http.StatusOK, "ready")
		} else {
			say(w, http.StatusServiceUnavailable, "stopping")
		}
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // whoever asked may be gone
}
