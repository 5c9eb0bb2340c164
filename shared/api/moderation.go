package api

import (
	"encoding/json"
	"errors"

	"rollcall/shared"
)

// RoomChange is what is to change of a room. A nil field stays as it is.
type RoomChange struct {
	Title  *string `json:"title,omitempty" maxLength:"256" doc:"What the room is to be called: as a name of a member, of at most 64 characters. Empty for only its name." example:"Stand-up"`
	Topic  *string `json:"topic,omitempty" maxLength:"560" doc:"What the room is about, in at most 140 characters. Empty to say nothing." example:"Who does what today?"`
	Locked *bool   `json:"locked,omitempty" doc:"Whether nobody new may join. Who is in the room stays."`
}

// UnmarshalJSON returns an error for null, with which a caller may mean that a field is to
// stay as well as that it is to be removed.
func (c *RoomChange) UnmarshalJSON(text []byte) error {
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for name, value := range fields {
		if value == nil {
			return errors.New(name + " is null: leave it out, or give it a value")
		}
	}
	type plain RoomChange // without this method
	return json.Unmarshal(text, (*plain)(c))
}

// RoomChanged is what a room says of itself after a RoomChange.
type RoomChanged struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	shared.RoomInfo
	Incomplete
}

// AnnouncementRequest is a line that everybody in a room is to be shown.
type AnnouncementRequest struct {
	Text string `json:"text" minLength:"1" maxLength:"1120" doc:"The text, of at most 280 characters in one line. It is shown as it is: there is no markup." example:"The fire drill begins in five minutes."`
}

// Announced is the answer to an AnnouncementRequest.
type Announced struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	By   string `json:"by" doc:"In whose name it was announced." example:"ci"`
	Incomplete
}

// Ban keeps somebody out of a room.
type Ban struct {
	ID      string `json:"id" doc:"Who is banned: the id of a member." example:"MFZWIZTHNBVGWMJU"`
	Name    string `json:"name" doc:"What they were called in the room; empty if they were not there."`
	From    int64  `json:"from" minimum:"0" doc:"Since when, in milliseconds since the Unix epoch."`
	Until   int64  `json:"until" minimum:"0" doc:"Until when, in milliseconds since the Unix epoch."`
	By      string `json:"by" doc:"By whose word: the name of a key, or the name in a token or else its id." example:"ci"`
	Reason  string `json:"reason" doc:"What was said about it; empty if nothing."`
	Address bool   `json:"address" doc:"Whether it also keeps out whoever is new in the room and comes from where they came from."`
}

// Removed is the answer to the call that removes somebody from a room.
type Removed struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	ID   string `json:"id" doc:"Who was removed: the id of a member." example:"MFZWIZTHNBVGWMJU"`
	Ban  *Ban   `json:"ban,omitempty" doc:"The ban; missing if none was asked for."`
	Incomplete
}

// BanAnswer is the answer of the call get-ban.
type BanAnswer struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	Ban
	Incomplete
}

// Bans is a page of the bans of a room that are in force, by id.
type Bans struct {
	Bans []Ban `json:"bans" nullable:"false" doc:"The bans that are in force, by id."`
	More
	Incomplete
}

// Unbanned is the answer of the call delete-ban.
type Unbanned struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	ID   string `json:"id" doc:"Who may join again: the id of a member." example:"MFZWIZTHNBVGWMJU"`
	Incomplete
}

// Erased says what was erased of somebody.
type Erased struct {
	ID   string `json:"id" doc:"Of whom: the id of a member." example:"MFZWIZTHNBVGWMJU"`
	Rows int64  `json:"rows" minimum:"0" doc:"How many rows of the database were deleted or emptied: visits, entries of lists of who is expected, marks, and what bans say."`
	Bans int    `json:"bans" minimum:"0" doc:"Of how many bans the name, the reason and the addresses were removed. They stay in force."`
}
