package site

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"rollcall/server/hosts"
	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
)

var onLoopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000}

// A page whose own name resolves to this machine (DNS rebinding) has the server's origin
// for its browser. It learns nothing at any address.
func TestForeignNamesAreToldNothing(t *testing.T) {
	r := newRig(t, hub.Config{})
	r.site.SetNames(hosts.Public(onLoopback, nil, nil))
	ask := func(request, host string) *http.Response {
		method, target, _ := strings.Cut(request, " ")
		req := httptest.NewRequest(method, target, nil)
		req.Host = host
		w := httptest.NewRecorder()
		r.site.ServeHTTP(w, req)
		return w.Result()
	}
	for request, status := range everyAnswer {
		if got := ask(request, "localhost:8000").StatusCode; got != status {
			t.Errorf("%s of localhost: %d, want %d", request, got, status)
		}
		want := http.StatusMisdirectedRequest
		if strings.HasSuffix(request, " /healthz") {
			want = status
		}
		res := ask(request, "evil.test:8000")
		if res.StatusCode != want {
			t.Errorf("%s of another name: %s, want %d", request, res.Status, want)
		}
		checkSecurity(t, request, res.Header)
	}
	live := start(t, hub.Config{})
	live.site.SetNames(hosts.Public(onLoopback, nil, nil))
	_, res := live.Request(wiretest.Upgrade("/ws?room=standup", "Origin: http://rollcall.test"))
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a socket: %s", res.Status)
	}
}

// Behind a proxy, the name that counts is the one that the proxy was asked for. But the
// headers of a proxy don't make a foreign name good when they come from a browser on this
// machine.
func TestNamesBehindAProxy(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
	everywhere := &net.TCPAddr{IP: net.IPv4zero, Port: 8000}
	for name, c := range map[string]struct {
		at         net.Addr
		peer, host string
		said       string
		want       int
	}{
		"a proxy that names itself":     {onLoopback, "127.0.0.1:5", "127.0.0.1:8000", "a.test", http.StatusOK},
		"a proxy that hands it on":      {onLoopback, "127.0.0.1:5", "a.test", "A.test:443", http.StatusOK},
		"asked for another":             {onLoopback, "127.0.0.1:5", "127.0.0.1:8000", "evil.test", http.StatusMisdirectedRequest},
		"a page led here":               {onLoopback, "127.0.0.1:5", "evil.test:8000", "a.test", http.StatusMisdirectedRequest},
		"nobody we trust":               {onLoopback, "127.0.0.2:5", "evil.test:8000", "a.test", http.StatusMisdirectedRequest},
		"not asked for anything":        {onLoopback, "127.0.0.1:5", "a.test", "", http.StatusOK},
		"a proxy elsewhere":             {everywhere, "10.0.0.1:5", "backend:8000", "a.test", http.StatusOK},
		"a proxy elsewhere, of another": {everywhere, "10.0.0.1:5", "backend:8000", "evil.test", http.StatusMisdirectedRequest},
		"a page led here, everywhere":   {everywhere, "127.0.0.1:5", "evil.test:8000", "a.test", http.StatusMisdirectedRequest},
	} {
		for _, standard := range []bool{false, true} {
			r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), TrustedProxy: networks, Forwarded: standard})
			r.site.SetNames(hosts.Public(c.at, []string{"a.test"}, nil))
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.RemoteAddr, req.Host = c.peer, c.host
			req.Header.Set("X-Forwarded-Host", c.said)
			req.Header.Set("Forwarded", `for=192.0.2.1;host="`+c.said+`"`)
			w := httptest.NewRecorder()
			if r.site.ServeHTTP(w, req); w.Code != c.want {
				t.Errorf("%s (by Forwarded: %v): %d, want %d", name, standard, w.Code, c.want)
			}
		}
	}
}
