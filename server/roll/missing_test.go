//go:build unix

package roll

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// missingOn asks who is missing on the day of at.
func (r *rig) missingOn(room string, header ...string) *http.Response {
	return r.do("GET", own+shared.MissingPath("/", room, at(-9*60), at(15*60)), nil, header...)
}

func TestWhoIsMissingIsTold(t *testing.T) {
	const path = "/r/standup/attendance#own"
	r := newRig(t, "/")
	told := func(header ...string) (m shared.Missing) {
		t.Helper()
		res := r.missingOn("standup", append(header, "Authorization", "Bearer "+key)...)
		if got := text(t, res); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/json" || json.Unmarshal([]byte(got), &m) != nil {
			t.Fatalf("%s: %s", res.Status, got)
		}
		return m
	}
	r.wrote(store.Gap{}, was("Ada", 0, 30), was("Bo", 5, 0))
	want(t, "without a list", told(), shared.Missing{Page: "Attendance", Path: path})
	r.expect("", "ada", "Zoë <b>", "Bo")
	want(t, "one", told(), shared.Missing{Page: "Attendance", Path: path, Text: "1 of 3 missing", Names: "\u2068Zoë <b>\u2069"})
	want(t, "in German", told("Accept-Language", "de"), shared.Missing{Page: "Anwesenheit", Path: path, Text: "1 von 3 fehlen", Names: "\u2068Zoë <b>\u2069"})
	r.expect("", "Ada")
	want(t, "nobody", told(), shared.Missing{Page: "Attendance", Path: path, Text: "0 of 1 missing"})

	var many []string
	for i := range 1234 {
		many = append(many, fmt.Sprint("Nobody ", i))
	}
	r.expect("", many...)
	r.wrote(store.Gap{From: at(1), To: at(2)})
	want(t, "many", told(), shared.Missing{
		Page: "Attendance", Path: path, Text: "1,234 of 1,234 missing",
		Names: "\u2068" + strings.Join(many[:20], "\u2069, \u2068") + "\u2069 +1,214 (not all visits of today are recorded)",
	})
}

// Nothing but a key in the header that opens the attendance of this room tells who is missing,
// and the log has neither.
func TestWhoIsNotTold(t *testing.T) {
	r := newRig(t, "/")
	r.expect("", "Zoë")
	c := r.enter(there)
	for name, res := range map[string]*http.Response{
		"nothing":          r.missingOn("standup"),
		"a cookie":         r.missingOn("standup", "Cookie", c.Name+"="+c.Value),
		"a wrong key":      r.missingOn("standup", "Authorization", "Bearer "+key+"x"),
		"another room":     r.missingOn("secret", "Authorization", "Bearer "+key),
		"an empty key":     r.missingOn("standup", "Authorization", "Bearer "),
		"a long key":       r.missingOn("standup", "Authorization", "Bearer "+strings.Repeat("k", maxSecret+1)),
		"a key in a query": r.do("GET", there+"?missing&key="+url.QueryEscape(key), nil),
	} {
		if got := text(t, res); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusTooManyRequests || got != "" {
			t.Errorf("%s: %s %q", name, res.Status, got)
		}
	}
	if res := r.missingOn("standup"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("after many: %s", res.Status)
	}
	if res := r.missingOn("standup", "Authorization", "Bearer "+key); res.StatusCode != http.StatusOK {
		t.Errorf("whoever has a key is kept out by others at the address: %s", res.Status)
	}
	if got := r.log.String(); strings.Contains(got, key) || strings.Contains(got, "Zoë") {
		t.Error(got)
	}
	if res := r.do("GET", there+"?missing&from=x&to=y", nil, "Authorization", "Bearer "+key); res.StatusCode != http.StatusOK {
		t.Errorf("a time that makes no sense: %s", res.Status)
	}
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	if res := r.missingOn("standup", "Authorization", "Bearer "+key); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("without a database: %s", res.Status)
	}
}

// deaf is a peer that hears nothing.
type deaf struct{}

func (deaf) Write([][]byte) error           { return nil }
func (deaf) Close(shared.CloseCode, string) {}

// Who hosts a room by a claim is told who is missing of those whom they can have seen, and gets
// no further. Others who are there are told nothing.
func TestAHostByAClaimIsTold(t *testing.T) {
	r := newRig(t, "/")
	const hers, his = "the-secret-key-of-Ada", "the-secret-key-of-Bo"
	enter := func(name, key string) *hub.Session {
		t.Helper()
		s, err := r.hub.Connect("standup", deaf{})
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: key}))
		return s
	}
	ask := func(key string) *http.Response {
		now := time.Now()
		return r.do("GET", own+shared.MissingPath("/", "standup", now.Add(-24*time.Hour), now.Add(time.Hour)), nil, "Authorization", "Bearer "+key)
	}
	earlier := was("Eve", 0, 0)
	earlier.Attached, earlier.Detached = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	r.wrote(store.Gap{}, earlier)
	if err := r.roll.SetExpected(t.Context(), "standup", api.Expected{People: []api.ExpectedPerson{{Name: "Eve"}, {Name: "Zoë"}}}, "key ci"); err != nil {
		t.Fatal(err)
	}
	enter("Ada", hers).Receive(shared.Encode(shared.UpdateRole{ID: shared.MemberID(hers), Role: shared.RoleHost}))
	enter("Bo", his)
	if res := ask(his); res.StatusCode != http.StatusForbidden {
		t.Errorf("a guest is answered %s", res.Status)
	}
	var m shared.Missing
	if res := ask(hers); res.StatusCode != http.StatusOK || json.NewDecoder(res.Body).Decode(&m) != nil {
		t.Fatalf("the host is answered %s", res.Status)
	}
	want(t, "the host", m, shared.Missing{Text: "2 of 2 missing", Names: "\u2068Eve\u2069, \u2068Zoë\u2069"})
	if res := r.submit(there, url.Values{"key": {hers}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("the page is opened by a claim: %s", res.Status)
	}
}
