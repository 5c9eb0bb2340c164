package shared

import (
	"reflect"
	"testing"
)

// The fast parser reads the frequent events that Append writes. If it did not, the
// slower encoding/json would return the same, and no other test would notice.
func TestFrequentEventsArePlain(t *testing.T) {
	busy := User{ID: "AAAAAAAAAAAAAAA2", Name: `<b>"Ben" \ & 'co'</b>`, Status: StatusAway, Devices: 2, Note: "à bientôt 🍜\u2028", NoteUntil: 1767225660000, JoinedAt: 1767225600000,
		Role: RoleHost, Info: Info{"desk\x00\x00team\x00R&D\x00"}, StatusSince: 1767225660000}
	calm := User{ID: "AAAAAAAAAAAAAAA3", Name: "Ana María", Status: StatusActive}
	for i, v := 0, reflect.ValueOf(busy); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("busy does not test %s", v.Type().Field(i).Name)
		}
	}
	for _, e := range []Event{
		ExistingUsers{You: busy.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, Users: []User{busy, calm, busy}},
		ExistingUsers{Room: "größe", Epoch: "K7Q2", More: true, Users: []User{calm}},
		ExistingUsers{Room: "lobby", Users: []User{}},
		ExistingUsers{Room: "lobby", Info: RoomInfo{Title: `"a" & <b>`, Locked: true}, Users: []User{calm}},
		ExistingUsers{Room: "lobby", Info: RoomInfo{Topic: "à \\ bientôt"}, Users: []User{calm}},
		NewUser{Rev: 1<<53 + 1, User: busy},
		UserUpdated{User: calm},
		DisconnectUser{Rev: 44, ID: busy.ID, Reason: ReasonNodeLost},
	} {
		into := reflect.New(reflect.TypeOf(e))
		name, data, ok := plainEnvelope(Append(nil, e))
		if !ok || name != e.Event() || !plainEvent(data, into.Interface()) {
			t.Errorf("%s is not plain: %s", e.Event(), Append(nil, e))
		} else if got := into.Elem().Interface(); !reflect.DeepEqual(got, e) {
			t.Errorf("read %#v, want %#v", got, e)
		}
	}
}
