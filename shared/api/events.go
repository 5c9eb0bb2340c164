package api

import (
	"errors"
	"time"

	"rollcall/shared"
)

// The types of events. Those that begin with "stream." are about the stream that they come
// in, and have neither an id nor a node.
const (
	RoomOccupied  = "room.occupied"  // somebody is in a room that nobody was in
	RoomVacated   = "room.vacated"   // nobody is in it any more
	MemberJoined  = "member.joined"  // somebody arrived
	MemberUpdated = "member.updated" // anything of them changed
	MemberLeft    = "member.left"    // they are gone
	AttendanceGap = "attendance.gap" // events are missing: of a room, or with "" of all

	StreamFrom  = "stream.from"  // the first event: from where on events follow
	StreamCheck = "stream.check" // how a room is after all events so far
	StreamEnd   = "stream.end"   // the last event: why no more follow
)

// Event is what happened in a room. The same event may be told twice, with the same ID.
type Event struct {
	ID        string    `json:"id,omitempty" doc:"Identifies the event; one that is told again, even by another node, has the same id. Missing for events about the stream."`
	Type      string    `json:"type" enum:"room.occupied,room.vacated,member.joined,member.updated,member.left,attendance.gap,stream.from,stream.check,stream.end" doc:"What happened. Types may be added."`
	Timestamp time.Time `json:"timestamp" doc:"When it happened."`
	Node      string    `json:"node,omitempty" doc:"The node that tells the event: one life of it, so that a restarted server has another. Missing for events about the stream."`
	Seq       uint64    `json:"seq,omitempty" minimum:"0" doc:"Counts the events that the node has told, from 1, over all rooms. If a stream of all rooms lacks a number, that event is missing."`
	Data      EventData `json:"data"`

	Cursor string `json:"-"` // where a stream continues after the event; only Client.Follow sets it
}

// ErrStreamEnded is the error of a stream that ended before it said why.
var ErrStreamEnded = errors.New("the stream of events has ended")

// EventData is what an event is about.
type EventData struct {
	Room     string        `json:"room" doc:"The name of the room; empty if the event is about all of them." example:"standup"`
	Member   *shared.User  `json:"member,omitempty" doc:"Who joined, changed or left, as they are after that, or were before they left."`
	Count    int           `json:"count" minimum:"0" doc:"The number of people in the room after the event."`
	Hash     shared.Hash   `json:"hash" doc:"The XOR of the hashes of these people, as the protocol of the WebSocket has them, without what the room says of itself."`
	Reason   shared.Reason `json:"reason,omitempty" doc:"Why they left, or why the stream ends."`
	LastSeen int64         `json:"last_seen,omitempty" minimum:"0" doc:"When who left gave the last sign of life, in milliseconds since the Unix epoch, if that is known."`

	From         string   `json:"from,omitempty" doc:"The cursor from which on events follow."`
	Lost         bool     `json:"lost,omitempty" doc:"Whether events are missing between the cursor that was asked for and this one."`
	Truth        string   `json:"truth,omitempty" doc:"If events are missing: the call that says how everything is now, relative to the API."`
	MissingNodes []string `json:"missing_nodes,omitempty" nullable:"false" doc:"The names of the nodes that did not answer, whose events follow once they do."`
	Kept
}
