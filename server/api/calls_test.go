package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/shared"
	"rollcall/shared/api"
)

func namesOf(rooms []api.Room) (names []string) {
	for _, r := range rooms {
		names = append(names, r.Room)
	}
	return names
}

func TestRoomsByNameAndPage(t *testing.T) {
	r := newRig(t, nil)
	for _, room := range []string{"b", "a", "lobby", "standup-2", "standup-1"} {
		enter(t, r.hub, room, "Ada")
	}
	enter(t, r.hub, "a", "Bo")
	info := shared.RoomInfo{Title: "A room", Topic: "rooms", Locked: true}
	if err := r.hub.SetRoomInfo("a", info); err != nil {
		t.Fatal(err)
	}
	if _, err := r.hub.Connect("nobody-joined", sink{}); err != nil {
		t.Fatal(err)
	}
	all := into[api.Rooms](t, r, "rooms")
	if got := namesOf(all.Rooms); !slices.Equal(got, []string{"a", "b", "lobby", "standup-1", "standup-2"}) || all.Next != "" || len(all.MissingNodes) != 0 {
		t.Errorf("%+v", all)
	}
	if a := all.Rooms[0]; a.Members != 2 || a.Sessions != 2 || a.Watchers != 0 || a.Since == 0 || a.RoomInfo != info {
		t.Errorf("%+v", a)
	}
	if one := into[api.RoomAnswer](t, r, "rooms/a"); one.Room != all.Rooms[0] {
		t.Errorf("%+v", one)
	}
	if got := namesOf(into[api.Rooms](t, r, "rooms?prefix=standup").Rooms); !slices.Equal(got, []string{"standup-1", "standup-2"}) {
		t.Errorf("with a prefix: %q", got)
	}
	var paged []string
	for cursor := ""; ; {
		page := into[api.Rooms](t, r, "rooms?limit=2&cursor="+cursor)
		paged = append(paged, namesOf(page.Rooms)...)
		if cursor = page.Next; cursor == "" {
			break
		}
		if len(page.Rooms) != 2 || len(paged) > 5 {
			t.Fatalf("%+v", page)
		}
	}
	if !slices.Equal(paged, namesOf(all.Rooms)) {
		t.Errorf("by page: %q", paged)
	}
}

// The longest name of a room is found by its name, its beginning and its page.
func TestRoomsInAnyScript(t *testing.T) {
	r := newRig(t, nil)
	long := strings.Repeat("研", shared.MaxRoomRunes)
	for _, room := range []string{"frühstück", long, "無"} {
		enter(t, r.hub, room, "Ada")
	}
	if got := into[api.Members](t, r, "rooms/fr%C3%BChst%C3%BCck/members"); len(got.Members) != 1 {
		t.Errorf("%+v", got)
	}
	if got := namesOf(into[api.Rooms](t, r, "rooms?prefix=%E7%A0%94").Rooms); !slices.Equal(got, []string{long}) {
		t.Errorf("with a prefix: %q", got)
	}
	page := into[api.Rooms](t, r, "rooms?limit=2")
	if got := namesOf(into[api.Rooms](t, r, "rooms?cursor="+page.Next).Rooms); !slices.Equal(got, []string{long}) {
		t.Errorf("the second page: %q", got)
	}
}

func TestARoomThatNobodyIsIn(t *testing.T) {
	r := newRig(t, nil)
	if got := into[api.RoomAnswer](t, r, "rooms/empty"); got.Room != (api.Room{Room: "empty"}) {
		t.Errorf("%+v", got)
	}
	if got := into[api.Members](t, r, "rooms/empty/members"); len(got.Members) != 0 || got.Epoch != "" || got.Next != "" {
		t.Errorf("%+v", got)
	}
	if got := into[api.Rooms](t, r, "rooms"); len(got.Rooms) != 0 {
		t.Errorf("asking about a room made it: %+v", got)
	}
}

