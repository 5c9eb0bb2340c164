package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// ears is a peer whose test reads what it is sent.
type ears struct{ heard chan string }

func (e ears) Write(b [][]byte) error             { e.heard <- string(bytes.Join(b, nil)); return nil }
func (e ears) Close(c shared.CloseCode, _ string) { e.heard <- fmt.Sprint("closed with ", c) }

// hears waits until the peer has been sent a text, and returns what it came with.
func (e ears) hears(t *testing.T, want string) string {
	t.Helper()
	for end := time.After(10 * time.Second); ; {
		select {
		case got := <-e.heard:
			if strings.Contains(got, want) {
				return got
			}
		case <-end:
			t.Fatalf("it never hears %q", want)
		}
	}
}

// visit lets somebody into a room from an address.
func visit(t *testing.T, h *hub.Hub, room, name, from string) (e ears, id string) {
	t.Helper()
	e = ears{make(chan string, 100)}
	s, err := h.ConnectFrom(room, e, nil, netip.MustParseAddr(from))
	if err != nil {
		t.Fatal(err)
	}
	key := "long-enough-for-" + name
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: key}))
	return e, shared.MemberID(key)
}

// moderates makes a call with the key for moderation, and decodes the answer.
func moderates[T any](t *testing.T, r *rig, method, path, body string) (answer T) {
	t.Helper()
	res := r.do(method, path, r.keys[api.ScopeModerate], body)
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %s, %v", method, path, res.Status, text, err)
	}
	if strings.Contains(string(text), "192.0.2.") {
		t.Errorf("%s %s tells an address: %s", method, path, text)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// refusedTo makes a call with the key for moderation that is a problem.
func refusedTo(t *testing.T, r *rig, method, path, body string) api.Problem {
	t.Helper()
	return problemOf(t, r.do(method, path, r.keys[api.ScopeModerate], body))
}

// A change is of what it names, and is whole or not at all.
func TestChangeARoom(t *testing.T) {
	r := newRig(t, nil)
	if p := refusedTo(t, r, http.MethodPatch, "rooms/standup", `{"title":"x"}`); p.Type != api.NotInUse {
		t.Errorf("of an empty room: %+v", p)
	}
	ada, _ := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	ada.hears(t, shared.EventExistingUsers) // which has what the room says by then
	is := shared.RoomInfo{}
	for _, step := range []struct {
		body string
		want shared.RoomInfo
	}{
		{`{"title":"  Stand-up "}`, shared.RoomInfo{Title: "Stand-up"}},
		{`{"locked":true}`, shared.RoomInfo{Title: "Stand-up", Locked: true}},
		{`{"topic":"Today","locked":false}`, shared.RoomInfo{Title: "Stand-up", Topic: "Today"}},
		{`{}`, shared.RoomInfo{Title: "Stand-up", Topic: "Today"}},
		{`{"title":""}`, shared.RoomInfo{Topic: "Today"}},
	} {
		got := moderates[api.RoomChanged](t, r, http.MethodPatch, "rooms/standup", step.body)
		is = into[api.RoomAnswer](t, r, "rooms/standup").RoomInfo
		if got.RoomInfo != step.want || is != step.want || got.Room != "standup" || got.MissingNodes == nil {
			t.Errorf("%s: %+v, then it is %+v", step.body, got, is)
		}
	}
	ada.hears(t, `"locked":true`)
	for body, location := range map[string]string{
		`{"title":"fine","topic":"` + strings.Repeat("x", 141) + `"}`: "body.topic",
		`{"locked":true,"title":"secret\u202e"}`:                      "body.title",
		`{"title":"fine","locked":null}`:                              "body",
		`{"locked":"secret"}`:                                         "body.locked",
		`{"locked":true,"colour":"secret"}`:                           "body.colour",
		`{"Locked":true}`:                                             "body.Locked",
		`{"title":"fine","Title":"secret\u202e"}`:                     "body.Title",
		`["secret"]`: "body",
		`{"title":"` + strings.Repeat("x", 257) + `"}`: "body.title",
	} {
		p := refusedTo(t, r, http.MethodPatch, "rooms/standup", body)
		if p.Type != api.Invalid || len(p.Errors) != 1 || p.Errors[0].Location != location || strings.Contains(p.Error(), "secret") {
			t.Errorf("%.60s: %+v", body, p)
		}
	}
	if got := into[api.RoomAnswer](t, r, "rooms/standup").RoomInfo; got != is {
		t.Errorf("what was refused has changed it to %+v", got)
	}
}

// A body is JSON, says so, and is small.
func TestBodiesThatCantBeUsed(t *testing.T) {
	r := newRig(t, nil)
	enter(t, r.hub, "standup", "Ada")
	for _, c := range []struct {
		kind, body string
		want       api.ProblemType
	}{
		{"", `{"locked":true}`, api.NotJSON},
		{"text/plain", `{"locked":true}`, api.NotJSON},
		{"application/x-www-form-urlencoded", `locked=true`, api.NotJSON},
		{"multipart/form-data; boundary=x", `{"locked":true}`, api.NotJSON},
		{"text/plain+json", `{"locked":true}`, api.NotJSON},
		{"application/json, text/plain", `{"locked":true}`, api.NotJSON},
		{"application/json; charset=\xff", `{"locked":true}`, api.NotJSON},
		{"application/json", ``, api.Invalid},
		{"application/json", `{"locked":true`, api.Invalid},
		{"application/json", `{"locked":true}{}`, api.Invalid},
		{"application/json", `null`, api.Invalid},
		{"application/json", strings.Repeat("[", maxBody-1), api.Invalid},
		{"application/json", strings.Repeat(" ", maxBody) + `{}`, api.TooLarge},
	} {
		res := r.sends(http.MethodPatch, "rooms/standup", r.keys[api.ScopeModerate], c.kind, strings.NewReader(c.body))
		if p := problemOf(t, res); p.Type != c.want {
			t.Errorf("%q %.40s: %+v", c.kind, c.body, p)
		}
	}
	if info := into[api.RoomAnswer](t, r, "rooms/standup").RoomInfo; info.Locked {
		t.Error("one of them has locked the room")
	}
	for _, kind := range []string{"application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"} {
		res := r.sends(http.MethodPatch, "rooms/standup", r.keys[api.ScopeModerate], kind, strings.NewReader(`{"locked":true}`))
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", kind, res.Status)
		}
	}
}

