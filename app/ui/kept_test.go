package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/shared"
)

func keptAt(room string, at time.Time) keptRoom {
	return keptRoom{Room: room, At: at.UnixMilli(), Count: 1}
}

// No more rooms are kept than is said, those seen last first, each once.
func TestKeptRoomsAreBounded(t *testing.T) {
	now := time.Now()
	var ks keptRooms
	for i := range 3 * mostKept {
		ks = ks.with(keptAt(fmt.Sprintf("room-%d", i), now))
	}
	ks = ks.with(keptAt("room-9", now))
	var rooms []string
	for _, k := range ks {
		rooms = append(rooms, k.Room)
	}
	if want := []string{"room-9", "room-11", "room-10", "room-8"}; !slices.Equal(rooms, want) {
		t.Errorf("kept are %q, want %q", rooms, want)
	}
	if left := ks.without("room-9"); left.find("room-9") != nil || len(left) != mostKept-1 || ks.find("room-9") == nil {
		t.Errorf("without room-9 they are %v", left)
	}
}

// What is too old is forgotten, and what can't be read is nothing.
func TestKeptRoomsGrowOld(t *testing.T) {
	now := time.Now()
	text, err := json.Marshal(keptRooms{
		keptAt("fresh", now.Add(-keptFor+time.Minute)), keptAt("old", now.Add(-keptFor-time.Minute)),
		keptAt("future", now.Add(2*keptFor)), keptAt("No Room", now),
	})
	if err != nil {
		t.Fatal(err)
	}
	if ks := parseKept(string(text), now); len(ks) != 1 || ks.find("fresh") == nil {
		t.Errorf("kept are %v", ks)
	}
	for _, text := range []string{"", "{", `{"room":1}`, "null", `[{"room":["x"]}]`} {
		if ks := parseKept(text, now); len(ks) != 0 {
			t.Errorf("%q keeps %v", text, ks)
		}
	}
}

// Of a large room the first are kept, and the person; of others neither status
// nor note.
func TestPictureSaysLittle(t *testing.T) {
	var users []shared.User
	for i := range 3 * mostNamed {
		users = append(users, shared.User{
			ID: fmt.Sprintf("ID%03d", i), Name: fmt.Sprint("Person ", i), Status: shared.StatusIdle, Note: "at lunch", JoinedAt: int64(i),
		})
	}
	var r shared.Roster
	if err := r.Apply(shared.ExistingUsers{Room: "r", Epoch: "e", Users: users}); err != nil {
		t.Fatal(err)
	}
	you := users[2*mostNamed]
	kept := picture(&r, you.ID)
	if len(kept) != mostNamed+1 || kept[mostNamed] != you {
		t.Fatalf("%d are kept, the last is %v", len(kept), kept[len(kept)-1])
	}
	for i, u := range kept[:mostNamed] {
		if want := (shared.User{ID: users[i].ID, Name: users[i].Name, JoinedAt: int64(i)}); u != want {
			t.Errorf("kept is %+v, want %+v", u, want)
		}
	}
	if again := picture(&r, users[3].ID); len(again) != mostNamed {
		t.Errorf("one of the first is kept twice: %d", len(again))
	}
}
