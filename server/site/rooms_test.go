package site

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/i18n"
)

func TestAnAddressLeadsToItsRoom(t *testing.T) {
	r := newRig(t, hub.Config{})
	for target, want := range map[string]string{
		"/r/Standup":            "/r/standup",
		"/r/STANDUP/":           "/r/standup",
		"/r/standup/":           "/r/standup",
		"/r/st%61ndup":          "/r/standup",
		"/r/a%20b":              "/r/a-b",
		"/r/Caf%C3%A9":          "/r/caf%C3%A9",
		"/r/cafe%CC%81":         "/r/caf%C3%A9",
		"/r/caf%C3%A9/":         "/r/caf%C3%A9",
		"/r/a%2Fb":              "/r/a-b",
		"/r/..%2f..%2fetc":      "/r/etc",
		"/r/Team%20Standup!?x":  "/r/team-standup?x",
		"/r/C%23":               "/r/c-sune2nxa",
		"/r/" + longRoom:        "/r/" + longRoom[:55] + "-su34l7pr",
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
	const way = `action="/open"`
	for _, target := range []string{
		"/r",
		"/r/",
		"/r/%20",
		"/r/%E2%80%8B",
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
	} {
		res := r.get("GET", target)
		page := body(t, res)
		if res.StatusCode != http.StatusNotFound || !strings.Contains(page, way) {
			t.Errorf("%s: %s, without %q: %s", target, res.Status, way, page)
		}
		if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s: Content-Type %s", target, got)
		}
		if strings.Contains(page, "bad_room") {
			t.Errorf("%s: the reason is for programs", target)
		}
	}
}

var longRoom = strings.Repeat("x", shared.MaxRoomRunes+1)

// The address of a room has one spelling, but whoever escapes it in the other case gets
// the page, not a redirection without end.
func TestARoomWithAName(t *testing.T) {
	r := newRig(t, hub.Config{})
	for _, target := range []string{"/r/fr%C3%BChst%C3%BCck", "/r/fr%c3%bchst%c3%bcck", "/r/frühstück"} {
		res := r.get("GET", target)
		if page := body(t, res); res.StatusCode != http.StatusOK || !strings.Contains(page, `>frühstück</h1>`) {
			t.Errorf("%s: %s", target, res.Status)
		}
	}
}

// What a person types or pastes opens a room, without the browser's program.
func TestOpen(t *testing.T) {
	for base, wants := range map[string]map[string]string{
		"/": {
			"Team Standup!":                       "/r/team-standup",
			"研发":                                  "/r/%E7%A0%94%E5%8F%91",
			"Lobby":                               "/",
			"https://rollcall.test/r/standup?x#y": "/r/standup",
			"rollcall.test/r/standup/":            "/r/standup",
			" HTTP://Rollcall.TEST/r/fr%C3%BChst%C3%BCck ": "/r/fr%C3%BChst%C3%BCck",
			"https://rollcall.test/r/frühstück":            "/r/fr%C3%BChst%C3%BCck",
			"/r/standup":                                   "/r/standup",
			"rollcall.test":                                "/",
			"https://rollcall.test/":                       "/",
			"https://elsewhere.test/r/standup":             "/r/https-elsewhere-test-r-standup",
			"//elsewhere.test":                             "/r/elsewhere-test",
			"javascript:alert(1)":                          "/r/javascript-alert-1",
			"https://rollcall.test/other":                  "/r/https-rollcall-test-other",
			"/r/":                                          "/r/r",
			"%zz":                                          "/r/zz-n7fjxnty",
			"\xff":                                         "/r/room-qpkujtgc",
		},
		"/rollcall/": {
			"https://rollcall.test/rollcall/r/standup": "/rollcall/r/standup",
			"https://rollcall.test/rollcall":           "/rollcall/",
			"https://rollcall.test/r/standup":          "/rollcall/r/https-rollcall-test-r-standup",
			"Standup":                                  "/rollcall/r/standup",
		},
	} {
		r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Base: base})
		for title, want := range wants {
			res := r.getAt("rollcall.test", base+"open?title="+url.QueryEscape(title))
			if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != want {
				t.Errorf("%s: %q leads to %s %q, want %q", base, title, res.Status, got, want)
			}
		}
	}
}

