//go:build unix

package roll

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
)

func TestWhoHasAKeyGetsACookieForThePageAlone(t *testing.T) {
	r := newRig(t, "/")
	for _, c := range []struct{ address, path string }{
		{there, "/r/standup/attendance"}, {own + "/attendance", "/attendance"}, {own + "/r/früh-stück/attendance", "/r/fr%C3%BCh-st%C3%BCck/attendance"},
	} {
		got := r.enter(c.address)
		if got.Path != c.path || !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.MaxAge != 3600 || got.Secure || got.Domain != "" {
			t.Errorf("%s: %+v", c.address, got)
		}
		if strings.Contains(got.Value, key) || len(got.Value) < 26 {
			t.Errorf("the cookie is %q", got.Value)
		}
	}
	if c := r.submit("https://rollcall.test/attendance", url.Values{"key": {key}}, "Origin", "https://rollcall.test").Cookies(); len(c) != 1 || !c[0].Secure {
		t.Errorf("over https: %v", c)
	}
	based := newRig(t, "/rollcall/")
	if got := based.enter(own + "/rollcall/r/standup/attendance"); got.Path != "/rollcall/r/standup/attendance" {
		t.Errorf("%+v", got)
	}
	res := r.submit(there+"?day=yesterday", url.Values{"key": {key}})
	if got := res.Header.Get("Location"); got != "/r/standup/attendance?day=yesterday" {
		t.Errorf("it leads to %q", got)
	}
}

