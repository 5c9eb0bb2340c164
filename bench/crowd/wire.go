package crowd

import "fmt"

// Wire speaks the protocol of one kind of server, for all clients of a crowd.
type Wire interface {
	// Path returns the path and query of the opening handshake for a room.
	Path(room string) string
	// Decoder makes the reading half of a client.
	Decoder(c *Client) Decoder
	// Join has a client that is ready enter its room.
	Join(c *Client) error
	// Ask requests the whole roster anew for a client of a room, if the protocol
	// allows that. answered reports whether the roster has arrived.
	Ask(room []*Client) (answered func() bool, err error)
	// Check compares what clients of one room on one server see with the truth:
	// these members, and nobody else, are there.
	Check(clients, members []*Client) error
}

// Decoder reads what the server sends to one client.
type Decoder interface {
	// Opened is called after each opening handshake.
	Opened() error
	// Text decodes a text message, whose bytes are valid until it returns.
	Text(message []byte) error
}

// Unasked implements Ask and Check for a server that can't be asked for its roster. The
// clients that have joined are then taken for the truth.
type Unasked struct{}

func (Unasked) Ask([]*Client) (func() bool, error)     { return func() bool { return true }, nil }
func (Unasked) Check(clients, members []*Client) error { return CheckBeliefs(clients, members) }

// CheckBeliefs returns an error if a client sees anybody but exactly these members.
func CheckBeliefs(clients, members []*Client) error {
	truth := membersOf(members)
	for _, c := range clients {
		if !c.sees.equal(truth) {
			return fmt.Errorf("%s does not believe the %d who are there to be there, but %d", c.Name, len(members), c.sees.len())
		}
	}
	return nil
}
