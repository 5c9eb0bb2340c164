package wires

import (
	"bytes"
	"encoding/json"
	"fmt"

	"rollcall/bench/crowd"
)

// NewSocketIO returns the wire of peers/socketio: revision 5 of the Socket.IO protocol
// over revision 4 of Engine.IO. A packet begins with a digit of Engine.IO, then one of
// Socket.IO.
func NewSocketIO() crowd.Wire {
	is := func(text string) func(string) string { return func(string) string { return text } }
	return dialect{
		path:       "/socket.io/?EIO=4&transport=websocket",
		arrival:    is(`42["new_user",`),
		departure:  is(`42["disconnect_user",`),
		roster:     is(`42["existing_users",[`),
		rosterEnd:  `]]`,
		idOfChange: idOfEvent,
		idOfListed: idOfUser,
		join: func(c *crowd.Client) []byte {
			return fmt.Appendf(nil, `42["got_a_new_user",{"name":%q,"room":%q}]`, c.Name, c.Room)
		},
		other: socketioPacket,
	}.wire()
}

func socketioPacket(_ *crowd.Client, p []byte) (answer []byte, id string, err error) {
	switch {
	case string(p) == `2`: // a ping
		return []byte(`3`), "", nil
	case bytes.HasPrefix(p, []byte(`0{`)): // Engine.IO is open
		return []byte(`40`), "", nil
	case bytes.HasPrefix(p, []byte(`40`)): // connected
		var session struct{ SID string }
		err := json.Unmarshal(p[2:], &session)
		return nil, session.SID, err
	}
	return nil, "", fmt.Errorf("an unexpected packet: %.300q", p)
}

func idOfUser(text []byte) (string, error) {
	var u struct{ ID, Name string }
	err := json.Unmarshal(text, &u)
	return u.ID, err
}

// idOfEvent returns the id in a packet with a name and either a user or an id.
func idOfEvent(packet []byte) (string, error) {
	var event []json.RawMessage
	if err := json.Unmarshal(packet[len("42"):], &event); err != nil {
		return "", err
	}
	if len(event) != 2 {
		return "", fmt.Errorf("%d elements", len(event))
	}
	var id string
	if json.Unmarshal(event[1], &id) == nil {
		return id, nil
	}
	return idOfUser(event[1])
}
