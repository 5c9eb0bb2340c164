package api

import "rollcall/shared"

// Path is the path of the API, relative to the base path of the server.
const Path = "api/v1/"

// MaxLimit is the most elements that a page of a list has.
const MaxLimit = 1000

// Room is a room as it is now.
type Room struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	shared.RoomInfo
	Members  int   `json:"members" minimum:"0" doc:"The number of people in the room. Each counts once, however many connections they have, to however many nodes."`
	Sessions int   `json:"sessions" minimum:"0" doc:"The number of connections of these people."`
	Watchers int   `json:"watchers" minimum:"0" doc:"The number of connections that have watched the room for 10 seconds without being in it."`
	Since    int64 `json:"since" minimum:"0" doc:"When the room was last empty, in milliseconds since the Unix epoch; 0 if it is empty now."`
}

// Incomplete is the part of an answer that says whether it is complete.
type Incomplete struct {
	MissingNodes []string `json:"missing_nodes" nullable:"false" doc:"The names of the nodes that did not answer, so that what only they know is missing, and they may not have heard what was done; empty if all answered."`
}

// Kept is the part of an answer that says whether attendance is taken.
type Kept struct {
	AttendanceKept int64 `json:"attendance_kept,omitempty" minimum:"0" doc:"For how many seconds the server keeps from when to when somebody was in a room. Missing if no attendance is taken."`
}

// RoomAnswer is the answer of the call get-room.
type RoomAnswer struct {
	Room
	Kept
	Incomplete
}

// Rooms is a page of the rooms that somebody is in, by name.
type Rooms struct {
	Rooms []Room `json:"rooms" nullable:"false" doc:"The rooms that somebody is in, by name."`
	More
	Followed
	Incomplete
}

// More is the part of an answer that says where the next page begins.
type More struct {
	Next string `json:"next" doc:"The cursor of the next page; empty on the last."`
}

// Followed is the part of an answer that says from where on a stream of events continues it.
type Followed struct {
	EventsFrom string `json:"events_from" doc:"The cursor of the event stream that continues this answer: whoever follows from there misses nothing, and may be told again what this answer has already. Take that of the first page."`
}

// Members is a page of the people in a room, by arrival.
type Members struct {
	Members []shared.User `json:"members" nullable:"false" doc:"The people in the room, by arrival."`
	Epoch   string        `json:"epoch" doc:"The epoch of rev, on the node that answered; empty if nobody is in the room."`
	Rev     uint64        `json:"rev" doc:"The revision of the room's roster, as in the protocol of the WebSocket."`
	More
	Followed
	Incomplete
}

// Place is a room that a member is in, and how they are shown there.
type Place struct {
	Room   string      `json:"room" doc:"The name of the room." example:"standup"`
	Member shared.User `json:"member"`
}

// Places is a page of the rooms that a member is in, by name.
type Places struct {
	Rooms []Place `json:"rooms" nullable:"false" doc:"The rooms that the member is in, by name."`
	More
	Incomplete
}
