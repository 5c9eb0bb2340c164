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
	const rule = "1 to 64 of the characters a to z, 0 to 9 and -"
	for _, target := range []string{
		"/r",
		"/r/",
		"/r/a%20b",
		"/r/caf%C3%A9",
		"/r/" + longRoom,
		"/r/a%2Fb",
		"/r/standup/more",
		"/nowhere",
		"/web/",
		"/web/app.wasm",
		"/version",
		"/index.html",
		wasmPath + ".br",
		"/r/%ff",
		"/%00",
		"/healthz/",
		"/.git/config",
		"/r/..%2f..%2fetc%2fhost",
	} {
		res := r.get("GET", target)
		page := body(t, res)
		if res.StatusCode != http.StatusNotFound || !strings.Contains(page, rule) {
			t.Errorf("%s: %s, without %q: %s", target, res.Status, rule, page)
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
