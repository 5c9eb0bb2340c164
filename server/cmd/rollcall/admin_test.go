package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"rollcall/shared"
)

// watched starts the program with an address for the operator.
func watched(t *testing.T, args ...string) (r, admin running) {
	t.Helper()
	r = startProgram(t, append([]string{"-admin", "127.0.0.1:0"}, args...)...)
	line, err := r.stdout.ReadString('\n')
	url, ok := strings.CutPrefix(line, "metrics are at ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}
	return r, running{url: strings.TrimSuffix(strings.TrimSpace(url), "/metrics")}
}

func TestAdmin(t *testing.T) {
	r, admin := watched(t)
	ws := r.join(t, "standup", "Ada")
	if _, err := read(t, ws); err != nil {
		t.Fatal(err)
	}
	if _, body := admin.get(t, "/metrics"); !strings.Contains(body, "rollcall_members 1\n") || !strings.Contains(body, "rollcall_arrivals_total 1\n") {
		t.Errorf("the metrics don't have who is here: %s", body)
	}
	for path, want := range map[string]string{
		"/metrics":              "rollcall_sessions 1\n",
		"/healthz":              "ok\n",
		"/readyz":               "ready\n",
		"/debug/pprof/cmdline":  "rollcall.test",
		"/debug/pprof/symbol":   "num_symbols",
		"/debug/pprof/heap":     "",
		"/debug/pprof/?debug=1": "goroutine",
	} {
		if status, body := admin.get(t, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, %.200s", path, status, body)
		}
		if path == "/healthz" {
			continue
		}
		if status, _ := r.get(t, path); status != http.StatusNotFound {
			t.Errorf("%s is public: %d", path, status)
		}
	}
	if _, body := admin.get(t, "/debug/pprof/cmdline"); strings.TrimSpace(body) != os.Args[0] {
		t.Errorf("the command line has more than the name of the program: %q", body)
	}
	if end := r.stop(); end.code != exitOK {
		t.Errorf("%+v", end)
	}
	if res, err := http.Get(admin.url + "/healthz"); err == nil {
		_ = res.Body.Close()
		t.Error("the admin address outlives the program")
	}
}

func TestAdminAddressInUse(t *testing.T) {
	_, admin := watched(t)
	got := runToEnd(t, build(), "serve", "-addr", "127.0.0.1:0", "-admin", strings.TrimPrefix(admin.url, "http://"))
	if got.code != exitFailure || !strings.Contains(got.stderr, "address already in use") {
		t.Errorf("%+v", got)
	}
}

// One line for each session that ended: at the default level it names neither
// the room nor anybody in it.
func TestLog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  string
		want  []string
		never []string
	}{
		{"", []string{`level=INFO msg="session ended"`, "reason=closed", "joined=true", "code=stopping", "lasted="}, []string{"standup", "Ada", "127.0.0.1"}},
		{"-log-format=json", []string{`"level":"INFO","msg":"session ended","reason":"closed","lasted":`, `"code":"stopping"`}, []string{"standup", "Ada", "127.0.0.1"}},
		{"-log-level=debug", []string{"room=standup", "remote=127.0.0.1", "member=" + shared.MemberID("adas-secret-key-0001")}, []string{"Ada", "adas"}},
		{"-log-level=warn", nil, []string{"session"}},
	} {
		r := startProgram(t, strings.Fields(c.args)...)
		ws := r.joinAs(t, "standup", shared.GotANewUser{Name: "Ada", Key: "adas-secret-key-0001"})
		if _, err := read(t, ws); err != nil {
			t.Fatal(err)
		}
		log := r.stop().stderr
		for _, want := range c.want {
			if !strings.Contains(log, want) {
				t.Errorf("%s: no %q in %s", c.args, want, log)
			}
		}
		for _, never := range c.never {
			if strings.Contains(log, never) {
				t.Errorf("%s: %q in %s", c.args, never, log)
			}
		}
		if lines := strings.Count(log, "session ended"); lines > 1 || lines == 0 && c.want != nil {
			t.Errorf("%s: %d lines of the session in %s", c.args, lines, log)
		}
	}
}
