package wires

import (
	"fmt"
	"net/netip"

	"rollcall/bench/crowd"
	"rollcall/shared"
)

// Rollcall is the wire of package shared.
type Rollcall struct {
	// Strangers allows members in its rooms that are not of the crowd.
	Strangers bool

	ledgers map[place]*ledger
	members map[string]int   // by public id
	truths  map[place]*proof // of rooms in any epoch
	asked   int              // questions so far
}

// NewRollcall returns the wire for one crowd.
func NewRollcall() *Rollcall {
	return &Rollcall{ledgers: map[place]*ledger{}, members: map[string]int{}, truths: map[place]*proof{}}
}

// place is a room on one server, in one epoch if that is not "".
type place struct {
	server      netip.AddrPort
	room, epoch string
}

// ledger returns the ledger of the client's room in an epoch.
func (w *Rollcall) ledger(c *crowd.Client, epoch string) *ledger {
	at := place{c.Server, c.Room, epoch}
	if w.ledgers[at] == nil {
		w.ledgers[at] = &ledger{epoch: epoch, people: map[string]person{}}
	}
	return w.ledgers[at]
}

// Path implements crowd.Wire.
func (w *Rollcall) Path(room string) string {
	return shared.SocketPath("/") + "?" + shared.RoomParam + "=" + room
}

// key returns the secret of a member, from which its public id follows.
func key(member int) string { return fmt.Sprintf("the-key-of-member-%06d", member) }

// Decoder implements crowd.Wire.
func (w *Rollcall) Decoder(c *crowd.Client) crowd.Decoder {
	w.members[shared.MemberID(key(c.Member))] = c.Member
	return &rollcallReader{client: c, wire: w, room: w.ledger(c, "")}
}

// member returns the member with a public id, below 0 for a stranger.
func (w *Rollcall) member(id string) (int, error) {
	if member, ours := w.members[id]; ours {
		return member, nil
	}
	if w.Strangers {
		return -1, nil
	}
	return 0, fmt.Errorf("nobody of us is %s", id)
}

// Join implements crowd.Wire.
func (w *Rollcall) Join(c *crowd.Client) error { return join(c, nil) }

// Return has a client that lost its connection join again and request only what it missed.
func (w *Rollcall) Return(c *crowd.Client) error {
	r := reader(c)
	if r.room.epoch == "" {
		return join(c, nil)
	}
	return join(c, &shared.Resume{Epoch: r.room.epoch, Rev: r.rev})
}

func join(c *crowd.Client, held *shared.Resume) error {
	return c.Send(shared.Encode(shared.GotANewUser{Name: c.Name, Key: key(c.Member), Resume: held}))
}

func reader(c *crowd.Client) *rollcallReader { return c.Decoder().(*rollcallReader) }

// Ask implements crowd.Wire. It uses another client each time, because the server limits
// how often one may ask.
func (w *Rollcall) Ask(room []*crowd.Client) (func() bool, error) {
	p := new(proof)
	w.asked++
	c := room[w.asked%len(room)]
	r := reader(c)
	r.proof, w.truths[place{c.Server, c.Room, ""}] = p, p
	return func() bool { return p.whole }, join(c, new(shared.Resume))
}

// Check implements crowd.Wire.
func (w *Rollcall) Check(clients, members []*crowd.Client) error {
	truth := &w.truths[place{clients[0].Server, clients[0].Room, ""}].roster
	if truth.Len() != len(members) && !w.Strangers {
		return fmt.Errorf("the server shows %d members where %d are", truth.Len(), len(members))
	}
	for _, c := range members {
		if _, here := truth.Get(shared.MemberID(key(c.Member))); !here {
			return fmt.Errorf("the server does not show %s, who is there", c.Name)
		}
	}
	for _, c := range clients {
		r := reader(c)
		if r.room.epoch != truth.Epoch() {
			return fmt.Errorf("%s is in epoch %s, the server in %s", c.Name, r.room.epoch, truth.Epoch())
		}
		if r.rev != truth.Rev() || r.count != truth.Len() || r.hash != truth.Hash() {
			return fmt.Errorf("%s has %d members at %d (%v), the server %d at %d (%v)",
				c.Name, r.count, r.rev, r.hash, truth.Len(), truth.Rev(), truth.Hash())
		}
	}
	return crowd.CheckBeliefs(clients, members)
}

// proof is a snapshot that is decoded a second time, by the product's own roster.
type proof struct {
	head   shared.ExistingUsers
	roster shared.Roster
	whole  bool
}

// add decodes a message.
func (p *proof) add(message []byte) error {
	return shared.ReadServer(message, events(func(e shared.Event) error {
		switch e := e.(type) {
		case shared.ExistingUsers:
			p.head, p.whole = e, !e.More
			return p.roster.Apply(e)
		case shared.Error:
			return e
		}
		return nil
	}))
}

// events implements shared.ServerEvents with one function for all events.
type events func(shared.Event) error

var _ shared.ServerEvents = events(nil)

func (f events) ExistingUsers(e shared.ExistingUsers) error     { return f(e) }
func (f events) NewUser(e shared.NewUser) error                 { return f(e) }
func (f events) UserUpdated(e shared.UserUpdated) error         { return f(e) }
func (f events) DisconnectUser(e shared.DisconnectUser) error   { return f(e) }
func (f events) Resumed(e shared.Resumed) error                 { return f(e) }
func (f events) Heartbeat(e shared.Heartbeat) error             { return f(e) }
func (f events) Occupancy(e shared.Occupancy) error             { return f(e) }
func (f events) RoomInfoChanged(e shared.RoomInfoChanged) error { return f(e) }
func (f events) Watchers(e shared.Watchers) error               { return f(e) }
func (f events) Announcement(e shared.Announcement) error       { return f(e) }
func (f events) Knocks(e shared.Knocks) error                   { return f(e) }
func (f events) KnockAnswered(e shared.KnockAnswered) error     { return f(e) }
func (f events) Pong(e shared.Pong) error                       { return f(e) }
func (f events) Error(e shared.Error) error                     { return f(e) }
func (f events) Unknown(e shared.Unknown) error                 { return fmt.Errorf("an unknown %s", e.Name) }
