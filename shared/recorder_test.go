package shared_test

import (
	"testing"

	"rollcall/shared"
)

// recorder keeps the events that it is handed, in order, of either direction,
// and refuses every event after the first most, if most is not 0.
type recorder struct {
	events []shared.Event
	most   int
	full   error
}

// unknown is an event that a recorder knows the name of and no more.
type unknown string

func (u unknown) Event() string { return string(u) }

func (r *recorder) add(e shared.Event) error {
	if r.most > 0 && len(r.events) == r.most {
		return r.full
	}
	r.events = append(r.events, e)
	return nil
}

func (r *recorder) GotANewUser(e shared.GotANewUser) error       { return r.add(e) }
func (r *recorder) UpdateUser(e shared.UpdateUser) error         { return r.add(e) }
func (r *recorder) Leave(e shared.Leave) error                   { return r.add(e) }
func (r *recorder) ExistingUsers(e shared.ExistingUsers) error   { return r.add(e) }
func (r *recorder) Resumed(e shared.Resumed) error               { return r.add(e) }
func (r *recorder) NewUser(e shared.NewUser) error               { return r.add(e) }
func (r *recorder) UserUpdated(e shared.UserUpdated) error       { return r.add(e) }
func (r *recorder) DisconnectUser(e shared.DisconnectUser) error { return r.add(e) }
func (r *recorder) Heartbeat(e shared.Heartbeat) error           { return r.add(e) }
func (r *recorder) Error(e shared.Error) error                   { return r.add(e) }
func (r *recorder) Unknown(event string) error                   { return r.add(unknown(event)) }

// A direction of the wire: who reads what the other side sent.
type direction func(frame []byte) ([]shared.Event, error)

func toServer(frame []byte) ([]shared.Event, error) {
	var r recorder
	err := shared.ReadClient(frame, &r)
	return r.events, err
}

func toClient(frame []byte) ([]shared.Event, error) {
	var r recorder
	err := shared.ReadServer(frame, &r)
	return r.events, err
}

func mustRead(t *testing.T, read direction, frame []byte) []shared.Event {
	t.Helper()
	events, err := read(frame)
	if err != nil {
		t.Fatalf("reading %q: %v", frame, err)
	}
	return events
}
