package ui

import (
	"encoding/json"
	"slices"
	"time"

	"rollcall/shared"
)

// keptItem is who was last seen in the rooms that this browser is in, for when
// there is no network.
const keptItem = "rollcall.kept"

// What is kept on a device of other people is as little as a sheet can be read
// with, and not for long; a room that one leaves is forgotten at once.
const (
	mostKept  = 4  // rooms; the one seen longest ago goes first
	mostNamed = 60 // people of a room, as many as the server's page names
	keptFor   = 7 * 24 * time.Hour
	keepEvery = 10 * time.Second // while the sheet changes
)

// keptRoom is a room as it was last seen here.
type keptRoom struct {
	Room  string        `json:"room"`
	At    int64         `json:"at"`  // ms since 1970, by this device's clock
	You   string        `json:"you"` // the own member's id
	Count int           `json:"count"`
	Users []shared.User `json:"users"` // see picture
	// Note is what the person wants the own card to say and the room has not shown
	// yet; nil if there is nothing of that kind.
	Note *string `json:"note,omitempty"`
}

// keptRooms are by when they were seen, the latest first, each once.
type keptRooms []keptRoom

// parseKept reads what was kept, less what is too old or no room.
func parseKept(text string, now time.Time) (ks keptRooms) {
	if json.Unmarshal([]byte(text), &ks) != nil {
		return nil
	}
	return slices.DeleteFunc(ks, func(k keptRoom) bool {
		age := now.Sub(time.UnixMilli(k.At))
		return shared.CheckRoom(k.Room) != nil || age > keptFor || age < -keptFor
	})
}

func (ks keptRooms) find(room string) *keptRoom {
	if i := slices.IndexFunc(ks, func(k keptRoom) bool { return k.Room == room }); i >= 0 {
		return &ks[i]
	}
	return nil
}

func (ks keptRooms) without(room string) keptRooms {
	return slices.DeleteFunc(slices.Clone(ks), func(k keptRoom) bool { return k.Room == room })
}

// with puts a room to the others, or in the place of what was known of it.
func (ks keptRooms) with(k keptRoom) keptRooms {
	ks = slices.Insert(ks.without(k.Room), 0, k)
	return ks[:min(len(ks), mostKept)]
}

// picture is what is kept of a roster: the first by arrival, and the own member. Of
// others neither status nor note: they are of the moment, and not for later.
func picture(r *shared.Roster, you string) (users []shared.User) {
	for i := range min(r.Len(), mostNamed) {
		if u := r.At(i); u.ID != you {
			users = append(users, shared.User{ID: u.ID, Name: u.Name, JoinedAt: u.JoinedAt})
		}
	}
	if own, here := r.Get(you); here {
		users = append(users, own)
	}
	return users
}

func readKept() keptRooms { return parseKept(local.get(keptItem), time.Now()) }

func (ks keptRooms) write() {
	if len(ks) == 0 {
		local.del(keptItem)
		return
	}
	text, err := json.Marshal(ks)
	if err != nil {
		return // there is nothing in it that could fail
	}
	local.set(keptItem, string(text))
}
