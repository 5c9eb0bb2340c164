package shared_test

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"slices"

	"pgregory.net/rapid"
	"rollcall/shared"
)

// model is a simple reference implementation of shared.Roster: a map that is sorted
// and hashed anew for each comparison.
type model struct {
	room, epoch string
	rev         uint64
	users       map[string]shared.User
	info        shared.RoomInfo
	chunks      []shared.ExistingUsers // of an incomplete snapshot
}

// apply applies e if it fits, and reports whether it does.
func (m *model) apply(e shared.Event) bool {
	if s, ok := e.(shared.ExistingUsers); ok {
		return m.snapshot(s)
	}
	if m.chunks != nil {
		m.chunks = nil
		return false
	}
	switch e := e.(type) {
	case shared.NewUser:
		_, here := m.users[e.User.ID]
		return !here && m.put(e.Rev, e.User)
	case shared.UserUpdated:
		_, here := m.users[e.User.ID]
		return here && m.put(e.Rev, e.User)
	case shared.DisconnectUser:
		_, here := m.users[e.ID]
		if !here || e.Rev != m.rev+1 {
			return false
		}
		m.rev = e.Rev
		delete(m.users, e.ID)
	case shared.RoomInfoChanged:
		if e.Rev != m.rev+1 {
			return false
		}
		m.rev, m.info = e.Rev, e.RoomInfo
	case shared.Unknown:
		if e.Rev != 0 && e.Rev != m.rev+1 {
			return false
		}
		m.rev = max(m.rev, e.Rev)
	case shared.Resumed:
		return e.Epoch == m.epoch && e.Rev == m.rev
	case shared.Heartbeat:
		return e == m.heartbeat()
	}
	return true
}

func (m *model) put(rev uint64, u shared.User) bool {
	if rev != m.rev+1 {
		return false
	}
	m.rev = rev
	m.users[u.ID] = u
	return true
}

func (m *model) snapshot(s shared.ExistingUsers) bool {
	chunks := append(m.chunks, s)
	m.chunks = nil
	first := chunks[0]
	if s.Epoch != first.Epoch || s.Rev != first.Rev || s.Room != first.Room {
		return false
	}
	if s.More {
		m.chunks = chunks
		return true
	}
	users, total := map[string]shared.User{}, 0
	for _, chunk := range chunks {
		for _, u := range chunk.Users {
			users[u.ID] = u
			total++
		}
	}
	if len(users) != total {
		return false
	}
	*m = model{s.Room, s.Epoch, s.Rev, users, s.Info, nil}
	return true
}

func (m *model) heartbeat() shared.Heartbeat {
	return shared.Heartbeat{Rev: m.rev, Count: len(m.users), Hash: m.state().Hash}
}

func (m *model) state() state {
	users := slices.SortedFunc(maps.Values(m.users), func(a, b shared.User) int {
		return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.ID, b.ID))
	})
	return state{m.room, m.epoch, m.rev, hashOf(users...) ^ shared.HashRoomInfo(m.info), m.info, users}
}

// twins are a roster and its model, to which the same events are applied.
type twins struct {
	roster shared.Roster
	model  model
}

func newTwins() *twins {
	return &twins{model: model{users: map[string]shared.User{}}}
}

// apply applies e to both twins and checks that they agree whether it fits, and on
// their contents after it.
func (w *twins) apply(t rapid.TB, e shared.Event) {
	fits := w.model.apply(e)
	err := w.roster.Apply(e)
	if fits != (err == nil) || err != nil && !errors.Is(err, shared.ErrDesync) {
		t.Fatalf("%#v: the error is %v, the model fits: %v", e, err, fits)
	}
	got, want := contents(&w.roster), w.model.state()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("after %#v\nthe roster is %+v\nthe model is  %+v", e, got, want)
	}
	if w.roster.Len() != len(want.Users) {
		t.Fatalf("Len is %d of %d", w.roster.Len(), len(want.Users))
	}
	for i, u := range want.Users {
		byID, ok := w.roster.Get(u.ID)
		if w.roster.At(i) != u || w.roster.Index(u.ID) != i || !ok || byID != u {
			t.Fatalf("At(%d) is %+v, Index(%q) is %d, Get gives %+v", i, w.roster.At(i), u.ID, w.roster.Index(u.ID), byID)
		}
	}
	if _, ok := w.roster.Get("nobody"); ok || w.roster.Index("nobody") != -1 {
		t.Fatalf("nobody is here")
	}
}

// choice returns an arbitrary number from 0 to n-1.
type choice func(n int) int

// event returns an arbitrary event, which fits most of the time.
func (w *twins) event(pick choice) shared.Event {
	rev := w.model.rev + [...]uint64{1, 1, 1, 1, 1, 1, 0, 2}[pick(8)]
	switch pick(12) {
	case 11:
		return shared.Unknown{Name: "wave", Rev: rev}
	case 10:
		return shared.RoomInfoChanged{Rev: rev, RoomInfo: anyInfo(pick)}
	case 0, 1, 2:
		return shared.NewUser{Rev: rev, User: anybody(pick)}
	case 3:
		return shared.UserUpdated{Rev: rev, User: anybody(pick)}
	case 4, 5:
		return shared.DisconnectUser{Rev: rev, ID: anybody(pick).ID}
	case 6:
		h := w.model.heartbeat()
		h.Rev += uint64(pick(4) / 3)
		h.Count -= pick(4) / 3
		h.Hash ^= shared.Hash(pick(4) / 3)
		return h
	case 7:
		return shared.Resumed{Epoch: w.epoch(pick), Rev: rev - 1}
	case 8:
		return [...]shared.Event{shared.Leave{}, shared.Error{}, shared.UpdateUser{}, unknown("wave")}[pick(4)]
	}
	return w.chunk(pick)
}

func (w *twins) epoch(pick choice) string {
	if pick(4) == 0 {
		return [...]string{"", "e1", "e2"}[pick(3)]
	}
	return w.model.epoch
}

// chunk returns a chunk of a snapshot. Usually it continues the incomplete one, if
// there is one.
func (w *twins) chunk(pick choice) shared.ExistingUsers {
	s := shared.ExistingUsers{Room: "lobby", Epoch: w.epoch(pick), Rev: uint64(pick(256))}
	if len(w.model.chunks) > 0 && pick(8) > 0 {
		s = w.model.chunks[0]
	}
	s.More, s.Info = pick(2) == 0, anyInfo(pick)
	s.Users = nil
	for range pick(4) {
		s.Users = append(s.Users, anybody(pick))
	}
	return s
}

func anyInfo(pick choice) shared.RoomInfo {
	return shared.RoomInfo{
		Title:  [...]string{"", "locked"}[pick(2)],
		Topic:  [...]string{"", "locked"}[pick(2)],
		Locked: pick(2) == 0,
	}
}

func anybody(pick choice) shared.User {
	return shared.User{
		ID:       string(rune('a' + pick(6))),
		Name:     [...]string{"Ana", "Ben"}[pick(2)],
		Status:   [...]shared.Status{shared.StatusActive, shared.StatusAway}[pick(2)],
		JoinedAt: int64(pick(4)) - 1,
	}
}
