package site

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/server/auth"
	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// Scripts for other pages can be loaded by all of them; everything else stays as it is.
func TestEmbedIsOpenToAll(t *testing.T) {
	r := newRig(t, hub.Config{})
	for path, want := range map[string]struct {
		status        int
		open, caching string
		resource      string
	}{
		"/embed/rollcall.js": {http.StatusOK, "*", "public, max-age=600", "cross-origin"},
		"/embed/else.js":     {http.StatusNotFound, "", "no-store", "same-origin"},
		"/sketch":            {http.StatusNotFound, "", "no-store", "same-origin"}, // but for a build of make dev
		"/embed/":            {http.StatusNotFound, "", "no-store", "same-origin"},
		"/app-worker.js":     {http.StatusOK, "", "no-cache", "same-origin"},
	} {
		res := r.get("GET", path, "Origin", "https://elsewhere.example")
		h := res.Header
		if res.StatusCode != want.status || h.Get("Access-Control-Allow-Origin") != want.open ||
			h.Get("Cache-Control") != want.caching || h.Get("Cross-Origin-Resource-Policy") != want.resource {
			t.Errorf("%s: %s %v, want %+v", path, res.Status, h, want)
		}
	}
}

// withPeople is a site with people in its room standup.
func withPeople(t *testing.T, c Config, names ...string) *rig {
	t.Helper()
	c.Hub = hub.New(hub.Config{})
	r := startOf(t, c)
	for _, name := range names {
		w, _ := r.Request(wiretest.Upgrade("/ws?room=standup"))
		w.Send(wiretest.Message(shared.GotANewUser{Name: name}))
		w.Next()
	}
	return r
}

// A widget says the number to pages that may connect, and names the first five only where the
// operator wants that. Whoever may not have it is told what to set.
func TestWidget(t *testing.T) {
	names := []string{"Ada Lovelace", "<b>", "李", "Dot", "Eve", "Flo"}
	plain := withPeople(t, Config{AllowOrigin: []string{"https://friend.test"}}, names...)
	const bare = `{"room":"standup","title":"","count":6}` + "\n"
	res := plain.get("GET", "/r/Standup/widget.json", "Origin", "https://friend.test")
	if got := body(t, res); got != bare || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", got, res.Header)
	}
	if h := res.Header; h.Get("Access-Control-Allow-Origin") != "https://friend.test" || h.Get("Cache-Control") != "public, max-age=10" || !slices.Contains(h.Values("Vary"), "Origin") {
		t.Errorf("%v", h)
	}
	if again := plain.get("GET", "/r/standup/widget.json", "If-None-Match", res.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with its ETag: %s", again.Status)
	}
	res = plain.get("GET", "/r/standup/widget.json", "Origin", "https://else.test:8443")
	if got := body(t, res); res.StatusCode != http.StatusForbidden || !strings.Contains(got, `"bad_origin"`) || !strings.Contains(got, "-allow-origin https://else.test:8443") {
		t.Errorf("of another origin: %s %s", res.Status, got)
	}
	if got := body(t, plain.get("GET", "/r/nobody/widget.json")); got != `{"room":"nobody","title":"","count":0}`+"\n" {
		t.Errorf("an empty room: %s", got)
	}

	named := withPeople(t, Config{PublicNames: true}, names...)
	var shown widget
	if err := json.Unmarshal([]byte(body(t, named.get("GET", "/r/standup/widget.json"))), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.People) != 5 || shown.Count != 6 {
		t.Errorf("%+v", shown)
	}
	for _, f := range shown.People {
		if !slices.Contains(names, f.Name) || f.Initials != shared.Initials(f.Name) || f.Status != shared.StatusActive {
			t.Errorf("%+v", f)
		}
	}
}

