package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rollcall/shared"
)

// A sheet in any order, searched or not, is what sorting and searching the
// roster anew gives, whatever came and went; and it knows where everybody stands.
func TestSheetInOrder(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := &sheet{roster: rosterOf(t, 5)}
		for step := range 60 {
			change(t, rng, s, step)
			switch rng.IntN(6) {
			case 0:
				s.sortBy([]order{orderArrival, orderName}[rng.IntN(2)])
			case 1:
				s.find([]string{"", "a", "N1", " b "}[rng.IntN(4)])
			case 2:
				s.many()
			}
			want := plainly(s)
			if got := ids(s.rows(0, s.len())); !slices.Equal(got, want) {
				t.Fatalf("seed %d, step %d, order %q, query %q: %v, want %v", seed, step, s.order, s.query, got, want)
			}
			for i, r := range s.rows(0, s.len()) {
				if at := s.index(r.user); at != i {
					t.Fatalf("seed %d, step %d: %s stands at %d, and is said to at %d", seed, step, r.user.Name, i, at)
				}
			}
		}
	}
}

// change has somebody come, go, or take another name.
func change(t *testing.T, rng *rand.Rand, s *sheet, step int) {
	t.Helper()
	rev := s.roster.Rev() + 1
	name := fmt.Sprintf("%c n%d", 'A'+rune(rng.IntN(4)), rng.IntN(3))
	var e shared.Event = shared.NewUser{Rev: rev, User: shared.User{ID: fmt.Sprint("x", step), Name: name, Status: shared.StatusActive, JoinedAt: int64(1000 * step)}}
	if n := s.roster.Len(); n > 0 && rng.IntN(2) == 0 {
		u := s.roster.At(rng.IntN(n))
		e = shared.DisconnectUser{Rev: rev, ID: u.ID, Reason: shared.ReasonLeft}
		if rng.IntN(2) == 0 {
			u.Name = name
			e = shared.UserUpdated{Rev: rev, User: u}
		}
	}
	if err := s.apply(e); err != nil {
		t.Fatal(err)
	}
}

// plainly is the ids of a sheet without ghosts, made the plain way.
func plainly(s *sheet) (ids []string) {
	users := slices.Collect(s.roster.All())
	slices.SortStableFunc(users, s.compare)
	for _, u := range users {
		if strings.Contains(strings.ToLower(u.Name), strings.ToLower(s.query)) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// Ghosts stand where they stood in any order, and not among those found.
func TestGhostsInOrder(t *testing.T) {
	s := &sheet{roster: rosterOf(t, 3)} // Person 0 to 2
	s.sortBy(orderName)
	gone := shared.User{ID: "g", Name: "Person 1b", JoinedAt: 0}
	s.ghosts.add(ghost{user: gone, reason: shared.ReasonLeft})
	if got := ids(s.rows(0, s.len())); !slices.Equal(got, []string{"u0", "u1", "-g", "u2"}) {
		t.Errorf("by name stand %v", got)
	}
	s.find("person 1")
	if got := ids(s.rows(0, s.len())); !slices.Equal(got, []string{"u1"}) {
		t.Errorf("found are %v", got)
	}
}
