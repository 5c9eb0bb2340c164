package site

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
)

// hiding returns a site, and its log, that trusts proxies at 127.0.0.1 and in 10.0.0.0/8,
// or no proxies.
func hiding(t *testing.T, standard, trusting bool) (s *Site, log *bytes.Buffer) {
	t.Helper()
	log = new(bytes.Buffer)
	c := Config{Hub: hub.New(hub.Config{}), Build: build(), Log: slog.New(slog.NewTextHandler(log, nil)), Forwarded: standard}
	c.Limits = Limits{Connections: 1, Joins: 1, Exempt: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}}
	if trusting {
		c.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

func visit(s *Site, peer string, header http.Header) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr, r.Header = peer, header
	s.ServeHTTP(httptest.NewRecorder(), r)
}

// If clients can't be told apart, or have no limits, there is a warning, without addresses.
func TestProxiesThatHideTheirClients(t *testing.T) {
	const (
		untrusted = "a proxy that is not named"
		silent    = "a trusted proxy does not say for whom"
	)
	type h = http.Header
	for name, c := range map[string]struct {
		trusting, standard bool
		peer               string
		header             h
		want               string
	}{
		"nobody between":             {false, false, "127.0.0.1:5", h{}, ""},
		"a proxy with a list":        {false, false, "127.0.0.1:5", h{"X-Forwarded-For": {"203.0.113.9"}}, untrusted},
		"a proxy of the standard":    {false, true, "127.0.0.1:5", h{"Forwarded": {"for=203.0.113.9"}}, untrusted},
		"a proxy of the other kind":  {false, false, "127.0.0.1:5", h{"Forwarded": {"for=203.0.113.9"}}, untrusted},
		"one that says only that":    {false, false, "[::ffff:127.0.0.1]:5", h{"Via": {"1.1 front"}}, untrusted},
		"one with its own header":    {false, false, "10.1.1.1:5", h{"X-Real-Ip": {"203.0.113.9"}}, untrusted},
		"on a socket of the machine": {false, false, "@", h{"X-Forwarded-For": {"203.0.113.9"}}, untrusted},
		"a stranger who says so":     {false, false, "192.0.2.1:5", h{"X-Forwarded-For": {"203.0.113.9"}}, ""},
		"another on this machine":    {true, false, "127.0.0.2:5", h{"X-Forwarded-For": {"203.0.113.9"}}, untrusted},

		"one of ours":                 {true, false, "127.0.0.1:5", h{"X-Forwarded-For": {"203.0.113.9"}}, ""},
		"one of ours, of the other":   {true, true, "127.0.0.1:5", h{"X-Forwarded-For": {"203.0.113.9"}}, silent},
		"one of ours, of the first":   {true, false, "127.0.0.1:5", h{"Forwarded": {"for=203.0.113.9"}}, silent},
		"one that says nothing":       {true, false, "127.0.0.1:5", h{}, silent},
		"one that says nonsense":      {true, false, "127.0.0.1:5", h{"X-Forwarded-For": {"203.0.113.9, <script>"}}, silent},
		"one that hides them":         {true, true, "127.0.0.1:5", h{"Forwarded": {"for=203.0.113.9, for=unknown"}}, silent},
		"the second says nothing":     {true, false, "127.0.0.1:5", h{"X-Forwarded-For": {"203.0.113.9, x, 10.0.0.2"}}, silent},
		"two of ours":                 {true, false, "127.0.0.1:5", h{"X-Forwarded-For": {"203.0.113.9, 10.0.0.2"}}, ""},
		"a client in a proxy's place": {true, false, "127.0.0.1:5", h{"X-Forwarded-For": {"10.0.0.3"}}, ""},
	} {
		s, log := hiding(t, c.standard, c.trusting)
		for range 3 {
			visit(s, c.peer, c.header)
		}
		said := log.String()
		if lines := strings.Count(said, "\n"); lines > 1 || (lines == 1) != (c.want != "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: want %q in the log: %s", name, c.want, said)
		}
		if strings.Contains(said, "203.0.113.9") || strings.Contains(said, "127.0.0.1") || strings.Contains(said, "script") {
			t.Errorf("%s: the log has what is a client's: %s", name, said)
		}
	}
}

func TestHidingProxiesAreToldOfOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := hiding(t, false, false)
		for range 120 {
			visit(s, "127.0.0.1:5", http.Header{"Via": {"1.1 front"}})
			time.Sleep(time.Second)
		}
		if lines := strings.Count(log.String(), "-trusted-proxy"); lines != 2 {
			t.Errorf("%d lines in two minutes:\n%s", lines, log)
		}
	})
}

// All clients that a trusted proxy does not name share the limits of one address. A named
// client is exempt only if its own address is, and is not that of a proxy.
func TestLimitsBehindAProxyThatSaysNothing(t *testing.T) {
	s, _ := hiding(t, false, true)
	for name, c := range map[string]struct {
		said string
		free bool
	}{
		"missing":              {"", false},
		"unreadable":           {"unknown", false},
		"an address":           {"203.0.113.9", false},
		"of the proxy itself":  {"127.0.0.1", false},
		"exempt, and no proxy": {"127.0.0.2", true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:5"
		r.Header.Set("X-Forwarded-For", c.said)
		if got := s.limits.exempt(addrOf(s.proxies.fromClient(r).RemoteAddr)); got != c.free {
			t.Errorf("%s: free of limits: %v", name, got)
		}
	}
}
