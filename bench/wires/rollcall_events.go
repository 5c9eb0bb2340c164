package wires

import (
	"fmt"

	"rollcall/shared"
)

// told handles the events of an envelope that is new to the ledger.
type told struct {
	*rollcallReader
	text []byte
}

var _ shared.ServerEvents = told{}

func (t told) NewUser(e shared.NewUser) error {
	d, err := t.room.arrived(t.text, e.User)
	return t.enter(e.Rev, d, err)
}

func (t told) DisconnectUser(e shared.DisconnectUser) error {
	d, err := t.room.departed(t.text, e.ID)
	return t.enter(e.Rev, d, err)
}

func (t told) enter(rev uint64, d diff, err error) error {
	if err != nil {
		return err
	}
	if rev != t.rev+1 {
		return fmt.Errorf("revision %d after %d", rev, t.rev)
	}
	if err := t.room.enter(rev, d); err != nil {
		return err
	}
	t.follow(d)
	return nil
}

func (t told) Heartbeat(e shared.Heartbeat) error {
	if e.Rev != t.rev || e.Count != t.count || e.Hash != t.hash {
		return fmt.Errorf("the server's heartbeat says %d members at %d (%v), held are %d at %d (%v)",
			e.Count, e.Rev, e.Hash, t.count, t.rev, t.hash)
	}
	return nil
}

func (t told) Resumed(e shared.Resumed) error {
	if e.Epoch != t.room.epoch || e.Rev != t.rev {
		return fmt.Errorf("resumed at %s/%d, held %s/%d", e.Epoch, e.Rev, t.room.epoch, t.rev)
	}
	t.client.Held(t.count)
	return nil
}

func (t told) ExistingUsers(shared.ExistingUsers) error { return t.Unknown(shared.EventExistingUsers) }
func (t told) UserUpdated(shared.UserUpdated) error     { return t.Unknown(shared.EventUserUpdated) }
func (t told) Error(e shared.Error) error               { return e }

func (t told) Unknown(event string) error {
	return fmt.Errorf("an unexpected %s: %.300s", event, t.text)
}

// folder folds the events of a message into a roster, as any client would, and
// heeds only snapshots.
type folder struct {
	head   shared.ExistingUsers
	roster shared.Roster
	whole  bool
}

var _ shared.ServerEvents = (*folder)(nil)

func (f *folder) ExistingUsers(e shared.ExistingUsers) error {
	f.head, f.whole = e, !e.More
	return f.roster.Apply(e)
}

func (f *folder) NewUser(shared.NewUser) error               { return nil }
func (f *folder) UserUpdated(shared.UserUpdated) error       { return nil }
func (f *folder) DisconnectUser(shared.DisconnectUser) error { return nil }
func (f *folder) Resumed(shared.Resumed) error               { return nil }
func (f *folder) Heartbeat(shared.Heartbeat) error           { return nil }
func (f *folder) Error(e shared.Error) error                 { return e }
func (f *folder) Unknown(string) error                       { return nil }
