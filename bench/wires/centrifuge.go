package wires

import (
	"encoding/json"
	"fmt"

	"rollcall/bench/crowd"
)

// Ids of the commands that a client of centrifuge sends.
const (
	connectID   = 1
	subscribeID = 2
	presenceID  = 3
)

// NewCentrifuge returns the wire of the JSON flavour of centrifuge's bidirectional
// protocol: one or more replies and pushes per message, each on a line.
func NewCentrifuge() crowd.Wire {
	return dialect{
		path:      "/connection/websocket",
		arrival:   func(room string) string { return fmt.Sprintf(`{"push":{"channel":%q,"join":`, room) },
		departure: func(room string) string { return fmt.Sprintf(`{"push":{"channel":%q,"leave":`, room) },
		roster:    func(string) string { return fmt.Sprintf(`{"id":%d,"presence":{"presence":{`, presenceID) },
		rosterEnd: `}}}`, idOfChange: idOfPush, idOfListed: idOfPresence,
		opened: func(c *crowd.Client) error {
			return c.Send(fmt.Appendf(nil, `{"id":%d,"connect":{"data":{"name":%q}}}`, connectID, c.Name))
		},
		join: func(c *crowd.Client) []byte {
			return fmt.Appendf(nil, `{"id":%d,"subscribe":{"channel":%q}}`, subscribeID, c.Room)
		},
		other: centrifugeReply,
	}.wire()
}

// centrifugeReply handles what comes once per client, and pings, which are not answered:
// see bench/peers.
func centrifugeReply(c *crowd.Client, line []byte) (answer []byte, id string, err error) {
	var reply struct {
		ID      int
		Error   *struct{ Message string }
		Connect *struct{ Client string }
		Push    json.RawMessage
	}
	if err := json.Unmarshal(line, &reply); err != nil {
		return nil, "", fmt.Errorf("%.300q: %w", line, err)
	}
	switch {
	case reply.Error != nil || reply.Push != nil:
	case reply.Connect != nil:
		return nil, reply.Connect.Client, nil
	case reply.ID == subscribeID:
		return fmt.Appendf(nil, `{"id":%d,"presence":{"channel":%q}}`, presenceID, c.Room), "", nil
	case reply.ID == 0:
		return nil, "", nil
	}
	return nil, "", fmt.Errorf("an unexpected reply: %.300q", line)
}

type clientInfo struct{ Client, User string }

func idOfPush(text []byte) (string, error) {
	var reply struct {
		Push struct{ Join, Leave struct{ Info clientInfo } }
	}
	err := json.Unmarshal(text, &reply)
	return reply.Push.Join.Info.Client + reply.Push.Leave.Info.Client, err
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
