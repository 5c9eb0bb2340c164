package shared

import (
	"reflect"
	"testing"
)

// Were one of these read by encoding/json, the result would be the same, only later.
func TestWhatAppendWritesOftenIsPlain(t *testing.T) {
	busy := User{ID: "AAAAAAAAAAAAAAA2", Name: `<b>"Ben" \ & 'co'</b>`, Status: StatusAway, Note: "à bientôt 🍜\u2028", JoinedAt: 1767225600000}
	calm := User{ID: "AAAAAAAAAAAAAAA3", Name: "Ana María", Status: StatusActive}
	for _, e := range []Event{
		ExistingUsers{You: busy.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, Users: []User{busy, calm, busy}},
		ExistingUsers{Room: "größe", Epoch: "K7Q2", More: true, Users: []User{calm}},
		ExistingUsers{Room: "lobby", Users: []User{}},
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
