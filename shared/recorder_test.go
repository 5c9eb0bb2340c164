package shared_test

import (
	"testing"

	"rollcall/shared"
)

// recorder records the events of either direction in order. If most is not 0, it
// returns the error full for every event after the first most.
type recorder struct {
	events []shared.Event
	most   int
	full   error
}

// unknown returns an unknown event that is no diff.
func unknown(name string) shared.Unknown { return shared.Unknown{Name: name} }

func (r *recorder) add(e shared.Event) error {
	if r.most > 0 && len(r.events) == r.most {
		return r.full
	}
	r.events = append(r.events, e)
	return nil
}

func (r *recorder) Watch(e shared.Watch) error                     { return r.add(e) }
func (r *recorder) GotANewUser(e shared.GotANewUser) error         { return r.add(e) }
func (r *recorder) UpdateUser(e shared.UpdateUser) error           { return r.add(e) }
func (r *recorder) Leave(e shared.Leave) error                     { return r.add(e) }
func (r *recorder) Ping(e shared.Ping) error                       { return r.add(e) }
func (r *recorder) RemoveUser(e shared.RemoveUser) error           { return r.add(e) }
func (r *recorder) UpdateRoom(e shared.UpdateRoom) error           { return r.add(e) }
func (r *recorder) UpdateRole(e shared.UpdateRole) error           { return r.add(e) }
func (r *recorder) Knock(e shared.Knock) error                     { return r.add(e) }
func (r *recorder) AnswerKnock(e shared.AnswerKnock) error         { return r.add(e) }
func (r *recorder) ExistingUsers(e shared.ExistingUsers) error     { return r.add(e) }
func (r *recorder) Resumed(e shared.Resumed) error                 { return r.add(e) }
func (r *recorder) NewUser(e shared.NewUser) error                 { return r.add(e) }
func (r *recorder) UserUpdated(e shared.UserUpdated) error         { return r.add(e) }
func (r *recorder) DisconnectUser(e shared.DisconnectUser) error   { return r.add(e) }
func (r *recorder) RoomInfoChanged(e shared.RoomInfoChanged) error { return r.add(e) }
func (r *recorder) Heartbeat(e shared.Heartbeat) error             { return r.add(e) }
func (r *recorder) Occupancy(e shared.Occupancy) error             { return r.add(e) }
func (r *recorder) Watchers(e shared.Watchers) error               { return r.add(e) }
func (r *recorder) Announcement(e shared.Announcement) error       { return r.add(e) }
func (r *recorder) Knocks(e shared.Knocks) error                   { return r.add(e) }
func (r *recorder) KnockAnswered(e shared.KnockAnswered) error     { return r.add(e) }
func (r *recorder) Pong(e shared.Pong) error                       { return r.add(e) }
func (r *recorder) Error(e shared.Error) error                     { return r.add(e) }
func (r *recorder) Unknown(e shared.Unknown) error                 { return r.add(e) }

// direction reads a frame as the server or as the client does.
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