func TestAnnounce(t *testing.T) {
	r := newRig(t, nil)
	if p := refusedTo(t, r, http.MethodPost, "rooms/standup/announcements", `{"text":"x"}`); p.Type != api.NotInUse {
		t.Errorf("in an empty room: %+v", p)
	}
	ada, _ := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	for _, text := range []string{"", " ", "\u200b", "a\u202eb", strings.Repeat("x", shared.MaxTextRunes+1), strings.Repeat("x", shared.MaxTextBytes+1), "\x00"} {
		body, _ := json.Marshal(api.AnnouncementRequest{Text: text})
		if p := refusedTo(t, r, http.MethodPost, "rooms/standup/announcements", string(body)); p.Type != api.Invalid || len(p.Errors) != 1 || p.Errors[0].Location != "body.text" {
			t.Errorf("%.20q: %+v", text, p)
		}
	}
	longest := strings.Repeat("\\ud83d\\ude00", shared.MaxTextRunes) // each of 12 bytes here, and of 4 as UTF-8
	for text, want := range map[string]string{`<b>now</b>`: `now`, longest: "😀"} {
		got := moderates[api.Announced](t, r, http.MethodPost, "rooms/standup/announcements", `{"text":"`+text+`"}`)
		if got.Room != "standup" || got.By != "for-moderate" {
			t.Errorf("%+v", got)
		}
		if heard := ada.hears(t, shared.EventAnnouncement); !strings.Contains(heard, want) || !strings.Contains(heard, `"by":"for-moderate"`) {
			t.Errorf("%q", heard)
		}
	}
}

// What everybody in a room is shown is limited by room, whoever has it shown. What is refused
// does not count.
func TestWhatIsShownIsLimited(t *testing.T) {
	r := newRig(t, nil)
	r.shown = newLimiter(1./3600, 3)
	enter(t, r.hub, "standup", "Ada")
	enter(t, r.hub, "other", "Ada")
	for range 5 {
		refusedTo(t, r, http.MethodPost, "rooms/standup/announcements", `{"text":" "}`)
	}
	for i := range 3 {
		moderates[api.RoomChanged](t, r, http.MethodPatch, "rooms/standup", fmt.Sprintf(`{"title":"%d"}`, i))
	}
	for _, c := range [][3]string{{http.MethodPost, "rooms/standup/announcements", `{"text":"x"}`}, {http.MethodPatch, "rooms/standup", `{"title":"x"}`}} {
		res := r.do(c[0], c[1], r.keys[api.ScopeModerate], c[2])
		if p := problemOf(t, res); p.Type != api.TooManyCalls || res.Header.Get("Retry-After") != "1" {
			t.Errorf("%+v, %v", p, res.Header)
		}
	}
	if got := into[api.RoomAnswer](t, r, "rooms/standup"); got.Title != "2" {
		t.Errorf("%+v", got)
	}
	moderates[api.Announced](t, r, http.MethodPost, "rooms/other/announcements", `{"text":"x"}`)
}

