// Package metrics serves the operator: metrics for Prometheus, health checks and profiles. The
// address that it is served at must not be reachable from outside.
//
//   - handler.go: the routes.
//   - metrics.go: every metric, by name.
//   - told.go: the programs that are told what happens.
//   - presence.go, departures.go: who comes and goes, counted from the facts of the hub.
package metrics

import (
	"io"
	"net/http"
	"net/http/pprof"
	"os"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config configures what is served.
type Config struct {
	Rooms   *Rooms // from Observe
	Version string // of the program
	// Ready reports whether new connections are accepted. It must be safe for concurrent use.
	Ready func() bool
	Told  *Told // nil if nobody could be told what happens
}

// New returns the handler of these paths:
//
//	/metrics        for Prometheus
//	/healthz        200 while the process answers at all
//	/readyz         200 while new connections are accepted, else 503
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
	mux.HandleFunc("GET /debug/pprof/cmdline", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, os.Args[0]) }) // without arguments, which may be secret
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// say answers with a line of text.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client may be gone
}
