package hosts

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func at(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 8000} }

var (
	loopbackNames = []string{
		"localhost", "localhost:8000", "LOCALHOST:1", "localhost.", "localhost.:8000", "a.localhost", "a.b.localhost:8000",
		"127.0.0.1", "127.0.0.1:8000", "127.9.8.7", "[::1]", "[::1]:8000", "[0:0::0:1]:8000", "[::ffff:127.0.0.1]:8000",
	}
	foreign = []string{
		"", ":8000", "evil.test", "evil.test:8000", "localhost.evil.test", "xlocalhost", "127.0.0.1.evil.test", "0.0.0.0:8000", "[::]:8000",
		"192.0.2.1:8000", "[2001:db8::1]:8000", "evil.test:80@localhost", "localhost@evil.test", "localhost,evil.test", "[::1]x", "127.1",
		"evil.test/.localhost", "evil.test@a.localhost", "evil.test?.localhost", "evil.test#.localhost", `evil.test\.localhost`,
	}
)

func TestNames(t *testing.T) {
	type all = [][]string
	for name, c := range map[string]struct {
		names   *Names
		arrived net.Addr
		has     all
		not     all
	}{
		"loopback":                {Public(at("127.0.0.1"), nil, nil), nil, all{loopbackNames}, all{foreign}},
		"loopback of version 6":   {Public(at("::1"), nil, nil), nil, all{loopbackNames}, all{foreign}},
		"loopback of 4 in 6":      {Public(at("::ffff:127.0.0.1"), nil, nil), nil, all{loopbackNames}, all{foreign}},
		"loopback with a name":    {Public(at("127.0.0.1"), []string{"Rollcall.test."}, nil), nil, all{loopbackNames, {"rollcall.test", "ROLLCALL.test:444", "rollcall.test."}}, all{foreign, {"x.rollcall.test"}}},
		"loopback, also called":   {Public(at("127.0.1.1"), nil, []string{"Ada.lan"}), nil, all{loopbackNames, {"ada.lan:8000"}}, all{foreign}},
		"also called, any":        {Public(at("192.0.2.1"), nil, []string{"ada.lan"}), nil, all{loopbackNames, foreign}, nil},
		"also called, named":      {Public(at("192.0.2.1"), []string{"a.test"}, []string{"ada.lan"}), nil, all{{"ada.lan", "a.test"}}, all{foreign, loopbackNames}},
		"every interface":         {Public(at("::"), nil, nil), nil, all{loopbackNames, foreign}, nil},
		"every one with names":    {Public(at("0.0.0.0"), []string{"a.test", "192.0.2.7", "[2001:db8::7]"}, nil), nil, all{{"a.test:1", "192.0.2.7", "[2001:DB8::7]:1"}}, all{foreign, loopbackNames}},
		"no address":              {Public(&net.UnixAddr{Name: "s"}, nil, nil), nil, all{foreign}, nil},
		"none":                    {nil, nil, all{foreign}, nil},
		"private on loopback":     {Private(at("127.0.0.1"), nil), at("127.0.0.1"), all{loopbackNames}, all{foreign}},
		"private on an address":   {Private(at("192.0.2.7"), nil), at("192.0.2.7"), all{{"192.0.2.7:9100"}}, all{foreign, loopbackNames}},
		"private, every address":  {Private(at("::"), nil), at("2001:db8::7"), all{{"[2001:db8::7]:9100"}}, all{foreign, loopbackNames}},
		"private, from this side": {Private(at("::"), nil), at("127.0.0.1"), all{loopbackNames}, all{foreign}},
		"private with a name":     {Private(at("192.0.2.7"), []string{"a.test"}), at("192.0.2.7"), all{{"a.test:9100"}}, all{foreign}},
	} {
		for want, lists := range map[bool]all{true: c.has, false: c.not} {
			for _, list := range lists {
				for _, host := range list {
					if got := c.names.Has(host, c.arrived); got != want {
						t.Errorf("%s: %q is a name: %v, want %v", name, host, got, want)
					}
				}
			}
		}
	}
}

// A page of an attacker can have a browser on this machine send any header but Host.
func TestBelieves(t *testing.T) {
	named := []string{"a.test"}
	for _, c := range []struct {
		names *Names
		proxy string
		host  string
		want  bool
	}{
		{Public(at("127.0.0.1"), named, nil), "127.0.0.1", "127.0.0.1:8000", true},
		{Public(at("127.0.0.1"), named, nil), "127.0.0.1", "a.test", true},
		{Public(at("127.0.0.1"), named, nil), "127.0.0.1", "evil.test:8000", false},
		{Public(at("127.0.0.1"), named, nil), "::1", "upstream", false},
		{Public(at("0.0.0.0"), named, nil), "127.0.0.1", "localhost:8000", true},
		{Public(at("0.0.0.0"), named, nil), "127.0.0.1", "evil.test:8000", false},
		{Public(at("0.0.0.0"), named, nil), "192.0.2.1", "upstream", true},
		{Public(at("0.0.0.0"), nil, nil), "127.0.0.1", "upstream", true},
		{nil, "127.0.0.1", "upstream", true},
	} {
		if got := c.names.Believes(netip.MustParseAddr(c.proxy), c.host); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][2]string{
		"A.test":           {"a.test", ""},
		"a.test.":          {"a.test", ""},
		"a.test:":          {"a.test", ""},
		"a.test.:80":       {"a.test", "80"},
		"127.0.0.1:80":     {"127.0.0.1", "80"},
		"[2001:DB8:0::1]":  {"2001:db8::1", ""},
		"[2001:db8::1]:80": {"2001:db8::1", "80"},
		"2001:db8::1":      {"2001:db8::1", ""},
		"[":                {"", ""},
		":":                {"", ""},
		"":                 {"", ""},
	} {
		if host, port := Split(in); host != want[0] || port != want[1] {
			t.Errorf("%q: %q and %q, want %q", in, host, port, want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, host := range []string{"rollcall.example.com", "Rollcall.example.com.", "rollcall", "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "xn--bcher-kva.example"} {
		if err := Check(host); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, host := range []string{"", ".", "a.test:80", "a.test:", "[2001:db8::1]:80", "https://a.test", "a.test/x", "*.a.test", "bücher.example", "a b", "a,b", "2001:db8::x"} {
		if Check(host) == nil {
			t.Errorf("%q passes", host)
		}
	}
}

func TestGuard(t *testing.T) {
	var log bytes.Buffer
	g := &Guard{Names: Public(at("127.0.0.1"), nil, nil), Log: slog.New(slog.NewTextHandler(&log, nil))}
	h := g.Protect(http.NotFoundHandler(), "/healthz")
	ask := func(host, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = host
		h.ServeHTTP(w, r)
		return w
	}
	if ask("localhost:8000", "/").Code != http.StatusNotFound || ask("evil.test", "/healthz").Code != http.StatusNotFound || log.Len() > 0 {
		t.Errorf("an own name, or an open path, is refused: %s", &log)
	}
	for range 3 {
		if w := ask("evil.test\n"+strings.Repeat("x", 1000), "/healthz/"); w.Code != http.StatusMisdirectedRequest || strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%d, %s", w.Code, w.Body)
		}
	}
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "-host") || !strings.Contains(said, `"evil.test\n`) || len(said) > 400 {
		t.Errorf("the log: %s", said)
	}
}
