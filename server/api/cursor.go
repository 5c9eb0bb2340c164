package api

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"rollcall/server/events"
	"rollcall/server/hub"
	"rollcall/shared"
)

// A cursor names the last element of a page; the next page begins after it. It is a letter
// for the kind of the list and then the element, in base64 so that callers do not depend on
// its form.
const (
	cursorRooms   = "r"
	cursorMembers = "m"
	cursorBans    = "b"
	cursorEvents  = "e"
)

var errCursor = invalid("query.cursor", "is not the next of an answer of this call")

// roomCursor returns the cursor of the page after a room.
func roomCursor(room string) string { return encodeCursor(cursorRooms, room) }

// parseRoomCursor returns the room in a cursor; "" if there is no cursor.
func parseRoomCursor(cursor string) (room string, err error) {
	if cursor == "" {
		return "", nil
	}
	if room, err = decodeCursor(cursorRooms, cursor); err != nil || shared.CheckRoom(room) != nil {
		return "", errCursor
	}
	return room, nil
}

// memberCursor returns the cursor of the page after a member.
func memberCursor(u shared.User) string {
	return encodeCursor(cursorMembers, fmt.Sprintf("%d %s", u.JoinedAt, u.ID))
}

// parseMemberCursor returns the position in a cursor; the zero Position if there is no cursor.
func parseMemberCursor(cursor string) (p hub.Position, err error) {
	if cursor == "" {
		return p, nil
	}
	text, err := decodeCursor(cursorMembers, cursor)
	if err != nil {
		return p, errCursor
	}
	joined, id, _ := strings.Cut(text, " ")
	if p.JoinedAt, err = strconv.ParseInt(joined, 10, 64); err != nil || shared.CheckID(id) != nil {
		return p, errCursor
	}
	p.ID = id
	if memberCursor(shared.User{JoinedAt: p.JoinedAt, ID: id}) != cursor { // +5 and 05 are read as 5
		return hub.Position{}, errCursor
	}
	return p, nil
}

// banCursor returns the cursor of the page after the ban of a member.
func banCursor(id string) string { return encodeCursor(cursorBans, id) }

// parseBanCursor returns the member in a cursor; "" if there is no cursor.
func parseBanCursor(cursor string) (id string, err error) {
	if cursor == "" {
		return "", nil
	}
	if id, err = decodeCursor(cursorBans, cursor); err != nil || shared.CheckID(id) != nil {
		return "", errCursor
	}
	return id, nil
}

// eventCursor returns the cursor of the events after places.
func eventCursor(p events.Places) string { return encodeCursor(cursorEvents, p.String()) }

// parseEventCursor returns the places in a cursor; nil if there is no cursor.
func parseEventCursor(cursor string) (p events.Places, err error) {
	if cursor == "" {
		return nil, nil
	}
	text, err := decodeCursor(cursorEvents, cursor)
	if err == nil {
		p, err = events.ParsePlaces(text)
	}
	if err != nil {
		return nil, invalid("query.last_event_id", "is not the id of an event, nor the events_from of an answer")
	}
	return p, nil
}

func encodeCursor(kind, text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + text))
}

func decodeCursor(kind, cursor string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || !strings.HasPrefix(string(text), kind) {
		return "", errCursor
	}
	rest := string(text[len(kind):])
	if encodeCursor(kind, rest) != cursor { // the decoder passes over line breaks, even when strict
		return "", errCursor
	}
	return rest, nil
}
