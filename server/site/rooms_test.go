package site

import (
	"net/http"
	"strings"
	"testing"

	"rollcall/server/hub"
	"rollcall/shared"
)

func TestAnAddressLeadsToItsRoom(t *testing.T) {
	r := newRig(t, hub.Config{})
	for target, want := range map[string]string{
		"/r/Standup":            "/r/standup",
		"/r/STANDUP/":           "/r/standup",
		"/r/standup/":           "/r/standup",
		"/r/st%61ndup":          "/r/standup",
		"/r/lobby":              "/",
		"/r/Lobby/":             "/",
		"/r/standup/?token=a+b": "/r/standup?token=a+b",
		"/r/lobby?token=a%26b":  "/?token=a%26b",
		"//r//standup":          "/r/standup",
		"/x/../r/standup":       "/r/standup",
	} {
		res := r.get("GET", target)
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusTemporaryRedirect || got != want {
			t.Errorf("%s: %s to %q, want %q", target, res.Status, got, want)
		}
	}
}

func TestNoPage(t *testing.T) {
	r := newRig(t, hub.Config{})
	for target, reason := range map[string]string{
		"/r":                      "needs a name",
		"/r/":                     "needs a name",
		"/r/a%20b":                "only the characters",
		"/r/caf%C3%A9":            "only the characters",
		"/r/" + longRoom:          "at most 64",
		"/r/a%2Fb":                "only the characters",
		"/r/standup/more":         "A room's address is",
		"/nowhere":                "A room's address is",
		"/web/":                   "A room's address is",
		"/web/app.wasm":           "A room's address is",
		"/version":                "A room's address is",
		"/index.html":             "A room's address is",
		wasmPath + ".br":          "A room's address is",
		"/r/%ff":                  "only the characters",
		"/%00":                    "A room's address is",
		"/healthz/":               "A room's address is",
		"/.git/config":            "A room's address is",
		"/r/..%2f..%2fetc%2fhost": "only the characters",
	} {
		res := r.get("GET", target)
		page := body(t, res)
		if res.StatusCode != http.StatusNotFound || !strings.Contains(page, reason) {
			t.Errorf("%s: %s, without %q: %s", target, res.Status, reason, page)
		}
		if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s: Content-Type %s", target, got)
		}
		if strings.Contains(page, "bad_room") {
			t.Errorf("%s: the reason is for programs", target)
		}
	}
}

var longRoom = strings.Repeat("x", shared.MaxRoomBytes+1)
