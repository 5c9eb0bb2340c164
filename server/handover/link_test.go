package handover

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rollcall/server/hub"
	"rollcall/shared"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mute is a client that discards everything.
type mute struct{}

func (mute) Write([][]byte) error           { return nil }
func (mute) Close(shared.CloseCode, string) {}

// start returns a hub that has entered a handover in dir, its link, and a function that closes
// both.
func start(t *testing.T, dir string) (*hub.Hub, *Link, func()) {
	t.Helper()
	l := New(dir, slog.New(slog.DiscardHandler))
	h := hub.New(hub.Config{Mesh: l.Mesh()})
	if err := l.Enter(h); err != nil {
		t.Fatal(err)
	}
	return h, l, func() { h.Close(); l.Close() }
}

func join(t *testing.T, h *hub.Hub, name string) *hub.Session {
	t.Helper()
	s, err := h.Connect("lobby", mute{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: "the-secret-key-of-" + name}))
	return s
}

func await(t *testing.T, h *hub.Hub, names ...string) {
	t.Helper()
	want, _ := json.Marshal(names)
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // between looks
		shown := []string{}
		for _, u := range h.View("lobby", 10).Users {
			shown = append(shown, u.Name)
		}
		slices.Sort(shown)
		got, _ := json.Marshal(shown)
		if string(got) == string(want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("shown: %s, want %s", got, want)
		}
	}
}

func TestTwoShowTheUnion(t *testing.T) {
	dir := t.TempDir()
	old, oldLink, endOld := start(t, dir)
	join(t, old, "Ada")
	next, nextLink, endNext := start(t, dir)
	defer endNext()
	bo := join(t, next, "Bo")
	await(t, next, "Ada", "Bo")
	await(t, old, "Ada", "Bo")
	if !oldLink.Linked() || !nextLink.Linked() {
		t.Error("not linked")
	}
	bo.Receive(shared.Encode(shared.Leave{}))
	await(t, old, "Ada")
	join(t, next, "Ada") // has moved
	join(t, next, "Cy")
	endOld()
	await(t, next, "Ada", "Cy")
	for nextLink.Linked() {
		time.Sleep(time.Millisecond) // between looks
	}
	join(t, next, "Ada").Receive(shared.Encode(shared.Leave{})) // is not held for the old one's sake
	await(t, next, "Cy")
}

func TestAFileServesOnceAndSoon(t *testing.T) {
	dir := t.TempDir()
	left := func() {
		h, l, end := start(t, dir)
		join(t, h, "Ada")
		if err := l.Leave(); err != nil {
			t.Fatal(err)
		}
		end()
	}
	left()
	h, _, end := start(t, dir)
	join(t, h, "Bo")
	await(t, h, "Ada", "Bo")
	end()
	h, _, end = start(t, dir) // the file has served
	join(t, h, "Bo")
	await(t, h, "Bo")
	end()

	left()
	file := filepath.Join(dir, "rooms")
	past := time.Now().Add(-2 * maxAge)
	if err := os.Chtimes(file, past, past); err != nil {
		t.Fatal(err)
	}
	h, _, end = start(t, dir)
	join(t, h, "Bo")
	await(t, h, "Bo")
	end()

	for _, broken := range []string{"", "{", `{"node":"x"}`} {
		if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		h, _, end := start(t, dir)
		join(t, h, "Bo")
		await(t, h, "Bo")
		end()
	}
}

// What rooms say of themselves is handed over, too, by the connection and in the file, and
// a locked room stays locked.
func TestWhatARoomSaysIsHandedOver(t *testing.T) {
	dir := t.TempDir()
	info := shared.RoomInfo{Title: "Stand-up", Locked: true}
	says := func(h *hub.Hub) {
		t.Helper()
		for end := time.Now().Add(time.Minute); h.View("lobby", 0).Info != info; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the room says %+v, want %+v", h.View("lobby", 0).Info, info)
			}
		}
	}
	first, _, endFirst := start(t, dir)
	join(t, first, "Ada")
	if err := first.SetRoomInfo("lobby", info); err != nil {
		t.Fatal(err)
	}
	second, secondLink, endSecond := start(t, dir)
	join(t, second, "Ada")
	says(second)
	info.Topic = "from the second"
	if err := second.SetRoomInfo("lobby", info); err != nil {
		t.Fatal(err)
	}
	says(first)
	endFirst()
	says(second)
	for secondLink.Linked() {
		time.Sleep(time.Millisecond) // between looks
	}
	if err := secondLink.Leave(); err != nil {
		t.Fatal(err)
	}
	endSecond()
	third, _, endThird := start(t, dir)
	defer endThird()
	stranger := join(t, third, "Bo")
	join(t, third, "Ada")
	says(third)
	await(t, third, "Ada")
	if o := stranger.Outcome(); o.Code != shared.CodeLocked {
		t.Errorf("the stranger's join ended with %+v", o)
	}
}

