package wires

import (
	"bytes"
	"encoding/json"
	"fmt"

	"rollcall/bench/crowd"
)

// Centrifuge is the JSON flavour of centrifuge's bidirectional protocol: one
// or more replies and pushes per message, each on a line.
type Centrifuge struct {
	ids   map[string]int // members by client id
	known known
}

// NewCentrifuge makes the wire for one server.
func NewCentrifuge() *Centrifuge {
	return &Centrifuge{ids: map[string]int{}, known: known{}}
}

func (w *Centrifuge) Path(string) string { return "/connection/websocket" }

func (w *Centrifuge) Decoder(c *crowd.Client) crowd.Decoder {
	return &centrifugeReader{
		present: present{client: c},
		wire:    w,
		join:    fmt.Appendf(nil, `{"push":{"channel":%q,"join":`, c.Room),
		leave:   fmt.Appendf(nil, `{"push":{"channel":%q,"leave":`, c.Room),
	}
}

// Ids of the commands that a client sends.
const (
	connectID   = 1
	subscribeID = 2
	presenceID  = 3
)

func (w *Centrifuge) Join(c *crowd.Client) error {
	return c.Send(fmt.Appendf(nil, `{"id":%d,"subscribe":{"channel":%q}}`, subscribeID, c.Room))
}

func (w *Centrifuge) Ask(room []*crowd.Client) (func() bool, error) { return nobodyAsks(room) }

func (w *Centrifuge) Check(room []*crowd.Client) error {
	return checkPresent(room, func(c *crowd.Client) *present { return &c.Decoder().(*centrifugeReader).present })
}

type centrifugeReader struct {
	present
	wire        *Centrifuge
	join, leave []byte // what the pushes of the room begin with
}

func (r *centrifugeReader) Opened() error {
	return r.client.Send(fmt.Appendf(nil, `{"id":%d,"connect":{"data":{"name":%q}}}`, connectID, r.client.Name))
}

func (r *centrifugeReader) Text(data []byte, last bool) (int, error) {
	if !last {
		return 0, nil
	}
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		if err := r.line(line); err != nil {
			return 0, err
		}
	}
	return len(data), nil
}

var (
	everyone    = fmt.Appendf(nil, `{"id":%d,"presence":{"presence":{`, presenceID)
	everyoneEnd = []byte(`}}}`)
)

func (r *centrifugeReader) line(line []byte) error {
	switch {
	case bytes.HasPrefix(line, r.join):
		member, err := r.wire.known.member(line, r.wire.ids, idOfPush)
		if err == nil {
			r.arrived(member)
		}
		return err
	case bytes.HasPrefix(line, r.leave):
		member, err := r.wire.known.member(line, r.wire.ids, idOfPush)
		if err == nil {
			r.departed(member)
		}
		return err
	case bytes.HasPrefix(line, everyone):
		return r.everyone(line[len(everyone):])
	case len(line) == 0:
		return nil
	}
	return r.reply(line)
}

// everyone reads the members of a presence; data begins with the first. Their
// order is another one each time.
func (r *centrifugeReader) everyone(data []byte) error {
	for !bytes.Equal(data, everyoneEnd) {
		end := bytes.IndexByte(data, '}') // no name of ours has one
		if end < 0 {
			return fmt.Errorf("a presence ends with %.300q", data)
		}
		member, err := r.wire.known.member(data[:end+1], r.wire.ids, idOfPresence)
		if err != nil {
			return err
		}
		r.listed(member)
		data = bytes.TrimPrefix(data[end+1:], []byte{','})
	}
	return nil
}

// reply handles what comes once per client, and pings.
func (r *centrifugeReader) reply(line []byte) error {
	var reply struct {
		ID      int
		Error   *struct{ Message string }
		Connect *struct{ Client string }
		Push    json.RawMessage
	}
	if err := json.Unmarshal(line, &reply); err != nil {
		return fmt.Errorf("%.300q: %w", line, err)
	}
	switch {
	case reply.Error != nil || reply.Push != nil:
		return fmt.Errorf("an unexpected reply: %.300q", line)
	case reply.Connect != nil:
		r.wire.ids[reply.Connect.Client] = r.client.Member
		r.client.Ready()
		return nil
	case reply.ID == subscribeID:
		return r.client.Send(fmt.Appendf(nil, `{"id":%d,"presence":{"channel":%q}}`, presenceID, r.client.Room))
	case reply.ID == 0:
		return nil // a ping; two that waited behind a storm may not be answered, see bench/peers
	}
	return fmt.Errorf("an unexpected reply: %.300q", line)
}

type clientInfo struct{ Client, User string }

func idOfPush(text []byte) (string, error) {
	var reply struct {
		Push struct{ Join, Leave *struct{ Info clientInfo } }
	}
	err := json.Unmarshal(text, &reply)
	if reply.Push.Join != nil {
		return reply.Push.Join.Info.Client, err
	}
	if reply.Push.Leave != nil {
		return reply.Push.Leave.Info.Client, err
	}
	return "", err
}

func idOfPresence(text []byte) (string, error) {
	var infos map[string]clientInfo
	err := json.Unmarshal(append(append([]byte{'{'}, text...), '}'), &infos)
	for id, info := range infos {
		if id == info.Client {
			return id, err
		}
	}
	return "", err
}
