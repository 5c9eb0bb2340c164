package wires

import (
	"fmt"

	"rollcall/bench/crowd"
)

// Floor is the wire of peers/floor: a connection is in its room from the beginning, a
// word announces it, and the others receive one of two fixed messages.
type Floor struct{ crowd.Unasked }

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

// Check does nothing: the floor has no roster.
func (Floor) Check(_, _ []*crowd.Client) error { return nil }

type floorReader struct{ client *crowd.Client }

func (r floorReader) Opened() error { return r.client.Ready() }

func (r floorReader) Text(message []byte) error {
	switch string(message) {
	case FloorArrival:
		r.client.Counted(1)
	case FloorLeaving:
		r.client.Counted(-1)
	default:
		return fmt.Errorf("an unexpected message: %.300q", message)
	}
	return nil
}
