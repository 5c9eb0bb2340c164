package wires

import (
	"fmt"

	"rollcall/bench/crowd"
	"rollcall/shared"
)

// Rollcall is the wire of package shared.
type Rollcall struct {
	rooms   map[string]*ledger
	members map[string]int // by public id
}

// NewRollcall makes the wire for one server.
func NewRollcall() *Rollcall {
	return &Rollcall{rooms: map[string]*ledger{}, members: map[string]int{}}
}

func (w *Rollcall) Path(room string) string {
	return shared.SocketPath("/") + "?" + shared.RoomParam + "=" + room
}

// key is the secret of a member, by which it is known before anybody sees it.
func key(member int) string { return fmt.Sprintf("the-key-of-member-%06d", member) }

func (w *Rollcall) Decoder(c *crowd.Client) crowd.Decoder {
	w.members[shared.MemberID(key(c.Member))] = c.Member
	room := w.rooms[c.Room]
	if room == nil {
		room = &ledger{members: w.members, people: map[string]person{}}
		w.rooms[c.Room] = room
	}
	return &rollcallReader{client: c, room: room}
}

func (w *Rollcall) Join(c *crowd.Client) error {
	return c.Send(shared.Encode(shared.GotANewUser{Name: c.Name, Key: key(c.Member)}))
}

// Return has a member who lost the connection come back and ask only for what
// it missed.
func (w *Rollcall) Return(c *crowd.Client) error {
	held := shared.Resume{Epoch: reader(c).room.epoch, Rev: reader(c).rev}
	return c.Send(shared.Encode(shared.GotANewUser{Name: c.Name, Key: key(c.Member), Resume: &held}))
}

func reader(c *crowd.Client) *rollcallReader { return c.Decoder().(*rollcallReader) }

func (w *Rollcall) Ask(room []*crowd.Client) (func() bool, error) {
	ledger := reader(room[0]).room
	ledger.asked++
	c := room[ledger.asked%len(room)] // another one each time: a client may not ask often
	r := reader(c)
	r.room.truth = nil
	r.proof = new(proof)
	ask := shared.GotANewUser{Name: c.Name, Key: key(c.Member), Resume: new(shared.Resume)}
	return func() bool { return r.room.truth != nil }, c.Send(shared.Encode(ask))
}

func (w *Rollcall) Check(room []*crowd.Client) error {
	truth := reader(room[0]).room.truth
	if truth.Len() != len(room) {
		return fmt.Errorf("the server shows %d members where %d are", truth.Len(), len(room))
	}
	for _, c := range room {
		r := reader(c)
		if _, here := truth.Get(shared.MemberID(key(c.Member))); !here {
			return fmt.Errorf("the server does not show %s, who is there", c.Name)
		}
		if r.rev != truth.Rev() || r.count != truth.Len() || r.hash != truth.Hash() {
			return fmt.Errorf("%s has %d members at %d (%v), the server %d at %d (%v)",
				c.Name, r.count, r.rev, r.hash, truth.Len(), truth.Rev(), truth.Hash())
		}
	}
	return nil
}

// proof is a snapshot that is decoded a second time, as any client would.
type proof struct {
	text []byte // of the message under way
	fold folder
}

// take adds text of a message, and returns the roster when it is whole.
func (p *proof) take(text []byte, last bool) (*shared.Roster, error) {
	p.text = append(p.text, text...)
	if !last {
		return nil, nil
	}
	if err := shared.ReadServer(p.text, &p.fold); err != nil {
		return nil, err
	}
	p.text = p.text[:0]
	if !p.fold.whole {
		return nil, nil
	}
	return &p.fold.roster, nil
}
