package wires

import (
	"bytes"
	"encoding/json"
	"fmt"

	"rollcall/bench/crowd"
)

// SocketIO is revision 5 of the Socket.IO protocol over revision 4 of
// Engine.IO, and on it the events of peers/socketio.
type SocketIO struct {
	ids   map[string]int // members by session id
	known known
}

// NewSocketIO makes the wire for one server.
func NewSocketIO() *SocketIO {
	return &SocketIO{ids: map[string]int{}, known: known{}}
}

func (w *SocketIO) Path(string) string { return "/socket.io/?EIO=4&transport=websocket" }

func (w *SocketIO) Decoder(c *crowd.Client) crowd.Decoder {
	return &socketioReader{present: present{client: c}, wire: w}
}

func (w *SocketIO) Join(c *crowd.Client) error {
	return c.Send(fmt.Appendf(nil, `42["got_a_new_user",{"name":%q,"room":%q}]`, c.Name, c.Room))
}

func (w *SocketIO) Ask(room []*crowd.Client) (func() bool, error) { return nobodyAsks(room) }

func (w *SocketIO) Check(room []*crowd.Client) error {
	return checkPresent(room, func(c *crowd.Client) *present { return &c.Decoder().(*socketioReader).present })
}

type socketioReader struct {
	present
	wire *SocketIO
}

func (r *socketioReader) Opened() error { return nil }

// What packets begin with: a digit of Engine.IO, then one of Socket.IO.
var (
	engineOpen   = []byte(`0{`)
	enginePing   = []byte(`2`)
	enginePong   = []byte(`3`)
	connect      = []byte(`40`)
	arrival      = []byte(`42["new_user",`)
	departure    = []byte(`42["disconnect_user",`)
	everybody    = []byte(`42["existing_users",[`)
	everybodyEnd = []byte(`]]`)
)

func (r *socketioReader) Text(data []byte, last bool) (int, error) {
	if !last {
		return 0, nil
	}
	return len(data), r.packet(data)
}

func (r *socketioReader) packet(p []byte) error {
	switch {
	case bytes.HasPrefix(p, arrival):
		member, err := r.wire.known.member(p, r.wire.ids, idOfEvent)
		if err == nil {
			r.arrived(member)
		}
		return err
	case bytes.HasPrefix(p, departure):
		member, err := r.wire.known.member(p, r.wire.ids, idOfEvent)
		if err == nil {
			r.departed(member)
		}
		return err
	case bytes.HasPrefix(p, everybody):
		return r.everybody(p[len(everybody):])
	case bytes.Equal(p, enginePing):
		return r.client.Send(enginePong)
	case bytes.HasPrefix(p, engineOpen):
		return r.client.Send(connect)
	case bytes.HasPrefix(p, connect):
		return r.connected(p[len(connect):])
	}
	return fmt.Errorf("an unexpected packet: %.300q", p)
}

func (r *socketioReader) connected(data []byte) error {
	var session struct{ SID string }
	if err := json.Unmarshal(data, &session); err != nil {
		return fmt.Errorf("connect %q: %w", data, err)
	}
	r.wire.ids[session.SID] = r.client.Member
	r.client.Ready()
	return nil
}

// everybody reads the users of existing_users; data begins with the first.
func (r *socketioReader) everybody(data []byte) error {
	for !bytes.Equal(data, everybodyEnd) {
		end := bytes.IndexByte(data, '}') // no name of ours has one
		if end < 0 {
			return fmt.Errorf("existing_users ends with %.300q", data)
		}
		member, err := r.wire.known.member(data[:end+1], r.wire.ids, idOfUser)
		if err != nil {
			return err
		}
		r.listed(member)
		data = bytes.TrimPrefix(data[end+1:], []byte{','})
	}
	return nil
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