// What is under way counts until it has failed.
func TestCallsAtOnceAreLimited(t *testing.T) {
	l := newLimiter(1./3600, 2)
	done := make(chan error)
	var calls sync.WaitGroup
	started := make(chan bool)
	for range 2 {
		calls.Go(func() {
			_, _ = l.try("standup", func() error { started <- true; return <-done })
		})
		<-started
	}
	tried := func() bool { tried, _ := l.try("standup", func() error { return nil }); return tried }
	if tried() {
		t.Error("a third call is made while two are under way")
	}
	done <- nil
	done <- errors.New("not shown")
	calls.Wait()
	if !tried() || tried() {
		t.Error("of two calls that failed and succeeded not one counts")
	}
	if len(l.trying) != 0 {
		t.Errorf("%d calls are under way", len(l.trying))
	}
}

// Whoever is kicked is told why and by whom, and may come again.
func TestKick(t *testing.T) {
	r := newRig(t, nil)
	ada, id := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	enter(t, r.hub, "standup", "Bo")
	got := moderates[api.Removed](t, r, http.MethodDelete, "rooms/standup/members/"+id+"?reason=too%20loud", "")
	if got.Room != "standup" || got.ID != id || got.Ban != nil || got.MissingNodes == nil {
		t.Errorf("%+v", got)
	}
	if heard := ada.hears(t, `"kicked"`); !strings.Contains(heard, `"by":"for-moderate"`) || !strings.Contains(heard, "too loud") {
		t.Error(heard)
	}
	ada.hears(t, fmt.Sprint("closed with ", shared.CloseKicked))
	if in := into[api.Members](t, r, "rooms/standup/members"); len(in.Members) != 1 || in.Members[0].Name != "Bo" {
		t.Errorf("%+v", in)
	}
	if p := refusedTo(t, r, http.MethodDelete, "rooms/standup/members/"+id, ""); p.Type != api.NotInRoom {
		t.Errorf("again: %+v", p)
	}
	again, _ := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	again.hears(t, shared.EventExistingUsers)
}

// A ban keeps out whom it names; with address, also who is new and comes from there. It is
// listed without the address.
func TestBan(t *testing.T) {
	r := newRig(t, nil)
	ada, id := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	before := time.Now().UnixMilli()
	got := moderates[api.Removed](t, r, http.MethodDelete, "rooms/standup/members/"+id+"?ban=1h&reason=too%20loud&address=true", "")
	want := api.Ban{ID: id, Name: "Ada", By: "for-moderate", Reason: "too loud", Address: true}
	if b := got.Ban; b == nil || b.From < before || b.Until < before+time.Hour.Milliseconds() || b.Until > time.Now().Add(time.Hour).UnixMilli() {
		t.Fatalf("%+v", got)
	}
	want.From, want.Until = got.Ban.From, got.Ban.Until
	ada.hears(t, `"banned"`)
	for name, from := range map[string]string{"Ada": "192.0.2.2", "Mallory": "192.0.2.1"} {
		e, _ := visit(t, r.hub, "standup", name, from)
		e.hears(t, `"banned"`)
	}
	bo, _ := visit(t, r.hub, "standup", "Bo", "192.0.2.2")
	bo.hears(t, shared.EventExistingUsers)
	list := moderates[api.Bans](t, r, http.MethodGet, "rooms/standup/bans", "")
	one := moderates[api.BanAnswer](t, r, http.MethodGet, "rooms/standup/bans/"+id, "")
	if *got.Ban != want || len(list.Bans) != 1 || list.Bans[0] != want || one.Ban != want || one.Room != "standup" {
		t.Errorf("%+v, %+v, %+v, want %+v", got.Ban, list, one, want)
	}
	if other := moderates[api.Bans](t, r, http.MethodGet, "rooms/other/bans", ""); len(other.Bans) != 0 {
		t.Errorf("of another room: %+v", other)
	}
	if un := moderates[api.Unbanned](t, r, http.MethodDelete, "rooms/standup/bans/"+id, ""); un.ID != id || un.Room != "standup" {
		t.Errorf("%+v", un)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if p := refusedTo(t, r, method, "rooms/standup/bans/"+id, ""); p.Type != api.NotBanned {
			t.Errorf("%s: %+v", method, p)
		}
	}
	again, _ := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	again.hears(t, shared.EventExistingUsers)
}