// Who stays while somebody goes through the pages is on one of them, whoever else comes and
// goes meanwhile.
func TestMembersByPage(t *testing.T) {
	r := newRig(t, nil)
	var want []string
	for i := range 25 {
		want = append(want, enter(t, r.hub, "standup", fmt.Sprint("stays ", i)))
	}
	slices.Sort(want)
	seen := map[string]int{}
	for cursor, n := "", 0; ; n++ {
		page := into[api.Members](t, r, "rooms/standup/members?limit=4&cursor="+cursor)
		if page.Epoch == "" || page.Rev == 0 || len(page.Members) > 4 {
			t.Fatalf("%+v", page)
		}
		for _, m := range page.Members {
			seen[m.ID]++
		}
		if n < 3 {
			enter(t, r.hub, "standup", fmt.Sprint("comes ", n))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for _, id := range want {
		if seen[id] == 0 {
			t.Errorf("%s is on no page", id)
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is on %d pages", id, n)
		}
	}
}

func TestWhereSomebodyIs(t *testing.T) {
	r := newRig(t, nil)
	enter(t, r.hub, "c", "Bo")
	var ada string
	for _, room := range []string{"c", "a", "b"} {
		ada = enter(t, r.hub, room, "Ada")
	}
	first := into[api.Places](t, r, "members/"+ada+"/rooms?limit=2")
	if len(first.Rooms) != 2 || first.Rooms[0].Room != "a" || first.Rooms[1].Room != "b" || first.Rooms[0].Member.Name != "Ada" || first.Next == "" {
		t.Fatalf("%+v", first)
	}
	rest := into[api.Places](t, r, "members/"+ada+"/rooms?cursor="+first.Next)
	if len(rest.Rooms) != 1 || rest.Rooms[0].Room != "c" || rest.Rooms[0].Member.ID != ada || rest.Next != "" {
		t.Errorf("%+v", rest)
	}
	if nowhere := into[api.Places](t, r, "members/AAAAAAAAAAAAAAAA/rooms"); len(nowhere.Rooms) != 0 {
		t.Errorf("%+v", nowhere)
	}
}

// What can't be used is refused with where it is, and without repeating it.
func TestParametersThatCantBeUsed(t *testing.T) {
	r := newRig(t, nil)
	enter(t, r.hub, "a", "Ada")
	enter(t, r.hub, "b", "Ada")
	rooms := into[api.Rooms](t, r, "rooms?limit=1").Next
	for path, location := range map[string]string{
		"rooms?limit=0":                             "query.limit",
		"rooms?limit=1001":                          "query.limit",
		"rooms?limit=-1":                            "query.limit",
		"rooms?limit=many":                          "query.limit",
		"rooms?limit=99999999999999999999999":       "query.limit",
		"rooms?prefix=Secret":                       "query.prefix",
		"rooms?curser=x":                            "query.curser",
		"rooms?cursor=secret":                       "query.cursor",
		"rooms?cursor=" + strings.Repeat("x", 8000): "query.cursor",
		"rooms?cursor=" + memberCursorOf(t, r):      "query.cursor",
		"rooms/a/members?cursor=" + rooms:           "query.cursor",
		"rooms/a/members?cursor=bQ":                 "query.cursor",
		"rooms/Secret":                              "path.room",
		"rooms/" + strings.Repeat("a", 65):          "path.room",
		"rooms/secre\u0301t":                        "path.room",
		"rooms/secr%C3%9Ft/members":                 "path.room",
		"members/secret/rooms":                      "path.id",
		"members/secretsecretsecr/rooms":            "path.id",
	} {
		p := problemOf(t, r.get(path, r.keys[api.ScopeRead]))
		if p.Type != api.Invalid || len(p.Errors) != 1 || p.Errors[0].Location != location || strings.Contains(strings.ToLower(p.Error()), "secret") {
			t.Errorf("%.60s: %+v", path, p)
		}
	}
}

// memberCursorOf returns a cursor of the list of members.
func memberCursorOf(t *testing.T, r *rig) string {
	t.Helper()
	enter(t, r.hub, "full", "Ada")
	enter(t, r.hub, "full", "Bo")
	next := into[api.Members](t, r, "rooms/full/members?limit=1").Next
	if next == "" {
		t.Fatal("no second page")
	}
	return next
}

func TestCallsThatAreNone(t *testing.T) {
	r := newRig(t, nil)
	key := r.keys[api.ScopeRead]
	for _, path := range []string{"", "room", "rooms/", "rooms/a/b", "rooms/a%2Fb", "openapi.yaml", "docs", "schemas/User.json"} {
		if p := problemOf(t, r.get(path, key)); p.Type != api.NotFound {
			t.Errorf("%q: %+v", path, p)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		for _, path := range []string{"rooms", "openapi.json"} {
			res := r.do(method, path, key, "")
			if p := problemOf(t, res); p.Type != api.MethodNotAllowed || !strings.Contains(res.Header.Get("Allow"), "GET") || strings.Contains(res.Header.Get("Access-Control-Allow-Origin"), "*") {
				t.Errorf("%s %s: %+v, %v", method, path, p, res.Header)
			}
		}
	}
	if res := r.do(http.MethodHead, "rooms", key, ""); res.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %s", res.Status)
	}
}
