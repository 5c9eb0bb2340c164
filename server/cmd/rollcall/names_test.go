package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// ask asks for an address of r under a name.
func (r running) ask(t *testing.T, path, host string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	req.Host = host
	client := &http.Client{Timeout: within, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// A name that somebody has pointed at this machine reads nothing of the server, nor of
// what the operator sees; the log says what to do if the name is a good one.
func TestNamesOfTheServer(t *testing.T) {
	t.Parallel()
	r, admin := watched(t, "-host", "Rollcall.example.com")
	r.join(t, "standup", "Ada")
	for path, of := range map[string]running{
		"/": r, "/r/standup": r, "/ws?room=standup": r, "/shell": r, "/app-worker.js": r,
		"/metrics": admin, "/nodes": admin, "/debug/pprof/": admin, "/debug/pprof/goroutine?debug=2": admin, "/debug/pprof/cmdline": admin, "/debug/pprof/heap": admin,
	} {
		own, _ := of.ask(t, path, "")
		for host, want := range map[string]int{
			"evil.test": http.StatusMisdirectedRequest, "127.0.0.1.evil.test:8000": http.StatusMisdirectedRequest,
			"localhost": own, "LOCALHOST.:1": own, "[::1]:8000": own, "rollcall.example.com": own, "rollcall.example.com.:443": own,
		} {
			if got, body := of.ask(t, path, host); got != want || want == http.StatusMisdirectedRequest && strings.Contains(body, "Ada") {
				t.Errorf("%s of %s: %d, want %d: %.100s", path, host, got, want, body)
			}
		}
	}
	for path, of := range map[string]running{"/healthz": r, "/healthz?": admin, "/readyz": admin} {
		if got, _ := of.ask(t, path, "evil.test"); got != http.StatusOK {
			t.Errorf("%s of another name: %d", path, got)
		}
	}
	if log := r.stop().stderr; strings.Count(log, "-host") != 2 || !strings.Contains(log, "level=WARN") {
		t.Errorf("not one line for each address:\n%s", log)
	}
}

// An address of every interface has every name, until it is given one. What the operator
// sees there has the names of where the connection arrives only, and is not hidden enough.
func TestNamesOnEveryInterface(t *testing.T) {
	for _, c := range []struct {
		args  []string
		names map[string]int
	}{
		{nil, map[string]int{"anything.test": http.StatusOK, "localhost": http.StatusOK}},
		{[]string{"-host", "a.test", "-host", "b.test"}, map[string]int{
			"a.test": http.StatusOK, "B.test:8000": http.StatusOK, "c.test": http.StatusMisdirectedRequest, "localhost": http.StatusMisdirectedRequest,
		}},
	} {
		r, admin := watched(t, append(c.args, "-addr", ":0", "-admin", ":0")...)
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(r.url, "http://")) // of the first name
		r.url = "http://127.0.0.1:" + port
		for name, want := range c.names {
			if got, _ := r.ask(t, "/", name); got != want {
				t.Errorf("%q: %s: %d, want %d", c.args, name, got, want)
			}
		}
		for name, want := range map[string]int{"": http.StatusOK, "localhost:1": http.StatusOK, "evil.test": http.StatusMisdirectedRequest, "192.0.2.1": http.StatusMisdirectedRequest} {
			if got, _ := admin.ask(t, "/metrics", name); got != want {
				t.Errorf("%q: the operator's as %q: %d, want %d", c.args, name, got, want)
			}
		}
		if log := r.stop().stderr; !strings.Contains(log, "the address of -admin is not one of loopback") {
			t.Errorf("nothing says that others reach the operator's address:\n%s", log)
		}
	}
}

// What is known at the start of a proxy that is not named is said then.
func TestWarningOfProxies(t *testing.T) {
	t.Parallel()
	const line = "who connects from this machine has no limits"
	for args, want := range map[string]string{
		"":                                "level=INFO",
		"-base /rollcall/":                "level=WARN",
		"-host a.test":                    "level=WARN",
		"-proxy-says forwarded":           "level=WARN",
		"-exempt 192.0.2.0/24":            "",
		"-trusted-proxy 127.0.0.1/32":     "",
		"-trusted-proxy 10.0.0.0/8":       "level=INFO",
		"-addr :0":                        "",
		"-addr :0 -host a.test -base /a/": "",
	} {
		log := startProgram(t, strings.Fields(args)...).stop().stderr
		if at := strings.Index(log, line); want == "" && at >= 0 || want != "" && !strings.Contains(log, want+` msg="`+line) {
			t.Errorf("%s: want %q in:\n%s", args, want, log)
		}
	}
}

func TestShown(t *testing.T) {
	for _, c := range []struct{ addr, host, want string }{
		{"0.0.0.0:8000", "", "localhost:8000"},
		{"[::]:8000", "", "localhost:8000"},
		{"[::]:8000", "a.test", "a.test:8000"},
		{"127.0.0.1:80", "a.test", "localhost:80"},
		{"192.0.2.1:8000", "", "192.0.2.1:8000"},
		{"192.0.2.1:8000", "[2001:db8::1]", "[2001:db8::1]:8000"},
		{"[2001:db8::1]:8000", "", "[2001:db8::1]:8000"},
	} {
		tcp, err := net.ResolveTCPAddr("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		var s settings
		if c.host != "" {
			s.Host = []string{c.host}
		}
		if got := s.site(tcp); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
