package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"rollcall/shared"
)

// rosterOf returns a roster of n members, u0 to u(n-1), who arrived in this order, one
// second apart.
func rosterOf(t *testing.T, n int) shared.Roster {
	t.Helper()
	s := shared.ExistingUsers{Room: shared.Lobby, Epoch: "e", Rev: 1, Users: members(n)}
	var r shared.Roster
	if err := r.Apply(s); err != nil {
		t.Fatal(err)
	}
	return r
}

func listOf(r shared.Roster, gs ghosts) *memberList { return &memberList{roster: r, ghosts: gs} }

func member(i int) shared.User {
	return shared.User{
		ID: fmt.Sprintf("u%d", i), Name: fmt.Sprintf("Person %d", i),
		Status: shared.StatusActive, JoinedAt: int64(i) * 1000,
	}
}

// members returns n members, u0 to u(n-1), who arrived a second apart.
func members(n int) []shared.User {
	users := make([]shared.User, n)
	for i := range users {
		users[i] = member(i)
	}
	return users
}

func ids(rs []row) (out []string) {
	for _, r := range rs {
		id := r.user.ID
		if r.gone != "" {
			id = "-" + id
		}
		out = append(out, id)
	}
	return out
}

func TestGhostsStandWhereTheyStood(t *testing.T) {
	r := rosterOf(t, 6)
	var gs ghosts
	for _, i := range []int{4, 0, 5} {
		if err := r.Apply(shared.DisconnectUser{Rev: r.Rev() + 1, ID: member(i).ID}); err != nil {
			t.Fatal(err)
		}
		gs.add(ghost{user: member(i), reason: shared.ReasonLeft})
	}
	want := []string{"-u0", "u1", "u2", "u3", "-u4", "-u5"}
	if got := ids(listOf(r, gs).rows(0, 6)); !slices.Equal(got, want) {
		t.Fatalf("rows are %v, want %v", got, want)
	}
}

// Every part of the list equals that part of the whole list.
func TestRowsOfAnyWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := rng.IntN(20)
		r := rosterOf(t, n)
		var gs ghosts
		var whole []string
		for i := range n {
			if rng.IntN(4) != 0 {
				whole = append(whole, member(i).ID)
				continue
			}
			if err := r.Apply(shared.DisconnectUser{Rev: r.Rev() + 1, ID: member(i).ID}); err != nil {
				t.Fatal(err)
			}
			gs = append(gs, ghost{user: member(i), reason: shared.ReasonClosed})
			whole = append(whole, "-"+member(i).ID)
		}
		from, to := rng.IntN(24)-2, rng.IntN(24)-2
		want := whole[min(max(from, 0), n):]
		want = want[:min(max(to-max(from, 0), 0), len(want))]
		if got := ids(listOf(r, gs).rows(from, to)); !slices.Equal(got, want) {
			t.Fatalf("rows %d to %d of %v are %v, want %v", from, to, whole, got, want)
		}
	}
}

func TestPlacesMoveOnlyWhenACardIsAnothersThanBefore(t *testing.T) {
	var p cardOrder
	now := time.Unix(1000, 0)
	sheet := func(is ...int) (rs []row) {
		for _, i := range is {
			rs = append(rs, row{user: member(i)})
		}
		return rs
	}
	for _, step := range []struct {
		name  string
		rows  []row
		after time.Duration
		moved bool
	}{
		{"the first", sheet(1, 2, 3), 0, false},
		{"one more at the end", sheet(1, 2, 3, 4), 0, false},
		{"one is a ghost in place", []row{{member(1), shared.ReasonLeft}, {user: member(2)}, {user: member(3)}, {user: member(4)}}, 0, false},
		{"the first has gone", sheet(2, 3, 4), 0, true},
		{"right after", sheet(2, 3, 4), settleTime / 2, true},
		{"when that is painted", sheet(2, 3, 4), settleTime, false},
		{"the last has gone", sheet(2, 3), 0, false},
	} {
		now = now.Add(step.after)
		if moved := p.moved(step.rows, now); moved != step.moved {
			t.Errorf("%s: moved is %v", step.name, moved)
		}
	}
}