// Somebody who is not there can be banned before they come.
func TestBanWhoIsNotThere(t *testing.T) {
	r := newRig(t, nil)
	id := shared.MemberID("long-enough-for-Ada")
	for i, until := range []string{"24h", "87840h", "1s", "1h0m0s"} {
		if got := moderates[api.Removed](t, r, http.MethodDelete, "rooms/standup/members/"+id+"?ban="+until, ""); got.Ban == nil || got.Ban.Name != "" {
			t.Errorf("%d: %+v", i, got)
		}
	}
	ada, _ := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	ada.hears(t, `"banned"`)
}

func TestBansThatMakeNoSense(t *testing.T) {
	r := newRig(t, nil)
	id := enter(t, r.hub, "standup", "Ada")
	for query, location := range map[string]string{
		"ban=0s": "query.ban", "ban=-1h": "query.ban", "ban=secret": "query.ban", "ban=87840h1s": "query.ban", "ban=1": "query.ban", "ban=999ms": "query.ban",
		"ban=" + strings.Repeat("1h", 20): "query.ban", "ban=99999999999h": "query.ban", "address=true": "query.address", "ban=1h&address=secret": "query.address",
		"reason=" + strings.Repeat("x", 141): "query.reason", "ban=1h&reason=" + strings.Repeat("x", 561): "query.reason", "reason=secret%E2%80%AE": "query.reason",
		"ban=1h&reason=%0a%00": "query.reason", "bann=1h": "query.bann",
	} {
		p := refusedTo(t, r, http.MethodDelete, "rooms/standup/members/"+id+"?"+query, "")
		if p.Type != api.Invalid || len(p.Errors) != 1 || p.Errors[0].Location != location || strings.Contains(p.Error(), "secret") {
			t.Errorf("%.60s: %+v", query, p)
		}
	}
	if in := into[api.Members](t, r, "rooms/standup/members"); len(in.Members) != 1 {
		t.Error("what was refused has removed her")
	}
	if list := moderates[api.Bans](t, r, http.MethodGet, "rooms/standup/bans", ""); len(list.Bans) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestBansByPage(t *testing.T) {
	r := newRig(t, nil)
	var want []string
	for i := range 25 {
		id := shared.MemberID(fmt.Sprintf("long-enough-for-%d", i))
		want = append(want, id)
		if err := r.hub.Ban(hub.Ban{Room: "standup", ID: id, Until: time.Now().Add(time.Hour).UnixMilli()}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	var got []string
	for cursor := ""; ; {
		page := moderates[api.Bans](t, r, http.MethodGet, "rooms/standup/bans?limit=4&cursor="+cursor, "")
		for _, b := range page.Bans {
			got = append(got, b.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
		if len(page.Bans) != 4 || len(got) > 25 {
			t.Fatalf("%+v", page)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	enter(t, r.hub, "a", "Ada")
	enter(t, r.hub, "b", "Ada")
	for _, cursor := range []string{into[api.Rooms](t, r, "rooms?limit=1").Next, "secret", encodeCursor(cursorBans, "secret")} {
		if p := refusedTo(t, r, http.MethodGet, "rooms/standup/bans?cursor="+cursor, ""); p.Type != api.Invalid || p.Errors[0].Location != "query.cursor" {
			t.Errorf("%s: %+v", cursor, p)
		}
	}
}

// Erasing reaches the database first, and then what bans say; they stay in force. If the
// database fails, nothing is erased.
func TestErase(t *testing.T) {
	r := newRig(t, nil)
	_, id := visit(t, r.hub, "standup", "Ada", "192.0.2.1")
	moderates[api.Removed](t, r, http.MethodDelete, "rooms/standup/members/"+id+"?ban=1h&reason=loud", "")
	if err := r.hub.RestoreRoom("hers", hub.Kept{Hosting: hub.Hosting{Hosts: id}}); err != nil {
		t.Fatal(err)
	}
	visit(t, r.hub, "hers", "Ada", "192.0.2.1")
	erase := func() (got api.Erased, p api.Problem) {
		res := r.do(http.MethodDelete, "people/"+id, r.keys[api.ScopeAdmin], "")
		if res.StatusCode != http.StatusOK {
			return got, problemOf(t, res)
		}
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		return got, p
	}
	var asked string
	r.config.Erase = func(_ context.Context, member string) (int64, error) {
		asked = member
		return 7, errors.New("it is down")
	}
	if _, p := erase(); p.Type != api.Unavailable || moderates[api.BanAnswer](t, r, http.MethodGet, "rooms/standup/bans/"+id, "").Name != "Ada" {
		t.Errorf("%+v", p)
	}
	r.config.Erase = func(context.Context, string) (int64, error) { return 7, nil }
	host := r.hub.View("hers", 1).Users[0]
	if got, _ := erase(); got != (api.Erased{ID: id, Rows: 7, Bans: 1}) || asked != id {
		t.Errorf("%+v of %s", got, asked)
	}
	if was, is := host.Role, r.hub.View("hers", 1).Users[0].Role; was != shared.RoleHost || is != shared.RoleMember {
		t.Errorf("in her room she was %v and is %v", was, is)
	}
	if got := moderates[api.BanAnswer](t, r, http.MethodGet, "rooms/standup/bans/"+id, ""); got.Name != "" || got.Reason != "" || got.Address || got.Until == 0 {
		t.Errorf("%+v", got)
	}
	r.config.Erase = nil
	if got, _ := erase(); got != (api.Erased{ID: id}) {
		t.Errorf("again, without a database: %+v", got)
	}
	if log := r.log.String(); !strings.Contains(log, "it is down") || strings.Contains(log, id) {
		t.Error(log)
	}
}

// Each call takes a key with its scope alone, or a token that is for the room, and whoever
// has another learns nothing, nor does anything.
func TestWhoMayModerate(t *testing.T) {
	r := newRig(t, nil)
	id := enter(t, r.hub, "standup", "Ada")
	r.tokens["ours"] = Grant{ID: "MFZWIZTHNBVGWMJU", Name: "The host", Scopes: []string{"moderate", "admin"}, Allows: func(room string) bool { return room == "ours" }}
	calls := []struct{ method, path, body string }{
		{http.MethodPatch, "rooms/standup", `{"locked":true}`}, {http.MethodPost, "rooms/standup/announcements", `{"text":"x"}`},
		{http.MethodDelete, "rooms/standup/members/" + id, ""}, {http.MethodGet, "rooms/standup/bans", ""}, {http.MethodGet, "rooms/standup/bans/" + id, ""},
		{http.MethodDelete, "rooms/standup/bans/" + id, ""}, {http.MethodDelete, "people/" + id, ""},
	}
	for _, c := range calls {
		for _, key := range []string{r.keys[api.ScopeRead], r.keys[api.ScopeAttendance], "ours"} {
			if p := problemOf(t, r.do(c.method, c.path, key, c.body)); p.Type != api.Forbidden {
				t.Errorf("%s %s with %s: %+v", c.method, c.path, key, p)
			}
		}
	}
	ours, _ := visit(t, r.hub, "ours", "Ada", "192.0.2.1")
	if res := r.do(http.MethodDelete, "rooms/ours/members/"+id, "ours", ""); res.StatusCode != http.StatusOK {
		t.Errorf("the token in its room: %s", res.Status)
	}
	ours.hears(t, `"by":"The host"`)
	if got := into[api.RoomAnswer](t, r, "rooms/standup"); got.Locked || got.Members != 1 {
		t.Errorf("%+v", got)
	}
}

// The log says who did what, and not to whom or why.
func TestTheLogOfModeration(t *testing.T) {
	r := newRig(t, nil)
	id := enter(t, r.hub, "standup", "Ada")
	moderates[api.RoomChanged](t, r, http.MethodPatch, "rooms/standup", `{"title":"Retro"}`)
	moderates[api.Announced](t, r, http.MethodPost, "rooms/standup/announcements", `{"text":"fire"}`)
	moderates[api.Removed](t, r, http.MethodDelete, "rooms/standup/members/"+id+"?ban=1h&reason=loud", "")
	log := r.log.String()
	for _, want := range []string{"key=for-moderate", "call=change-room", "call=announce", "call=remove-member"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
	for _, not := range []string{"standup", "Ada", id, "Retro", "fire", "loud"} {
		if strings.Contains(log, not) {
			t.Errorf("%s in %s", not, log)
		}
	}
}
