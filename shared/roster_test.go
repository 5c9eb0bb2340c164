package shared_test

import (
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"rollcall/shared"
)

// state is everything that a roster exposes.
type state struct {
	Room, Epoch string
	Rev         uint64
	Hash        shared.Hash
	Info        shared.RoomInfo
	Users       []shared.User
}

func contents(r *shared.Roster) state {
	return state{r.Room(), r.Epoch(), r.Rev(), r.Hash(), r.Info(), slices.Collect(r.All())}
}

func hashOf(users ...shared.User) (h shared.Hash) {
	for _, u := range users {
		h ^= shared.HashUser(u)
	}
	return h
}

func snapshotOf(rev uint64, more bool, users ...shared.User) shared.ExistingUsers {
	return shared.ExistingUsers{Room: "lobby", Epoch: "e1", Rev: rev, More: more, Users: users}
}

// threeAt7 returns a roster of three members at revision 7.
func threeAt7(t *testing.T) *shared.Roster {
	t.Helper()
	var r shared.Roster
	mustApply(t, &r, snapshotOf(7, false, ana, ben, chi))
	return &r
}

func mustApply(t *testing.T, r *shared.Roster, events ...shared.Event) {
	t.Helper()
	for _, e := range events {
		if err := r.Apply(e); err != nil {
			t.Fatalf("applying %+v: %v", e, err)
		}
	}
}

var dan = shared.User{ID: "AAAAAAAAAAAAAAA5", Name: "Dan", Status: shared.StatusActive, JoinedAt: chi.JoinedAt + 1}

func TestRosterRefusesWhatDoesNotFit(t *testing.T) {
	hash := hashOf(ana, ben, chi)
	for name, e := range map[string]shared.Event{
		"an arrival after a gap":          shared.NewUser{Rev: 9, User: dan},
		"an arrival repeated":             shared.NewUser{Rev: 7, User: dan},
		"an arrival of long ago":          shared.NewUser{Rev: 0, User: dan},
		"an arrival of who is here":       shared.NewUser{Rev: 8, User: ben},
		"an arrival of nobody":            shared.NewUser{Rev: 8, User: shared.User{Name: "no id"}},
		"a snapshot with nobody in it":    snapshotOf(20, false, shared.User{Name: "no id"}),
		"a change after a gap":            shared.UserUpdated{Rev: 9, User: ben},
		"a change repeated":               shared.UserUpdated{Rev: 7, User: ben},
		"a change of nobody":              shared.UserUpdated{Rev: 8, User: dan},
		"a departure after a gap":         shared.DisconnectUser{Rev: 9, ID: ben.ID},
		"a departure repeated":            shared.DisconnectUser{Rev: 7, ID: ben.ID},
		"a departure of nobody":           shared.DisconnectUser{Rev: 8, ID: dan.ID},
		"an info after a gap":             shared.RoomInfoChanged{Rev: 9, RoomInfo: standUp},
		"an info repeated":                shared.RoomInfoChanged{Rev: 7, RoomInfo: standUp},
		"a heartbeat of another info":     shared.Heartbeat{Rev: 7, Count: 3, Hash: hash ^ shared.HashRoomInfo(standUp)},
		"an unknown diff after a gap":     shared.Unknown{Name: "wave", Rev: 9},
		"an unknown diff repeated":        shared.Unknown{Name: "wave", Rev: 7},
		"resumed in another epoch":        shared.Resumed{Epoch: "e2", Rev: 7},
		"resumed later":                   shared.Resumed{Epoch: "e1", Rev: 8},
		"resumed earlier":                 shared.Resumed{Epoch: "e1", Rev: 6},
		"a heartbeat of another revision": shared.Heartbeat{Rev: 8, Count: 3, Hash: hash},
		"a heartbeat of another count":    shared.Heartbeat{Rev: 7, Count: 2, Hash: hash},
		"a heartbeat of another hash":     shared.Heartbeat{Rev: 7, Count: 3, Hash: hash ^ 1},
		"a snapshot with a member twice":  snapshotOf(20, false, dan, ana, dan),
	} {
		t.Run(name, func(t *testing.T) {
			r := threeAt7(t)
			before := contents(r)
			if err := r.Apply(e); !errors.Is(err, shared.ErrDesync) {
				t.Errorf("the error is %v, want ErrDesync", err)
			}
			if after := contents(r); !reflect.DeepEqual(after, before) {
				t.Errorf("the roster became %+v", after)
			}
			mustApply(t, r, shared.Heartbeat{Rev: 7, Count: 3, Hash: hash}, shared.NewUser{Rev: 8, User: dan})
		})
	}
}

