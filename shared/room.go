package shared

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// CheckRoom returns an Error with code bad_room if room can't be the name of a room: 1 to
// MaxRoomRunes code points and at most MaxRoomBytes of letters and digits of any script,
// their marks (at most MaxMarks in a row), and '-'. None of them is an ASCII capital or
// has no glyph. So a name is safe in a path, a log line, a subject of a message broker,
// and a file name.
//
// Only names in their normal form are names of rooms. Package roomname makes and checks
// that, with tables that the browser's program does without.
func CheckRoom(room string) error {
	if room == "" {
		return Errorf(CodeBadRoom, "a room needs a name")
	}
	if len(room) > MaxRoomBytes || utf8.RuneCountInString(room) > MaxRoomRunes {
		return Errorf(CodeBadRoom, "the room's name is too long: make it shorter")
	}
	marks, marked := 0, false // marks in a row, and whether one may stand here
	for _, r := range room {
		switch {
		case RoomLetter(r):
			marks, marked = 0, true
		case r == '-':
			marked = false
		case RoomMark(r) && marked && marks < MaxMarks:
			marks++
		default:
			return Errorf(CodeBadRoom, "%q can't be in a room's name: make the name of letters, digits and -", r)
		}
	}
	return nil
}

// RoomLetter reports whether r may stand anywhere in a room's name: a letter or a digit
// of any script that has a glyph, but no ASCII capital.
func RoomLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	return unicode.In(r, unicode.L, unicode.N) && !unicode.Is(inkless, r)
}

// RoomMark reports whether r is a mark that may follow a letter in a room's name.
func RoomMark(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Mc) && !unicode.Is(inkless, r)
}

// RoomPath returns the path of room's page, escaped as in a URL (RFC 3986 §2.5). base is
// that of the whole site, such as "/" or "/rollcall/".
func RoomPath(base, room string) string {
	if room == Lobby {
		return base
	}
	return base + "r/" + url.PathEscape(room)
}

// AttendancePath returns the path of the page of who was in a room.
func AttendancePath(base, room string) string {
	return strings.TrimSuffix(RoomPath(base, room), "/") + "/attendance"
}

// MissingPath returns the path that answers who is missing in a room within a time, as Missing
// in JSON, if the request has a bearer token (RFC 6750 §2.1) that opens AttendancePath.
func MissingPath(base, room string, from, to time.Time) string {
	return AttendancePath(base, room) + "?" + MissingParam + "&from=" + from.UTC().Format(time.RFC3339) + "&to=" + to.UTC().Format(time.RFC3339)
}

// Missing is what a host in a room is told of who is expected there and has not come. Its texts
// are in the reader's language.
type Missing struct {
	Page  string `json:"page,omitempty"`  // what the page of the attendance is called; "" for who may not see it
	Path  string `json:"path,omitempty"`  // of that page, where it lets in whoever the room has let in
	Text  string `json:"text,omitempty"`  // how many of how many are missing; "" if nobody is expected
	Names string `json:"names,omitempty"` // the first of them, how many there are beside, and whether more may have come than is known
}

// OpenPath returns the path of the page that makes a room's name of any title, in the
// query parameter TitleParam, and leads to that room.
func OpenPath(base string) string { return base + "open" }

// SocketPath returns the path of the WebSocket endpoint of a site at base. The query
// parameter RoomParam names the room.
func SocketPath(base string) string { return base + "ws" }
