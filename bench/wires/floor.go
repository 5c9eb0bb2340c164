package wires

import (
	"fmt"

	"rollcall/bench/crowd"
)

// Floor is what peers/floor speaks: a connection is in its room from the
// beginning, one word announces it, and everybody else gets one of two fixed
// messages.
type Floor struct{}

// The messages of the floor. Those of the server are as long as what Rollcall
// sends for the same.
const (
	FloorAnnounce = "come"
	FloorArrival  = `{"event":"new_user","data":{"rev":1234,"user":{"id":"ABCDEFGHIJKLMNOP","name":"member-01234","status":"active","joined_at":1700000000000}}}`
	FloorLeaving  = `{"event":"disconnect_user","data":{"rev":1234,"id":"ABCDEFGHIJKLMNOP","reason":"closed"}}`
)

func (Floor) Path(room string) string { return "/" + room }

func (Floor) Decoder(c *crowd.Client) crowd.Decoder { return floorReader{c} }

func (Floor) Join(c *crowd.Client) error { return c.Send([]byte(FloorAnnounce)) }

func (Floor) Ask(room []*crowd.Client) (func() bool, error) { return nobodyAsks(room) }

// Check has nothing to compare: the floor keeps no roster.
func (Floor) Check([]*crowd.Client) error { return nil }

type floorReader struct{ client *crowd.Client }

func (r floorReader) Opened() error {
	r.client.Ready()
	return nil
}

func (r floorReader) Text(data []byte, last bool) (int, error) {
	switch {
	case !last:
		return 0, nil
	case string(data) == FloorArrival:
		r.client.Counted(1)
	case string(data) == FloorLeaving:
		r.client.Counted(-1)
	default:
		return 0, fmt.Errorf("an unexpected message: %.300q", data)
	}
	return len(data), nil
}
