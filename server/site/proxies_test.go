package site

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"crypto/tls"
)

var ours = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}

// If Forwarded is configured it is read, and X-Forwarded headers, which are the client's
// then, are ignored.
func TestForwarded(t *testing.T) {
	trusted := proxies{networks: ours, standard: true}
	for said, want := range map[string]string{
		`for=203.0.113.9`: "http 203.0.113.9 rollcall.test",
		`For="203.0.113.9:99";Proto=https;host=a.test:8443;by=10.0.0.1`: "https 203.0.113.9 a.test:8443",
		`for="[2a00::7]:99";host="a.test"`:                              "http 2a00::7 a.test",
		`for=1.1.1.1;proto=https;host=evil.test, for=203.0.113.9`:       "http 203.0.113.9 rollcall.test",
		`for=1.1.1.1, for=203.0.113.9, for="10.0.0.2";proto=https`:      "https 203.0.113.9 rollcall.test",
		`for=1.1.1.1;x=", for=203.0.113.9`:                              "http 203.0.113.9 rollcall.test",
		`for="1.1.1.1, for="203.0.113.9"`:                               "http 203.0.113.9 rollcall.test",
		`for=203.0.113.9;secret="a,for=1.1.1.1"`:                        "http 203.0.113.9 rollcall.test",
		`for=unknown`:                                                   "http 10.0.0.1 rollcall.test",
		`for=_hidden, for=10.0.0.2`:                                     "http 10.0.0.2 rollcall.test",
		``:                                                              "http 10.0.0.1 rollcall.test",
		`for=203.0.113.9;proto=gopher;host="a.test/evil"`:               "http 203.0.113.9 rollcall.test",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host, r.RemoteAddr = "rollcall.test", "10.0.0.1:5"
		r.Header = http.Header{"Forwarded": {said}, "X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil.test"}}
		got := trusted.fromClient(r)
		if s := fmt.Sprint(got.URL.Scheme, " ", got.RemoteAddr, " ", got.Host); s != want {
			t.Errorf("%s: %s, want %s", said, s, want)
		}
	}
}

func TestFromClient(t *testing.T) {
	trusted := proxies{networks: ours}
	type header = http.Header
	for name, c := range map[string]struct {
		peer   string
		header header
		tls    bool
		want   string // scheme, address and host
	}{
		"nobody between":         {"192.0.2.1:5", nil, false, "http 192.0.2.1:5 rollcall.test"},
		"nobody between, by TLS": {"192.0.2.1:5", nil, true, "https 192.0.2.1:5 rollcall.test"},
		"a liar": {"192.0.2.1:5", header{
			"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil.test"}, "Forwarded": {"for=203.0.113.9"},
		}, false, "http 192.0.2.1:5 rollcall.test"},
		"a client's own Forwarded":     {"10.0.0.1:5", header{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=1.1.1.1;proto=https;host=evil.test"}}, false, "http 203.0.113.9 rollcall.test"},
		"a proxy":                      {"10.0.0.1:5", header{"X-Forwarded-For": {"203.0.113.9"}}, false, "http 203.0.113.9 rollcall.test"},
		"all it says":                  {"10.0.0.1:5", header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"a.test:8443"}}, false, "https 203.0.113.9 a.test:8443"},
		"it took the TLS off":          {"10.0.0.1:5", header{"X-Forwarded-Proto": {"http"}}, true, "http 10.0.0.1 rollcall.test"},
		"it says nothing":              {"10.0.0.1:5", nil, true, "https 10.0.0.1 rollcall.test"},
		"a liar behind it":             {"10.0.0.1:5", header{"X-Forwarded-For": {"1.1.1.1, 10.9.9.9, 203.0.113.9"}}, false, "http 203.0.113.9 rollcall.test"},
		"two lines":                    {"10.0.0.1:5", header{"X-Forwarded-For": {"1.1.1.1", "203.0.113.9"}}, false, "http 203.0.113.9 rollcall.test"},
		"two proxies":                  {"10.0.0.1:5", header{"X-Forwarded-For": {"1.1.1.1, 203.0.113.9, 10.0.0.2"}}, false, "http 203.0.113.9 rollcall.test"},
		"proxies only":                 {"10.0.0.1:5", header{"X-Forwarded-For": {"10.0.0.3, 10.0.0.2"}}, false, "http 10.0.0.3 rollcall.test"},
		"no address":                   {"10.0.0.1:5", header{"X-Forwarded-For": {"203.0.113.9, unknown"}}, false, "http 10.0.0.1 rollcall.test"},
		"no address behind the second": {"10.0.0.1:5", header{"X-Forwarded-For": {"<script>, 10.0.0.2"}}, false, "http 10.0.0.2 rollcall.test"},
		"ports":                        {"10.0.0.1:5", header{"X-Forwarded-For": {"203.0.113.9:1234"}}, false, "http 203.0.113.9 rollcall.test"},
		"of version 6":                 {"[2001:db8::1]:5", header{"X-Forwarded-For": {"2a00::7"}}, false, "http 2a00::7 rollcall.test"},
		"of version 6, with a port":    {"[2001:db8::1]:5", header{"X-Forwarded-For": {"[2a00::7]:99"}}, false, "http 2a00::7 rollcall.test"},
		"of version 4 in 6":            {"[::ffff:10.0.0.1]:5", header{"X-Forwarded-For": {"::ffff:203.0.113.9"}}, false, "http 203.0.113.9 rollcall.test"},
		"a list of protocols":          {"10.0.0.1:5", header{"X-Forwarded-Proto": {"https, http"}}, false, "http 10.0.0.1 rollcall.test"},
		"no protocol":                  {"10.0.0.1:5", header{"X-Forwarded-Proto": {"gopher"}}, false, "http 10.0.0.1 rollcall.test"},
		"no host":                      {"10.0.0.1:5", header{"X-Forwarded-Host": {"a.test/evil"}}, false, "http 10.0.0.1 rollcall.test"},
		"a socket that is no address":  {"@", header{"X-Forwarded-For": {"203.0.113.9"}}, false, "http @ rollcall.test"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host, r.RemoteAddr = "rollcall.test", c.peer
		if c.header != nil {
			r.Header = c.header
		}
		if c.tls {
			r.TLS = new(tls.ConnectionState)
		}
		got := trusted.fromClient(r)
		if s := fmt.Sprint(got.URL.Scheme, " ", got.RemoteAddr, " ", got.Host); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
		if r.RemoteAddr != c.peer || r.Host != "rollcall.test" || r.URL.Scheme != "" {
			t.Errorf("%s: the request itself was changed", name)
		}
	}
}
