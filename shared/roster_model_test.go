package shared_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
	"rollcall/shared"
)

func TestRosterMatchesItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
		w := newTwins()
		for range pick(60) {
			w.apply(t, w.event(pick))
		}
	})
}

func crowd() *rapid.Generator[[]shared.User] {
	return rapid.SliceOfNDistinct(anyUser(), 0, 12, func(u shared.User) string { return u.ID })
}

func TestChunksMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		users := crowd().Draw(t, "users")
		whole := snapshotOf(rapid.Uint64().Draw(t, "rev"), false, users...)
		var want, got shared.Roster
		if err := want.Apply(whole); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			n := rapid.IntRange(0, len(users)).Draw(t, "chunk")
			more = rapid.Bool().Draw(t, "more")
			if !more {
				n = len(users)
			}
			if contents(&got).Epoch != "" {
				t.Fatal("half a snapshot shows")
			}
			if err := got.Apply(snapshotOf(whole.Rev, more, users[:n]...)); err != nil {
				t.Fatal(err)
			}
			users = users[n:]
		}
		if !reflect.DeepEqual(contents(&got), contents(&want)) {
			t.Fatalf("chunks make %+v\nthe whole %+v", contents(&got), contents(&want))
		}
	})
}

// fitting returns an arbitrary diff that fits r.
func fitting(t *rapid.T, r *shared.Roster) shared.Event {
	rev := r.Rev() + 1
	kind := rapid.IntRange(0, 2).Draw(t, "kind")
	if r.Len() == 0 || kind == 0 {
		u := anyUser().Draw(t, "arrives")
		u.ID = fmt.Sprint("member ", rev)
		return shared.NewUser{Rev: rev, User: u}
	}
	old := r.At(rapid.IntRange(0, r.Len()-1).Draw(t, "who"))
	if kind == 1 {
		return shared.DisconnectUser{Rev: rev, ID: old.ID, Reason: shared.ReasonLeft}
	}
	u := anyUser().Draw(t, "becomes")
	u.ID = old.ID
	return shared.UserUpdated{Rev: rev, User: u}
}

// A client that receives a snapshot of any revision, and all diffs after it, holds
// the same roster as the server.
func TestConvergence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		server, client := shared.NewRoster("lobby", "e1"), shared.Roster{}
		joins := rapid.IntRange(0, 20).Draw(t, "joins after")
		steps := joins + rapid.IntRange(0, 20).Draw(t, "stays for")
		var sent []shared.Event
		for step := range steps + 1 {
			if step == joins {
				sent = append(sent, snapshotOf(server.Rev(), false, slices.Collect(server.All())...))
			}
			diff := fitting(t, &server)
			if err := server.Apply(diff); err != nil {
				t.Fatal(err)
			}
			if step >= joins {
				sent = append(sent, diff)
			}
		}
		sent = append(sent, shared.Heartbeat{Rev: server.Rev(), Count: server.Len(), Hash: server.Hash()})
		received, err := toClient(shared.Encode(sent...))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range received {
			if err := client.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := contents(&client), contents(&server); !reflect.DeepEqual(got, want) {
			t.Fatalf("the client holds %+v\nthe server %+v", got, want)
		}
	})
}
