package shared_test

import (
	"fmt"

	"rollcall/shared"
)

// follower applies the events of a server to a Roster. A real client has a method
// for each event; this one has those that the example sends.
type follower struct {
	shared.ServerEvents
	roster shared.Roster
}

func (f *follower) ExistingUsers(e shared.ExistingUsers) error     { return f.roster.Apply(e) }
func (f *follower) NewUser(e shared.NewUser) error                 { return f.roster.Apply(e) }
func (f *follower) Announcement(shared.Announcement) error         { return nil }
func (f *follower) RoomInfoChanged(e shared.RoomInfoChanged) error { return f.roster.Apply(e) }
func (f *follower) Heartbeat(e shared.Heartbeat) error             { return f.roster.Apply(e) }

// A server encodes events; a client decodes them, applies them to a Roster and
// compares its hash with that of the server's heartbeat.
func Example() {
	ada := shared.User{ID: shared.MemberID("ada-has-this-key-only"), Name: "Ada", Status: shared.StatusActive, JoinedAt: 1}
	bea := shared.User{ID: shared.MemberID("bea-has-this-key-only"), Name: "Bea", Status: shared.StatusIdle, JoinedAt: 2}
	frame := shared.Encode(
		shared.ExistingUsers{You: ada.ID, Room: shared.Lobby, Epoch: "monday", Rev: 1, Users: []shared.User{ada}},
		shared.NewUser{Rev: 2, User: bea},
		shared.Heartbeat{Rev: 2, Count: 2, Hash: shared.HashUser(ada) ^ shared.HashUser(bea)},
	)

	var f follower
	if err := shared.ReadServer(frame, &f); err != nil {
		fmt.Println(err) // wraps shared.ErrDesync if the roster is not the server's
		return
	}
	for user := range f.roster.All() {
		fmt.Println(user.Name, user.Status)
	}
	fmt.Println(f.roster.Len(), "members at revision", f.roster.Rev(), "with hash", f.roster.Hash())
	// Output:
	// Ada active
	// Bea idle
	// 2 members at revision 2 with hash 4244c0f00077cee8
}