func TestInterruptDropsAnIncompleteSnapshot(t *testing.T) {
	r := threeAt7(t)
	mustApply(t, r, snapshotOf(20, true, ana))
	r.Interrupt()
	mustApply(t, r, shared.NewUser{Rev: 8, User: dan}) // fits the roster from before the snapshot
}

func TestRosterDropsABrokenSnapshot(t *testing.T) {
	other := func(change func(*shared.ExistingUsers)) shared.ExistingUsers {
		s := snapshotOf(20, true, chi)
		change(&s)
		return s
	}
	for name, e := range map[string]shared.Event{
		"another epoch":     other(func(s *shared.ExistingUsers) { s.Epoch = "e2" }),
		"another revision":  other(func(s *shared.ExistingUsers) { s.Rev = 21 }),
		"another room":      other(func(s *shared.ExistingUsers) { s.Room = "attic" }),
		"a member again":    snapshotOf(20, false, ana),
		"a diff that fits":  shared.NewUser{Rev: 8, User: dan},
		"a true heartbeat":  shared.Heartbeat{Rev: 7, Count: 3, Hash: hashOf(ana, ben, chi)},
		"a resumption":      shared.Resumed{Epoch: "e1", Rev: 7},
		"an unrelated word": shared.Leave{},
	} {
		t.Run(name, func(t *testing.T) {
			r := threeAt7(t)
			before := contents(r)
			mustApply(t, r, snapshotOf(20, true, ana))
			if got := contents(r); !reflect.DeepEqual(got, before) {
				t.Fatalf("half a snapshot made %+v", got)
			}
			if err := r.Apply(e); !errors.Is(err, shared.ErrDesync) {
				t.Errorf("the error is %v, want ErrDesync", err)
			}
			if after := contents(r); !reflect.DeepEqual(after, before) {
				t.Errorf("the roster became %+v", after)
			}
			mustApply(t, r, snapshotOf(20, true, ana), snapshotOf(20, false, dan)) // a new snapshot
			want := state{"lobby", "e1", 20, hashOf(ana, dan), shared.RoomInfo{}, []shared.User{ana, dan}}
			if got := contents(r); !reflect.DeepEqual(got, want) {
				t.Errorf("the next snapshot made %+v, want %+v", got, want)
			}
		})
	}
}

func TestRosterFolds(t *testing.T) {
	r := shared.NewRoster("lobby", "e1")
	mustApply(t, &r,
		shared.Resumed{Epoch: "e1"},
		shared.Heartbeat{},
		shared.NewUser{Rev: 1, User: chi},
		shared.NewUser{Rev: 2, User: ana},
		shared.NewUser{Rev: 3, User: ben},
		shared.DisconnectUser{Rev: 4, ID: ana.ID, Reason: shared.ReasonLeft},
	)
	renamed := ben
	renamed.Name, renamed.Note = "Benedict", ""
	mustApply(t, &r,
		shared.UserUpdated{Rev: 5, User: renamed},
		shared.Heartbeat{Rev: 5, Count: 2, Hash: hashOf(chi, renamed)},
		shared.GotANewUser{Name: "x"}, shared.UpdateUser{}, shared.Leave{}, shared.Error{}, unknown("wave"),
	)
	want := state{"lobby", "e1", 5, hashOf(chi, renamed), shared.RoomInfo{}, []shared.User{renamed, chi}}
	if got := contents(&r); !reflect.DeepEqual(got, want) {
		t.Errorf("the roster is %+v, want %+v", got, want)
	}
	if got, ok := r.Get(ben.ID); !ok || got != renamed {
		t.Errorf("Get gives %+v, %v", got, ok)
	}
	if got, ok := r.Get(ana.ID); ok || got != (shared.User{}) {
		t.Errorf("Get of who is gone gives %+v, %v", got, ok)
	}
	if i := r.Index(ana.ID); i != -1 {
		t.Errorf("Index of who is gone is %d", i)
	}
}