func TestTheCookieCountsForGetAndItsRoom(t *testing.T) {
	r := newRig(t, "/")
	r.wrote(store.Gap{}, was("Ada Brandt", 0, 30))
	c := r.enter(there)
	header := []string{"Cookie", c.Name + "=" + c.Value}
	if got := r.page(there+morning, c); !strings.Contains(got, "Ada Brandt") {
		t.Errorf("no Ada in %s", got)
	}
	for name, res := range map[string]*http.Response{
		"another room":  r.do("GET", own+"/attendance"+morning, nil, header...),
		"another value": r.do("GET", there+morning, nil, "Cookie", c.Name+"="+c.Value[1:]),
		"the proof":     r.do("GET", there+morning, nil, "Cookie", c.Name+"="+proofOf(c.Value)),
		"none":          r.do("GET", there+morning, nil),
		"a POST":        r.submit(there+morning, url.Values{"starts": {""}}, header...),
		"a list":        r.list(there, "people", "Bo"),
		"another proof": r.list(there, "proof", proofOf("x"), "starts", "", "late", "", "people", "Bo"),
	} {
		if got := text(t, res); strings.Contains(got, "Ada Brandt") || !strings.Contains(got, `id="key"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if e, err := r.roll.Expected(t.Context(), "standup"); err != nil || len(e.People) > 0 {
		t.Errorf("%+v, %v", e, err)
	}
	r.keys[key] = false
	if got := r.page(there+morning, c); strings.Contains(got, "Ada Brandt") {
		t.Error("a key that counts no more still opens the page")
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	r := newRig(t, "/")
	c := r.enter(there)
	res := r.submit(there, url.Values{"proof": {r.proofIn(r.page(there, c))}})
	if got := res.Cookies(); res.StatusCode != http.StatusSeeOther || len(got) != 1 || got[0].MaxAge >= 0 || got[0].Path != c.Path {
		t.Errorf("%s, %v", res.Status, got)
	}
	if got := r.page(there, c); !strings.Contains(got, `id="key"`) {
		t.Error("the cookie still counts")
	}
}

func TestASessionLastsAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sessions{byProof: make(map[string]session)}
		proof := proofOf(s.begin(session{room: "standup"}))
		time.Sleep(lasts - time.Second)
		if _, ok := s.find(proof, "standup"); !ok {
			t.Error("it ended too early")
		}
		time.Sleep(time.Second)
		if _, ok := s.find(proof, "standup"); ok {
			t.Error("it goes on")
		}
		first := proofOf(s.begin(session{room: "standup"}))
		if len(s.byProof) != 1 {
			t.Errorf("%d are held", len(s.byProof))
		}
		for range maxSessions {
			time.Sleep(time.Millisecond)
			s.begin(session{room: "standup"})
		}
		if _, ok := s.find(first, "standup"); ok || len(s.byProof) != maxSessions {
			t.Errorf("%d are held", len(s.byProof))
		}
	})
}

// What is refused is refused in words, and neither the log nor an address has the key.
func TestWhatDoesNotOpenThePage(t *testing.T) {
	say := languages["en"]
	for name, c := range map[string]struct {
		header, field string
		status        int
		says          string
	}{
		"a wrong key":      {own, key + "x", 403, string(say.WrongKey)},
		"no key":           {own, "", 403, string(say.WrongKey)},
		"a long key":       {own, strings.Repeat("k", maxSecret+1), 403, string(say.WrongKey)},
		"a huge form":      {own, strings.Repeat("k", maxForm), 400, string(say.WrongKey)},
		"another site":     {"http://evil.test", key, 403, string(say.Foreign)},
		"another port":     {own + ":81", key, 403, string(say.Foreign)},
		"no Origin":        {"", key, 403, string(say.Foreign)},
		"a hidden Origin":  {"null", key, 403, string(say.Foreign)},
		"a foreign scheme": {"chrome-extension://rollcall.test", key, 403, string(say.Foreign)},
	} {
		r := newRig(t, "/")
		res := r.submit(there, url.Values{"key": {c.field}}, "Origin", c.header)
		got := text(t, res)
		if res.StatusCode != c.status || !strings.Contains(got, c.says) || len(res.Cookies()) > 0 {
			t.Errorf("%s: %s, %s", name, res.Status, got)
		}
		if c.field != "" && (strings.Contains(got, c.field) || strings.Contains(r.log.String(), c.field)) {
			t.Errorf("%s: the key is repeated", name)
		}
	}
}

func TestTooManyTries(t *testing.T) {
	r := newRig(t, "/")
	var last *http.Response
	for range 6 {
		last = r.submit(there, url.Values{"key": {"wrong"}})
	}
	if got := text(t, last); last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" || !strings.Contains(got, string(languages["en"].TooOften)) {
		t.Errorf("%s: %s", last.Status, got)
	}
	r.enter(there) // whoever has a key is not kept out by others at the address
}

func TestTheLogNamesTheKeyAlone(t *testing.T) {
	r := newRig(t, "/")
	r.page(there+morning, r.enter(there))
	if got := r.log.String(); !strings.Contains(got, "key=ci") || strings.Contains(got, key) || strings.Contains(got, "standup") {
		t.Error(got)
	}
}

// Each answer has the headers of the site, but for a Referrer-Policy with which a form has an
// Origin, and is kept nowhere.
func TestHeaders(t *testing.T) {
	r := newRig(t, "/")
	c := r.enter(there)
	with := []string{"Cookie", c.Name + "=" + c.Value}
	for name, res := range map[string]*http.Response{
		"the form":    r.do("GET", there, nil),
		"the sheet":   r.do("GET", there, nil, with...),
		"a file":      r.do("GET", there+"?format=csv", nil, with...),
		"the list":    r.do("GET", there+"?edit", nil, with...),
		"a wrong key": r.submit(there, url.Values{"key": {"x"}}),
		"a right key": r.submit(there, url.Values{"key": {key}}),
		"the missing": r.do("GET", there+"?missing", nil, "Authorization", "Bearer "+key),
		"no missing":  r.do("GET", there+"?missing", nil),
	} {
		h := res.Header
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" || !strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self'") || h.Get("X-Frame-Options")+h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", name, h)
		}
	}
}

func TestAddressesOfThePage(t *testing.T) {
	r := newRig(t, "/rollcall/")
	for address, want := range map[string]string{
		"/rollcall/r/Team%20Standup/attendance?day=week": "307 /rollcall/r/team-standup/attendance?day=week",
		"/rollcall/r/lobby/attendance":                   "307 /rollcall/attendance",
		"/rollcall/attendance":                           "200 ",
		"/rollcall/r/attendance":                         "200 ", // a room of this name
		"/rollcall/r/%20/attendance":                     "404 ",
		"/rollcall/r/a/attendance/b":                     "404 ",
	} {
		res := r.do("GET", own+address, nil)
		if got := fmt.Sprint(res.StatusCode, " ", res.Header.Get("Location")); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	if res := r.do("DELETE", own+"/rollcall/attendance", nil); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("%s, %v", res.Status, res.Header)
	}
}

// A build that lacks a file of the page is refused at the start.
func TestABuildWithoutAFileOfThePage(t *testing.T) {
	for _, name := range []string{"attendance.css", "attendance.js"} {
		tree := build()
		delete(tree, "web/"+strings.Replace(name, ".", ".0123456789abcdef.", 1))
		if _, err := newSite(t, "/", hub.New(hub.Config{}), Config{Log: slog.New(slog.DiscardHandler)}, tree); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestWithoutAttendanceThePageSaysWhatToSet(t *testing.T) {
	r := &rig{t: t, site: siteWith(t, "/", hub.New(hub.Config{}), Config{Log: slog.New(slog.DiscardHandler)})}
	for _, method := range []string{"GET", "POST"} {
		res := r.do(method, there, nil)
		if got := text(t, res); res.StatusCode != http.StatusNotImplemented || !strings.Contains(got, "-database FILE -attendance -api-keys-file FILE") {
			t.Errorf("%s: %s: %s", method, res.Status, got)
		}
	}
}
