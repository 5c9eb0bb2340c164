package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/shared"
)

func savedAt(room string, at time.Time) savedRoom {
	return savedRoom{Room: room, At: at.UnixMilli(), Count: 1}
}

// At most maxSavedRooms are saved, each once, the one seen last first.
func TestSavedRoomsAreBounded(t *testing.T) {
	now := time.Now()
	var ks savedRooms
	for i := range 3 * maxSavedRooms {
		ks = ks.with(savedAt(fmt.Sprintf("room-%d", i), now))
	}
	ks = ks.with(savedAt("room-9", now))
	var rooms []string
	for _, k := range ks {
		rooms = append(rooms, k.Room)
	}
	if want := []string{"room-9", "room-11", "room-10", "room-8"}; !slices.Equal(rooms, want) {
		t.Errorf("kept are %q, want %q", rooms, want)
	}
	if left := ks.without("room-9"); left.find("room-9") != nil || len(left) != maxSavedRooms-1 || ks.find("room-9") == nil {
		t.Errorf("without room-9 they are %v", left)
	}
}

// Entries that are too old are dropped, and text that can't be decoded is empty.
func TestSavedRoomsGrowOld(t *testing.T) {
	now := time.Now()
	text, err := json.Marshal(savedRooms{
		savedAt("fresh", now.Add(-maxSavedAge+time.Minute)), savedAt("old", now.Add(-maxSavedAge-time.Minute)),
		savedAt("future", now.Add(2*maxSavedAge)), savedAt("No Room", now),
	})
	if err != nil {
		t.Fatal(err)
	}
	if ks := parseSaved(string(text), now); len(ks) != 1 || ks.find("fresh") == nil {
		t.Errorf("kept are %v", ks)
	}
	for _, text := range []string{"", "{", `{"room":1}`, "null", `[{"room":["x"]}]`} {
		if ks := parseSaved(text, now); len(ks) != 0 {
			t.Errorf("%q keeps %v", text, ks)
		}
	}
}

// Of a large room the first members and the user are saved; of others neither status nor
// note.
func TestLittleIsSavedOfOthers(t *testing.T) {
	var users []shared.User
	for i := range 3 * maxSavedUsers {
		users = append(users, shared.User{
			ID: fmt.Sprintf("ID%03d", i), Name: fmt.Sprint("Person ", i), Status: shared.StatusIdle, Note: "at lunch", JoinedAt: int64(i),
		})
	}
	var r shared.Roster
	if err := r.Apply(shared.ExistingUsers{Room: "r", Epoch: "e", Users: users}); err != nil {
		t.Fatal(err)
	}
	you := users[2*maxSavedUsers]
	kept := savedUsers(&r, you.ID)
	if len(kept) != maxSavedUsers+1 || kept[maxSavedUsers] != you {
		t.Fatalf("%d are kept, the last is %v", len(kept), kept[len(kept)-1])
	}
	for i, u := range kept[:maxSavedUsers] {
		if want := (shared.User{ID: users[i].ID, Name: users[i].Name, JoinedAt: int64(i)}); u != want {
			t.Errorf("kept is %+v, want %+v", u, want)
		}
	}
	if again := savedUsers(&r, users[3].ID); len(again) != maxSavedUsers {
		t.Errorf("one of the first is kept twice: %d", len(again))
	}
}