func TestRosterOfASnapshotIsAnyRoomAndEpoch(t *testing.T) {
	r := threeAt7(t)
	mustApply(t, r, shared.ExistingUsers{Room: "attic", Epoch: "e2", Rev: 2, Users: []shared.User{dan}})
	want := state{"attic", "e2", 2, hashOf(dan), shared.RoomInfo{}, []shared.User{dan}}
	if got := contents(r); !reflect.DeepEqual(got, want) {
		t.Errorf("the roster is %+v, want %+v", got, want)
	}
	mustApply(t, r, shared.ExistingUsers{Room: "attic", Epoch: "e3"}, shared.NewUser{Rev: 1, User: dan})
}

func TestZeroRosterIsEmpty(t *testing.T) {
	var r shared.Roster
	if got := contents(&r); !reflect.DeepEqual(got, state{}) || r.Len() != 0 || r.Index("") != -1 {
		t.Errorf("the zero roster is %+v", got)
	}
	mustApply(t, &r, shared.Heartbeat{}, shared.NewUser{Rev: 1, User: dan})
}

func TestRosterOrder(t *testing.T) {
	at := func(id string, joined int64) shared.User { return shared.User{ID: id, JoinedAt: joined} }
	r := shared.NewRoster("lobby", "e1")
	mustApply(t, &r,
		shared.NewUser{Rev: 1, User: at("c", 5)},
		shared.NewUser{Rev: 2, User: at("a", 5)},
		shared.NewUser{Rev: 3, User: at("z", -1)},
		shared.NewUser{Rev: 4, User: at("b", 5)},
		shared.UserUpdated{Rev: 5, User: at("a", 6)},
	)
	want := []shared.User{at("z", -1), at("b", 5), at("c", 5), at("a", 6)}
	if got := slices.Collect(r.All()); !slices.Equal(got, want) {
		t.Errorf("the order is %+v, want %+v", got, want)
	}
	for u := range r.All() { // breaking the iteration must not panic
		if u != want[0] {
			t.Errorf("the first is %+v", u)
		}
		break
	}
}

// Apply copies the users of an event, which the caller may change afterwards.
func TestRosterCopiesTheUsers(t *testing.T) {
	first, last := snapshotOf(7, true, ana, ben), snapshotOf(7, false, chi, dan)
	whole := snapshotOf(7, false, ana, ben, chi, dan)
	var chunked, single shared.Roster
	mustApply(t, &chunked, first)
	slices.Reverse(first.Users)
	mustApply(t, &chunked, last)
	mustApply(t, &single, whole)
	for _, users := range [][]shared.User{last.Users, whole.Users} {
		slices.Reverse(users)
		users[0].Name = "Mallory"
	}
	want := state{"lobby", "e1", 7, hashOf(ana, ben, chi, dan), shared.RoomInfo{}, []shared.User{ana, ben, chi, dan}}
	for _, r := range []*shared.Roster{&chunked, &single} {
		if got := contents(r); !reflect.DeepEqual(got, want) {
			t.Errorf("the roster is %+v, want %+v", got, want)
		}
	}
}

// Apply does not append a chunk to the caller's slice of an earlier chunk.
func TestRosterDoesNotWriteToTheCallersSlice(t *testing.T) {
	backing := []shared.User{ana, ben, chi}
	var r shared.Roster
	mustApply(t, &r, snapshotOf(7, true, backing[:1]...), snapshotOf(7, false, dan))
	if want := []shared.User{ana, ben, chi}; !slices.Equal(backing, want) {
		t.Errorf("the caller's users became %+v", backing)
	}
}

// A roster keeps no memory for members who have left.
func TestRosterShrinks(t *testing.T) {
	r := shared.NewRoster("lobby", "epoch")
	const crowd = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	apply := func(e shared.Event) {
		if err := r.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	for i := range crowd {
		apply(shared.NewUser{Rev: r.Rev() + 1, User: shared.User{ID: strconv.Itoa(i), JoinedAt: int64(i)}})
	}
	for i := range crowd - 1 {
		apply(shared.DisconnectUser{Rev: r.Rev() + 1, ID: strconv.Itoa(crowd - 1 - i)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if left := int64(after.HeapAlloc) - int64(before.HeapAlloc); left > 1<<20 {
		t.Errorf("of %d members there is one, in %d bytes", crowd, left)
	}
	runtime.KeepAlive(&r)
}
