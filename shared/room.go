package shared

// CheckRoom reports, as an Error with code bad_room, why room is not the name
// of a room: 1 to MaxRoomBytes of a-z, 0-9 and '-'.
func CheckRoom(room string) error {
	if room == "" {
		return Errorf(CodeBadRoom, "a room needs a name")
	}
	if len(room) > MaxRoomBytes {
		return Errorf(CodeBadRoom, "a room's name has at most %d characters", MaxRoomBytes)
	}
	for _, c := range []byte(room) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return Errorf(CodeBadRoom, "a room's name has only the characters a to z, 0 to 9 and -")
		}
	}
	return nil
}

// RoomPath is the address of room's page. base is that of the whole site, as in
// "/" or "/rollcall/".
func RoomPath(base, room string) string {
	if room == Lobby {
		return base
	}
	return base + "r/" + room
}

// SocketPath is where a site at base offers the wire; the room is in its query.
func SocketPath(base string) string { return base + "ws" }