// All that is known of a member is handed over, by the connection and in the file.
func TestAMemberIsHandedOverWhole(t *testing.T) {
	dir := t.TempDir()
	info, err := shared.NewInfo(map[string]string{"team": "red"})
	if err != nil {
		t.Fatal(err)
	}
	known := &hub.Identity{ID: shared.MemberID("the-secret-key-of-Ada"), Role: shared.RoleHost, Info: info}
	enter := func(h *hub.Hub) *hub.Session {
		s, err := h.ConnectAs("lobby", mute{}, known)
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
		return s
	}
	first, _, endFirst := start(t, dir)
	s := enter(first)
	s.Receive(shared.Encode(shared.UpdateUser{Note: new("lunch"), Status: new(shared.StatusIdle)}))
	ada := first.View("lobby", 1).Users[0]
	if ada.StatusSince <= ada.JoinedAt || ada.Role != shared.RoleHost || ada.Info != info || ada.Note != "lunch" {
		t.Fatalf("at first %+v is shown", ada)
	}
	shows := func(what string, h *hub.Hub) {
		t.Helper()
		if v := h.View("lobby", 2); len(v.Users) != 1 || v.Users[0] != ada {
			t.Errorf("%s shows %+v, want %+v", what, v.Users, ada)
		}
	}
	s.End(shared.ReasonClosed) // and comes back to the second, with the number of devices of before
	second, secondLink, endSecond := start(t, dir)
	s = enter(second)
	shows("the second", second)
	endFirst()
	for secondLink.Linked() {
		time.Sleep(time.Millisecond) // between looks
	}
	shows("the second alone", second)
	s.End(shared.ReasonClosed)
	if err := secondLink.Leave(); err != nil {
		t.Fatal(err)
	}
	endSecond()
	third, _, endThird := start(t, dir)
	defer endThird()
	enter(third)
	shows("the third", third)
}

// Bans and kicks are handed over, by the connection and in the file, also of rooms that nobody
// is in, and so is the end of a ban.
func TestBansAreHandedOver(t *testing.T) {
	dir := t.TempDir()
	ada := shared.MemberID("the-secret-key-of-Ada")
	ban := func(h *hub.Hub, room string) {
		t.Helper()
		if err := h.Ban(hub.Ban{Room: room, ID: ada, Until: time.Now().Add(time.Hour).UnixMilli(), Reason: "loud"}); err != nil {
			t.Fatal(err)
		}
	}
	knows := func(h *hub.Hub, rooms ...string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // between looks
			var banned []string
			for _, room := range []string{"garden", "kitchen", "lobby"} {
				if b, ok := h.BanOf(room, ada); ok && b.Reason == "loud" {
					banned = append(banned, room)
				}
			}
			if slices.Equal(banned, rooms) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("banned from %v, want %v", banned, rooms)
			}
		}
	}
	first, _, endFirst := start(t, dir)
	ban(first, "lobby")
	ban(first, "kitchen")
	join(t, first, "Bo")
	bo := first.View(shared.Lobby, 1).Users[0]
	if found, err := first.Kick(shared.Lobby, bo.ID, "", "loud"); !found || err != nil {
		t.Fatal(found, err)
	}
	second, secondLink, endSecond := start(t, dir)
	knows(second, "kitchen", "lobby")
	ban(second, "garden")
	knows(first, "garden", "kitchen", "lobby")
	if _, err := first.Unban("kitchen", ada, ""); err != nil {
		t.Fatal(err)
	}
	knows(second, "garden", "lobby")
	endFirst()
	for secondLink.Linked() {
		time.Sleep(time.Millisecond) // between looks
	}
	if err := secondLink.Leave(); err != nil {
		t.Fatal(err)
	}
	endSecond()
	third, _, endThird := start(t, dir)
	defer endThird()
	knows(third, "garden", "lobby")
	if o := join(t, third, "Ada").Outcome(); o.Code != shared.CodeBanned {
		t.Errorf("Ada's join ended with %+v", o)
	}
	s, err := third.Connect(shared.Lobby, mute{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: "Bo", Key: "the-secret-key-of-Bo", JoinedAt: bo.JoinedAt}))
	if o := s.Outcome(); o.Code != shared.CodeKicked {
		t.Errorf("Bo, who was kicked, comes back: %+v", o)
	}
}
