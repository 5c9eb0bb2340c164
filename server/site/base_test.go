package site

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"rollcall/server/hub"
)

// With a base path, all addresses are under it, and there is nothing beside it.
func TestBase(t *testing.T) {
	r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Base: "/rollcall/"})
	for target, want := range map[string]string{
		"/rollcall/":                     "200",
		"/rollcall":                      "307 /rollcall/",
		"/rollcall/r/standup":            "200",
		"/rollcall/r/StandUp?x=1":        "307 /rollcall/r/standup?x=1",
		"/rollcall/r/lobby":              "307 /rollcall/",
		"/rollcall//r/standup":           "307 /rollcall/r/standup",
		"/rollcall" + wasmPath:           "200",
		"/rollcall/app-worker.js":        "200",
		"/rollcall/manifest.webmanifest": "200",
		"/rollcall/shell":                "200",
		"/rollcall/healthz":              "200",
		"/rollcall/ws?room=standup":      "426",
		"/":                              "404",
		"/r/standup":                     "404",
		wasmPath:                         "404",
		"/ws?room=standup":               "404",
		"/rollcallr/standup":             "404",
		"/rollcall/rollcall/r/standup":   "404",
	} {
		res := r.get("GET", target)
		if got := strings.TrimSpace(res.Status[:3] + " " + res.Header.Get("Location")); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	addresses := regexp.MustCompile(`(?:href|src|data-base)="([^"]*)"`)
	for target, least := range map[string]int{"/rollcall/": 7, "/rollcall/shell": 7, "/rollcall/nowhere": 4} {
		found := addresses.FindAllStringSubmatch(body(t, r.get("GET", target)), -1)
		for _, m := range found {
			if !strings.HasPrefix(m[1], "/rollcall/") {
				t.Errorf("%s has %s", target, m[0])
			}
			if m[1] != "/rollcall/r/standup" && r.get("GET", m[1]).StatusCode != http.StatusOK {
				t.Errorf("%s has %s, where nothing is", target, m[0])
			}
		}
		if len(found) < least {
			t.Errorf("%s has %d addresses", target, len(found))
		}
	}
	if got := body(t, r.get("GET", "/rollcall/robots.txt")); !strings.Contains(got, "Disallow: /rollcall/r/\n") {
		t.Errorf("robots.txt: %s", got)
	}
}

func TestCheckBase(t *testing.T) {
	for base, fine := range map[string]bool{
		"/": true, "/rollcall/": true, "/a/b-c_d.e~1/": true,
		"": false, "rollcall": false, "/rollcall": false, "rollcall/": false, "//": false, "/a//b/": false, "/../": false,
		"/./": false, "/a b/": false, "/a%20b/": false, "/{x}/": false, "/é/": false, "/a?b/": false,
	} {
		if err := CheckBase(base); (err == nil) != fine {
			t.Errorf("%q: %v", base, err)
		}
	}
}
