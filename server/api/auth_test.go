package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"rollcall/shared/api"
)

// Whoever has no key that counts learns nothing: the same answer for what is there and what
// is not, whatever they bring.
func TestWithoutAKeyEverythingIsAlike(t *testing.T) {
	r := newRig(t, nil)
	ada := enter(t, r.hub, "standup", "Ada")
	r.tokens["a.b.c"] = Grant{ID: ada, Everywhere: true} // enters rooms, has no claim api
	good := r.keys[api.ScopeRead]
	var first string
	for _, path := range []string{
		"rooms", "rooms/standup", "rooms/empty", "rooms/standup/members", "rooms/NO", "members/" + ada + "/rooms", "members/AAAAAAAAAAAAAAAA/rooms",
		"", "nothing", "rooms?limit=0", "rooms?key=" + good, "rooms?access_token=" + good, "rooms?token=" + good,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodOptions} {
			for _, header := range []string{
				"", "Bearer", "Bearer ", "Basic " + good, good, "Bearer " + good + "x", "Bearer " + good[:len(good)-1], "Bearer  " + good,
				"Bearer " + strings.ToLower(good), "Bearer rollcall_", "Bearer a.b.c", "Bearer x.y.z", "Bearer " + strings.Repeat("x", 8000),
			} {
				req := httptest.NewRequest(method, "/api/v1/"+path, nil)
				req.Header.Set("Authorization", header)
				req.AddCookie(&http.Cookie{Name: "key", Value: good})
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				w.Header().Del("X-Request-Id")
				w.Header().Del("Date")
				body, _ := io.ReadAll(w.Body)
				got := http.StatusText(w.Code) + string(body)
				for name, values := range w.Header() {
					if name != "Content-Type" && name != "Cache-Control" && name != "Www-Authenticate" {
						t.Errorf("%s %s with %.20q: %s: %q", method, path, header, name, values)
					}
				}
				if first == "" {
					first = got
				}
				if w.Code != http.StatusUnauthorized || got != first || w.Header().Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s %s with %.20q: %d %s", method, path, header, w.Code, body)
				}
			}
		}
	}
	if log := r.log.String(); strings.Contains(log, good[len(api.KeyPrefix):len(api.KeyPrefix)+8]) || strings.Contains(log, "a.b.c") || strings.Contains(log, "standup") {
		t.Error("the log says what was tried")
	}
}

func TestScopes(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"rooms", "rooms/a", "rooms/a/members", "members/AAAAAAAAAAAAAAAA/rooms"} {
		if p := problemOf(t, r.get(path, r.keys[api.ScopeAdmin])); p.Type != api.Forbidden || !strings.Contains(p.Detail, "read") {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

// A token is for the calls that its claim api names and, if it names rooms, for calls about
// those alone.
func TestTokens(t *testing.T) {
	r := newRig(t, nil)
	some := func(room string) bool { return room == "ours" }
	r.tokens["reads"] = Grant{ID: "a", Scopes: []string{"read"}, Everywhere: true}
	r.tokens["reads.ours"] = Grant{ID: "b", Scopes: []string{"read"}, Allows: some}
	r.tokens["moderates"] = Grant{ID: "c", Scopes: []string{"moderate", "everything"}, Everywhere: true}
	for _, c := range []struct {
		token, path string
		want        int
	}{
		{"reads", "rooms", 200}, {"reads", "rooms/theirs/members", 200}, {"reads", "members/AAAAAAAAAAAAAAAA/rooms", 200},
		{"reads.ours", "rooms/ours", 200}, {"reads.ours", "rooms/ours/members", 200},
		{"reads.ours", "rooms/theirs", 403}, {"reads.ours", "rooms/theirs/members", 403}, {"reads.ours", "rooms", 403},
		{"reads.ours", "members/AAAAAAAAAAAAAAAA/rooms", 403}, {"moderates", "rooms", 403}, {"other", "rooms", 401},
	} {
		if res := r.get(c.path, c.token); res.StatusCode != c.want {
			t.Errorf("%s with %s: %s", c.path, c.token, res.Status)
		}
	}
}

// A caller who calls too often waits, and nobody else does.
func TestCallsAreLimited(t *testing.T) {
	r := newRig(t, nil)
	r.limits = newLimiter(1./3600, 2)
	r.tokens["t"] = Grant{ID: "a", Scopes: []string{"read"}, Everywhere: true}
	key := r.keys[api.ScopeRead]
	for i, want := range []int{200, 200, 429, 429} {
		res := r.get("rooms", key)
		if res.StatusCode != want {
			t.Fatalf("call %d: %s", i+1, res.Status)
		}
		if want == 429 {
			after, err := strconv.Atoi(res.Header.Get("Retry-After"))
			if p := problemOf(t, res); p.Type != api.TooManyCalls || err != nil || after < 3000 || after > 3600 {
				t.Errorf("%+v, after %d, %v", p, after, err)
			}
		}
	}
	if res := r.get("rooms", r.keys[api.ScopeAdmin]); res.StatusCode != 403 {
		t.Errorf("another key: %s", res.Status)
	}
	if res := r.get("rooms", "t"); res.StatusCode != 200 {
		t.Errorf("a token: %s", res.Status)
	}
	if res := r.get("rooms", ""); res.StatusCode != 401 {
		t.Errorf("no key: %s", res.Status)
	}
}

// However many callers there are, so many limits are remembered, and nobody has none.
func TestLimitsOfManyCallers(t *testing.T) {
	l := newLimiter(1./3600, 1)
	for i := range maxCallers + 10 {
		wait := l.allow(string(rune(i)) + " calls")
		if late := i > maxCallers; (wait > 0) != late {
			t.Fatalf("caller %d waits %v", i, wait)
		}
	}
	if len(l.callers) > maxCallers+1 {
		t.Errorf("%d are remembered", len(l.callers))
	}
}

func TestTheLogOfACall(t *testing.T) {
	r := newRig(t, nil)
	ada := enter(t, r.hub, "standup", "Ada")
	res := r.get("rooms/standup/members?limit=7", r.keys[api.ScopeRead])
	log := r.log.String()
	for _, want := range []string{"key=for-read", "call=list-members", "status=200", "request=" + res.Header.Get("X-Request-Id")} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
	for _, not := range []string{"standup", "Ada", ada, r.keys[api.ScopeRead]} {
		if strings.Contains(log, not) {
			t.Errorf("%s in %s", not, log)
		}
	}
}