// Where joining needs a token, so does a widget, and a badge unless the operator opens them.
func TestWidgetNeedsAToken(t *testing.T) {
	admit, sign := gateOf(t)
	closed := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Admit: admit, Tokens: true})
	bearer := []string{"Authorization", "Bearer " + sign(auth.Grant{Subject: "ada", Rooms: []string{"standup"}})}
	for path, want := range map[string]int{"/r/standup/widget.json": 200, "/r/standup/badge.svg": 200, "/r/lobby/widget.json": 403} {
		if got := closed.get("GET", path); got.StatusCode != http.StatusUnauthorized || got.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s without a token: %s", path, got.Status)
		}
		got := closed.get("GET", path, bearer...)
		if got.StatusCode != want || want == 200 && got.Header.Get("Cache-Control") != "private, max-age=10" {
			t.Errorf("%s with one for standup: %s %v", path, got.Status, got.Header)
		}
	}
	open := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Admit: admit, Tokens: true, Badges: true})
	if got := open.get("GET", "/r/standup/badge.svg"); got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "public, max-age=10" {
		t.Errorf("an open badge: %s %v", got.Status, got.Header)
	}
	if got := open.get("GET", "/r/standup/widget.json", bearer...); got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "private, max-age=10" {
		t.Errorf("a widget beside open badges: %s %v", got.Status, got.Header)
	}
	if got := open.get("GET", "/r/standup/widget.json"); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a widget beside open badges: %s", got.Status)
	}
}

// A badge is for this server's own pages, until the operator opens it.
func TestBadge(t *testing.T) {
	closed := withPeople(t, Config{}, "Ada")
	for from, want := range map[string]int{"": 200, "none": 200, "same-origin": 200, "same-site": 403, "cross-site": 403} {
		res := closed.get("GET", "/r/standup/badge.svg", "Sec-Fetch-Site", from)
		if res.StatusCode != want || res.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %s %v", from, res.Status, res.Header)
		}
		if text := body(t, res); strings.Contains(text, "-badges") != (want == 403) || strings.Contains(text, "Ada") {
			t.Errorf("%s: %s", from, text)
		}
	}
	open := withPeople(t, Config{Badges: true, PublicNames: true}, "Ada")
	res := open.get("GET", "/r/standup/badge.svg", "Sec-Fetch-Site", "cross-site")
	if text := body(t, res); res.StatusCode != 200 || res.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" ||
		!strings.Contains(text, "<title>standup: 1</title>") || !strings.Contains(text, "<title>Ada</title>") {
		t.Errorf("%s %v %s", res.Status, res.Header, text)
	}
}

// Whatever people and rooms are called, a badge is well-formed, as long as it says, and has no
// element but those that draw it.
func TestBadgeIsWellFormed(t *testing.T) {
	for _, name := range append(hostile, "\uffff", strings.Repeat("㍿", 64)) {
		v := hub.View{Count: 9, Info: shared.RoomInfo{Title: name}, Users: users([]string{name, name})}
		decoder := xml.NewDecoder(bytes.NewReader(drawBadge(newWidget("standup", v, true))))
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", name, err)
			}
			if e, ok := token.(xml.StartElement); ok && !slices.Contains([]string{"svg", "title", "rect", "text", "circle", "g"}, e.Name.Local) {
				t.Errorf("%q makes an element %s", name, e.Name.Local)
			}
		}
	}
}

// The initials in a face are readable (WCAG AA), whatever its hue.
func TestFacesOfABadgeAreReadable(t *testing.T) {
	for i := range shared.Hues {
		hue := float64(i*360/shared.Hues) / 30
		luminance := 0.0
		for n, weight := range map[float64]float64{0: 0.2126, 8: 0.7152, 4: 0.0722} {
			k := math.Mod(n+hue, 12) // CSS Color 4 §7.1
			c := 0.30 - 0.45*0.30*max(-1, min(k-3, 9-k, 1))
			luminance += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
		if ratio := 1.05 / (luminance + 0.05); ratio < 4.5 {
			t.Errorf("hue %d has %.2f to 1", i, ratio)
		}
	}
}

// A page that may not connect can read why, and ask with a token.
func TestAPageLearnsWhyItCantConnect(t *testing.T) {
	r := newRig(t, hub.Config{}, "https://friend.test")
	res := r.get("GET", "/ws?room=standup", "Origin", "https://else.test")
	if got := body(t, res); res.Header.Get("Access-Control-Allow-Origin") != "https://else.test" || !strings.Contains(got, `"code":"bad_origin"`) || !strings.Contains(got, "-allow-origin https://else.test") {
		t.Errorf("%v %s", res.Header, got)
	}
	res = r.get("OPTIONS", "/ws?room=standup", "Origin", "https://friend.test", "Access-Control-Request-Headers", "authorization")
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Access-Control-Allow-Headers") != "Authorization" || res.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	if res := r.get("GET", "/", "Origin", "https://friend.test"); res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("pages of other origins read the page: %v", res.Header)
	}
}
