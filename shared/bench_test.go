package shared_test

import (
	"testing"

	"rollcall/shared"
)

func manyUsers(n int) []shared.User {
	users := make([]shared.User, n)
	for i := range users {
		users[i] = similarUser(i)
	}
	return users
}

func BenchmarkAppendNewUser(b *testing.B) {
	e := shared.NewUser{Rev: 42, User: ben}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = shared.Append(dst[:0], e)
	}
}

func BenchmarkReadServerSnapshotOf1000(b *testing.B) {
	frame := shared.Encode(snapshotOf(41, false, manyUsers(1000)...))
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		if err := shared.ReadServer(frame, new(recorder)); err != nil {
			b.Fatal(err)
		}
	}
}

// One member, in the middle of a roster of 10,000, leaves and comes back in turn.
func BenchmarkRosterApplyIn10000(b *testing.B) {
	users := manyUsers(10_000)
	var r shared.Roster
	if err := r.Apply(snapshotOf(0, false, users...)); err != nil {
		b.Fatal(err)
	}
	u := users[5_000]
	b.ReportAllocs()
	for here := true; b.Loop(); here = !here {
		var diff shared.Event = shared.NewUser{Rev: r.Rev() + 1, User: u}
		if here {
			diff = shared.DisconnectUser{Rev: r.Rev() + 1, ID: u.ID}
		}
		if err := r.Apply(diff); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHashUser(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		shared.HashUser(ben)
	}
}
