package ui

import (
	"encoding/json"
	"slices"
	"time"

	"rollcall/shared"
)

// savedItem holds who was last seen in the rooms of this browser, for when there is no
// network.
const savedItem = "rollcall.kept"

// As little as possible is saved of other people, and not for long. A room that the user
// leaves is deleted at once.
const (
	maxSavedRooms = 4  // rooms; the one seen longest ago is dropped
	maxSavedUsers = 60 // members of a room, as many as the server's page names
	maxSavedAge   = 7 * 24 * time.Hour
	saveInterval  = 10 * time.Second // while the list changes
)

// savedRoom is a room as it was last seen by this browser.
type savedRoom struct {
	Room  string        `json:"room"`
	At    int64         `json:"at"`  // ms since 1970, by this device's clock
	You   string        `json:"you"` // the own member's id
	Count int           `json:"count"`
	Users []shared.User `json:"users"` // see savedUsers
	// Note is the note that the user wants and the room has not shown yet; nil if there
	// is none.
	Note      *string `json:"note,omitempty"`
	NoteUntil int64   `json:"note_until,omitempty"` // the end of Note, as in shared.User
}

// savedRooms has each room once, the one seen last first.
type savedRooms []savedRoom

// parseSaved decodes saved rooms, without those that are too old or have an invalid
// name.
func parseSaved(text string, now time.Time) (ks savedRooms) {
	if json.Unmarshal([]byte(text), &ks) != nil {
		return nil
	}
	return slices.DeleteFunc(ks, func(k savedRoom) bool {
		age := now.Sub(time.UnixMilli(k.At))
		return shared.CheckRoom(k.Room) != nil || age > maxSavedAge || age < -maxSavedAge
	})
}

func (ks savedRooms) find(room string) *savedRoom {
	if i := slices.IndexFunc(ks, func(k savedRoom) bool { return k.Room == room }); i >= 0 {
		return &ks[i]
	}
	return nil
}

func (ks savedRooms) without(room string) savedRooms {
	return slices.DeleteFunc(slices.Clone(ks), func(k savedRoom) bool { return k.Room == room })
}

// with returns the rooms with k added, or replaced.
func (ks savedRooms) with(k savedRoom) savedRooms {
	ks = slices.Insert(ks.without(k.Room), 0, k)
	return ks[:min(len(ks), maxSavedRooms)]
}

// savedUsers returns what is saved of a roster: the first members by arrival, and the
// user. Status and note of others are left out, since they do not stay true.
func savedUsers(r *shared.Roster, you string) (users []shared.User) {
	for i := range min(r.Len(), maxSavedUsers) {
		if u := r.At(i); u.ID != you {
			users = append(users, shared.User{ID: u.ID, Name: u.Name, JoinedAt: u.JoinedAt})
		}
	}
	if own, here := r.Get(you); here {
		users = append(users, own)
	}
	return users
}

func readSaved() savedRooms { return parseSaved(local.get(savedItem), time.Now()) }

func (ks savedRooms) save() {
	if len(ks) == 0 {
		local.del(savedItem)
		return
	}
	text, err := json.Marshal(ks)
	if err != nil {
		return // can't happen with these types
	}
	local.set(savedItem, string(text))
}
