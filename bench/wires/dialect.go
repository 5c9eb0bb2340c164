// Package wires has the client's half of the protocols of the servers under test.
//
// When 3,000 arrive in a room of 3,000, nine million messages are sent, of which only a
// few thousand differ. So each wire decodes a message that it has not seen before, and
// compares the others with those byte by byte. A message that can't be decoded is an error.
package wires

import (
	"bytes"
	"fmt"

	"rollcall/bench/crowd"
)

// dialect describes the Wire of a server whose events have no revisions and may come
// twice: what its packets begin with, and how they are decoded. A message has one packet
// or several, separated by newlines.
type dialect struct {
	crowd.Unasked
	path string

	// The beginnings of the packets of a room that come often.
	arrival, departure, roster func(room string) string
	rosterEnd                  string

	idOfChange func(packet []byte) (id string, err error) // in an arrival or a departure
	idOfListed func(user []byte) (id string, err error)   // in a part of a roster, up to a "}"

	opened func(c *crowd.Client) error
	join   func(c *crowd.Client) []byte
	// other handles all other packets. It returns what to send in answer, and the id of
	// the client if the packet has it; the client is ready then.
	other func(c *crowd.Client, packet []byte) (answer []byte, id string, err error)

	ids   map[string]int // members by what the server calls them
	known map[string]int // members by the packets and users that were decoded before
}

// wire makes a Wire of the description.
func (d dialect) wire() *dialect {
	d.ids, d.known = map[string]int{}, map[string]int{}
	return &d
}

// Path implements crowd.Wire.
func (d *dialect) Path(string) string { return d.path }

// Join implements crowd.Wire.
func (d *dialect) Join(c *crowd.Client) error { return c.Send(d.join(c)) }

// Decoder implements crowd.Wire.
func (d *dialect) Decoder(c *crowd.Client) crowd.Decoder {
	return &dialectReader{c, d, []byte(d.arrival(c.Room)), []byte(d.departure(c.Room)), []byte(d.roster(c.Room))}
}

// member returns the member that text names, which decode finds if the text is new.
func (d *dialect) member(text []byte, decode func(text []byte) (id string, err error)) (int, error) {
	if member, seen := d.known[string(text)]; seen {
		return member, nil
	}
	id, err := decode(text)
	if err != nil {
		return 0, fmt.Errorf("%.300q: %w", text, err)
	}
	member, ours := d.ids[id]
	if !ours {
		return 0, fmt.Errorf("nobody of us is %q: %.300q", id, text)
	}
	d.known[string(text)] = member
	return member, nil
}

type dialectReader struct {
	client                     *crowd.Client
	wire                       *dialect
	arrival, departure, roster []byte
}

func (r *dialectReader) Opened() error {
	if r.wire.opened == nil {
		return nil
	}
	return r.wire.opened(r.client)
}

func (r *dialectReader) Text(message []byte) error {
	for packet := range bytes.SplitSeq(message, []byte{'\n'}) {
		if err := r.packet(packet); err != nil {
			return err
		}
	}
	return nil
}

func (r *dialectReader) packet(p []byte) error {
	change := r.client.Arrived
	switch {
	case len(p) == 0:
		return nil
	case bytes.HasPrefix(p, r.arrival):
	case bytes.HasPrefix(p, r.departure):
		change = r.client.Departed
	case bytes.HasPrefix(p, r.roster):
		return r.listed(p[len(r.roster):])
	default:
		return r.other(p)
	}
	member, err := r.wire.member(p, r.wire.idOfChange)
	if err == nil {
		change(member)
	}
	return err
}

// listed decodes the users of a roster, with the first of which data begins.
func (r *dialectReader) listed(data []byte) error {
	for string(data) != r.wire.rosterEnd {
		end := bytes.IndexByte(data, '}') // no name of ours has one
		if end < 0 {
			return fmt.Errorf("a roster ends with %.300q", data)
		}
		member, err := r.wire.member(data[:end+1], r.wire.idOfListed)
		if err != nil {
			return err
		}
		r.client.Listed(member)
		data = bytes.TrimPrefix(data[end+1:], []byte{','})
	}
	return nil
}

func (r *dialectReader) other(p []byte) error {
	answer, id, err := r.wire.other(r.client, p)
	if err == nil && answer != nil {
		err = r.client.Send(answer)
	}
	if err == nil && id != "" {
		r.wire.ids[id] = r.client.Member
		err = r.client.Ready()
	}
	return err
}
