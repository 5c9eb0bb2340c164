package shared

import "cmp"

// RoomInfo is what a room says of itself, to everybody who sees it. It is set on the
// server's side, or by hosts. A room that says nothing has the zero RoomInfo.
type RoomInfo struct {
	Title string `json:"title"` // "" if it has none; see CleanTitle
	Topic string `json:"topic"` // "" if it has none; see CleanTopic
	// Locked is set while nobody new may join; see CodeLocked.
	Locked bool `json:"locked"`
}

// CheckRoomInfo returns an Error if i is not valid, as received from another server or
// read from a file: title and topic are as CleanTitle and CleanTopic leave them (codes
// bad_title and bad_topic).
func CheckRoomInfo(i RoomInfo) error {
	return cmp.Or(
		checkText(i.Title, CleanTitle, CodeBadTitle, "title"),
		checkText(i.Topic, CleanTopic, CodeBadTopic, "topic"),
	)
}

// HashRoomInfo returns 0 for the zero RoomInfo, and else a hash like HashUser's over the
// fields "", title, topic and, if the room is locked, "locked". The first is empty, unlike
// the id of any member.
func HashRoomInfo(i RoomInfo) Hash {
	if i == (RoomInfo{}) {
		return 0
	}
	h := fnvString(fnvOffset, "")
	h = fnvString(h, i.Title)
	h = fnvString(h, i.Topic)
	if i.Locked {
		h = fnvString(h, "locked")
	}
	return finalize(h)
}

// roomInfo consumes a RoomInfo.
func (p *plain) roomInfo() (i RoomInfo) {
	p.want(`{"title":`)
	i.Title = p.str()
	p.want(`,"topic":`)
	i.Topic = p.str()
	p.want(`,"locked":`)
	if i.Locked = p.have("true"); !i.Locked {
		p.want("false")
	}
	p.want(`}`)
	return i
}
