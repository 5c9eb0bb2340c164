package site

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
)

func TestWhoMayConnect(t *testing.T) {
	r := start(t, hub.Config{}, "https://friend.test", "*.family.test", "localhost:*")
	for origin, want := range map[string]int{
		"":                        http.StatusSwitchingProtocols, // no browser
		"http://rollcall.test":    http.StatusSwitchingProtocols, // the site itself
		"https://ROLLCALL.test":   http.StatusSwitchingProtocols, // behind a proxy with TLS
		"https://friend.test":     http.StatusSwitchingProtocols,
		"http://friend.test":      http.StatusForbidden, // another scheme is another origin
		"https://x.friend.test":   http.StatusForbidden,
		"http://a.family.test":    http.StatusSwitchingProtocols,
		"http://family.test":      http.StatusForbidden,
		"http://localhost:5173":   http.StatusSwitchingProtocols,
		"http://rollcall.test:81": http.StatusForbidden,
		"http://evil.test":        http.StatusForbidden,
		"null":                    http.StatusForbidden, // a sandboxed frame, a file
		"http://%zz":              http.StatusForbidden,
	} {
		var header []string
		if origin != "" {
			header = append(header, "Origin: "+origin+"\r\n")
		}
		if _, res := r.Request(wiretest.Upgrade("/ws?room=standup", header...)); res.StatusCode != want {
			t.Errorf("Origin %q: %s, want %d", origin, res.Status, want)
		}
	}
}

// An origin omits the default port of its scheme, a Host header may have it, and both can
// be written in several ways.
func TestTheSameOriginSpelledOtherwise(t *testing.T) {
	trusting := proxies{networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	for _, c := range []struct {
		host, origin string
		want         bool
	}{
		{"a.test", "http://a.test", true},
		{"a.test:80", "http://a.test", true},
		{"a.test:443", "https://a.test", true},
		{"a.test", "https://a.test:443", true},
		{"a.test", "http://a.test:80", true},
		{"A.Test:443", "https://a.tesT", true},
		{"a.test.:443", "https://a.test", true},
		{"a.test", "https://a.test.", true},
		{"a.test:8443", "https://a.test:8443", true},
		{"[::1]:80", "http://[::1]", true},
		{"[2001:DB8:0::1]:443", "https://[2001:db8::1]", true},
		{"127.0.0.1:80", "http://127.0.0.1", true},

		{"a.test:443", "http://a.test", false},
		{"a.test:80", "https://a.test", false},
		{"a.test:8443", "https://a.test", false},
		{"a.test", "https://a.test:8443", false},
		{"a.test:80", "http://a.test:443", false},
		{"a.test", "http://x.a.test", false},
		{"a.test", "ftp://a.test", false},
		{"a.test", "://a.test", false},
		{"", "http://", false},
	} {
		for _, forwarded := range []bool{false, true} {
			r := httptest.NewRequest(http.MethodGet, "/ws?room=a", nil)
			r.Header.Set("Origin", c.origin)
			if r.Host = c.host; forwarded {
				r.Host = "upstream"
				r.Header.Set("X-Forwarded-Host", c.host)
			}
			if err := origins(nil).check(trusting.fromClient(r)); (err == nil) != c.want {
				t.Errorf("Host %q (forwarded: %v), Origin %q: %v, want it allowed: %v", c.host, forwarded, c.origin, err, c.want)
			}
		}
	}
}

// An operator may write the default port too.
func TestOriginsThatAreAllowed(t *testing.T) {
	for pattern, c := range map[string]struct{ match, not []string }{
		"https://a.test":     {[]string{"https://a.test", "https://A.test.", "https://a.test:443"}, []string{"http://a.test", "https://a.test:80", "https://b.a.test"}},
		"https://a.test:443": {[]string{"https://a.test"}, []string{"http://a.test:443", "https://a.test:444"}},
		"HTTP://A.test:80":   {[]string{"http://a.test"}, []string{"https://a.test"}},
		"a.test":             {[]string{"http://a.test", "https://a.test"}, []string{"http://a.test:8000"}},
		"a.test:443":         {[]string{"https://a.test"}, []string{"http://a.test"}},
		"*.a.test":           {[]string{"https://b.a.test"}, []string{"https://a.test", "https://b.a.test:444"}},
		"localhost:*":        {[]string{"http://localhost:5173", "http://localhost"}, []string{"http://localhost.test"}},
		"[::1]:8000":         {[]string{"http://[::1]:8000"}, []string{"http://[::1]"}},
		"*":                  {[]string{"https://a.test", "http://[::1]:8000"}, []string{"null"}},
	} {
		for want, list := range map[bool][]string{true: c.match, false: c.not} {
			for _, origin := range list {
				r := httptest.NewRequest(http.MethodGet, "/ws?room=a", nil)
				r.Header.Set("Origin", origin)
				if err := (origins{pattern}).check(r); (err == nil) != want {
					t.Errorf("%q, Origin %q: %v", pattern, origin, err)
				}
			}
		}
	}
}

func TestCheckOrigin(t *testing.T) {
	for _, pattern := range []string{"example.com", "https://example.com", "*.example.com", "https://*.example.com:8443", "*", "[::1]:8000"} {
		if err := CheckOrigin(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	for _, pattern := range []string{"", "https://", "https://example.com/", "example.com/x", "[a", "a b", "://x"} {
		if CheckOrigin(pattern) == nil {
			t.Errorf("%q passes", pattern)
		}
	}
}