func TestOpenKeepsTheToken(t *testing.T) {
	r := newRig(t, hub.Config{})
	if got := r.get("GET", "/open?token=a%2Bb&title=Stand+Up").Header.Get("Location"); got != "/r/stand-up?token=a%2Bb" {
		t.Errorf("it leads to %q", got)
	}
}

// The room says the title that was typed to everybody, from its first page on, unless that
// can't be a title or the room may not be entered.
func TestOpenShowsTheTitle(t *testing.T) {
	locked := func(*http.Request, string, string) (*Pass, error) {
		return nil, shared.Errorf(shared.CodeUnauthorized, "not you")
	}
	for _, c := range []struct {
		admit       Admit
		typed, want string
	}{
		{nil, "Team Standup!", "Team Standup!"},
		{nil, "Frühstück <b>", "Frühstück &lt;b&gt;"},
		{nil, "team-standup", "team-standup"},
		{nil, strings.Repeat("Long ", 40), ""},
		{locked, "Team Standup!", ""},
	} {
		r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Admit: c.admit})
		at := r.get("GET", "/open?title="+url.QueryEscape(c.typed)).Header.Get("Location")
		room, _ := url.PathUnescape(strings.TrimPrefix(at, "/r/"))
		want := cmp.Or(c.want, room)
		if page := body(t, r.get("GET", at)); !strings.Contains(page, ">"+want+"</h1>") || c.admit == nil && !strings.Contains(page, "<title>"+want+" · Rollcall</title>") {
			t.Errorf("%q, at %s, is not headed %q: %s", c.typed, at, want, page)
		}
	}
}

// Without a title the page asks for one, and says so if that was blank.
func TestOpenAsks(t *testing.T) {
	r := newRig(t, hub.Config{})
	for target, want := range map[string]struct {
		status int
		says   bool
	}{
		"/open":                     {http.StatusOK, false},
		"/open?title=":              {http.StatusBadRequest, true},
		"/open?title=%20%E2%80%8B+": {http.StatusBadRequest, true},
	} {
		for _, lang := range i18n.Languages() {
			res := r.get("GET", target, "Accept-Language", lang)
			page, words := body(t, res), i18n.In(lang)
			if res.StatusCode != want.status || !strings.Contains(page, `action="/open"`) || !strings.Contains(page, string(words.RoomsTitle)) {
				t.Errorf("%s in %s: %s, %s", target, lang, res.Status, page)
			}
			if strings.Contains(page, string(words.BlankRoom)) != want.says {
				t.Errorf("%s in %s: what is wrong with the title: %s", target, lang, page)
			}
		}
	}
}

// A path that could be a room's name offers that room, in every language.
func TestAPathOffersItsRoom(t *testing.T) {
	for base, wants := range map[string]map[string]string{
		"/": {
			"/standup":             "/r/standup",
			"/Standup":             "/r/standup",
			"/Fr%C3%BChst%C3%BCck": "/r/fr%C3%BChst%C3%BCck",
			"/team%20standup":      "/r/team-standup",
			"/index.html":          "",
			"/.env":                "",
			"/a/b":                 "",
			"/r/":                  "",
			"/r/a/b":               "",
			"/%ff":                 "",
			"/%20":                 "",
		},
		"/rollcall/": {"/rollcall/standup": "/rollcall/r/standup", "/standup": ""},
	} {
		r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Base: base})
		for target, want := range wants {
			for _, lang := range i18n.Languages() {
				res := r.get("GET", target, "Accept-Language", lang)
				page := parse(t, body(t, res))
				offers := page.all(func(n *html.Node) bool { return attr(n, "id") == "meant" })
				switch {
				case res.StatusCode != http.StatusNotFound:
					t.Errorf("%s: %s", target, res.Status)
				case want == "" && len(offers) > 0, want != "" && (len(offers) != 1 || attr(offers[0], "href") != want):
					t.Errorf("%s in %s offers %d rooms, want %q", target, lang, len(offers), want)
				}
			}
		}
	}
}
