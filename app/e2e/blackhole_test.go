//go:build !js

package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// blackhole is a proxy that accepts WebSocket handshakes and never answers some of them,
// as happens when a network changes.
type blackhole struct {
	*server
	toSwallow atomic.Int64
	swallowed chan struct{} // receives a value for each swallowed handshake
	closed    chan struct{} // receives a value when the connection of a swallowed handshake is closed
	passed    chan struct{} // receives a value for each handshake that was passed on
}

func behindBlackhole(t *testing.T, s *server, swallow int64) *blackhole {
	t.Helper()
	h := &blackhole{swallowed: make(chan struct{}, 10), closed: make(chan struct{}, 10), passed: make(chan struct{}, 10)}
	h.toSwallow.Store(swallow)
	to := &url.URL{Scheme: "http", Host: s.host}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/ws") {
			proxy.ServeHTTP(w, r)
			return
		}
		if h.toSwallow.Add(-1) < 0 {
			h.passed <- struct{}{}
			proxy.ServeHTTP(w, r)
			return
		}
		h.swallowed <- struct{}{}
		<-r.Context().Done()
		h.closed <- struct{}{}
	}))
	t.Cleanup(listener.Close)
	h.server = &server{t: t, at: listener.URL}
	return h
}

// await waits for a value from one of the channels.
func (h *blackhole) await(what string, c <-chan struct{}) {
	h.t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		h.t.Fatalf("waited %v until %s", patience, what)
	}
}

// A handshake without an answer is closed, and another one is made. Chromium alone would
// give it up after 4 minutes, which is longer than the test waits.
func TestSwallowedHandshake(t *testing.T) {
	t.Parallel()
	h := behindBlackhole(t, startServer(t), 1)
	tb := sit(t, h.server, 0, "between networks")
	tb.expect(noSocket, `closed before the connection is established`)
	tb.goTo("/")
	tb.asked()
	tb.submitName("Ann")
	h.await("a handshake is swallowed", h.swallowed)
	h.await("the next one comes", h.passed)
	h.await("the swallowed one is closed", h.closed)
	tb.sees("Ann")
}

// When the browser reports that the network is back, the page does not wait for the old
// handshake. The page's clock runs so slowly that this would take longer than the test does.
func TestSwallowedHandshakeAndANewNetwork(t *testing.T) {
	t.Parallel()
	h := behindBlackhole(t, startServer(t), 1)
	tb := sit(t, h.server, 0, "between networks")
	tb.expect(noSocket, `closed before the connection is established`)
	tb.setPageClock(24)
	tb.goTo("/")
	tb.asked()
	tb.submitName("Ann")
	h.await("a handshake is swallowed", h.swallowed)
	eval[any](tb, `(ms) => { putForward(ms); dispatchEvent(new Event("online")) }`, 2500) // older than a handshake should be
	h.await("it is closed", h.closed)
	tb.sees("Ann")
}
