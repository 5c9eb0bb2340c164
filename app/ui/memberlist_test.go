package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rollcall/shared"
)

// A list in any order, with or without a query, equals sorting and searching the roster
// from scratch, whatever changes; and index returns every member's position.
func TestListInOrder(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := &memberList{roster: rosterOf(t, 5)}
		for step := range 60 {
			change(t, rng, s, step)
			switch rng.IntN(6) {
			case 0:
				s.setOrder([]order{orderArrival, orderName, orderStatus}[rng.IntN(3)])
			case 1:
				s.setQuery([]string{"", "a", "N1", " b "}[rng.IntN(4)])
			case 2:
				s.dropOrder()
			case 3:
				s.setOnly([]shared.Status{"", "", shared.StatusActive, shared.StatusAway}[rng.IntN(4)])
			}
			want := sortedPlainly(s)
			if got := ids(s.rows(0, s.len())); !slices.Equal(got, want) {
				t.Fatalf("seed %d, step %d, order %q, query %q, only %q: %v, want %v", seed, step, s.order, s.query, s.only, got, want)
			}
			wantCounts(t, s)
			for i, r := range s.rows(0, s.len()) {
				if at := s.index(r.user); at != i {
					t.Fatalf("seed %d, step %d: %s stands at %d, and is said to at %d", seed, step, r.user.Name, i, at)
				}
			}
		}
	}
}

// wantCounts checks that exactly the members who share a name have tags, and the tally.
func wantCounts(t *testing.T, s *memberList) {
	t.Helper()
	tally := map[shared.Status]int{}
	for u := range s.roster.All() {
		tally[u.Status]++
		want := ""
		for other := range s.roster.All() {
			if u.ID != other.ID && u.Name == other.Name {
				want = shared.Tag(u.ID)
			}
		}
		if got := s.tag(u); got != want {
			t.Fatalf("%s (%s) has the tag %q, want %q", u.Name, u.ID, got, want)
		}
	}
	for _, status := range statuses {
		if got := s.tally(status); got != tally[status] {
			t.Fatalf("%d are %s, want %d", got, status, tally[status])
		}
	}
}

// change has a member come, go, or take another name and status.
func change(t *testing.T, rng *rand.Rand, s *memberList, step int) {
	t.Helper()
	rev := s.roster.Rev() + 1
	name := fmt.Sprintf("%c n%d", 'A'+rune(rng.IntN(4)), rng.IntN(3))
	status := statuses[rng.IntN(len(statuses))]
	var e shared.Event = shared.NewUser{Rev: rev, User: shared.User{ID: fmt.Sprint("x", step), Name: name, Status: status, JoinedAt: int64(1000 * step)}}
	if n := s.roster.Len(); n > 0 && rng.IntN(2) == 0 {
		u := s.roster.At(rng.IntN(n))
		e = shared.DisconnectUser{Rev: rev, ID: u.ID, Reason: shared.ReasonLeft}
		if rng.IntN(2) == 0 {
			u.Name, u.Status = name, status
			e = shared.UserUpdated{Rev: rev, User: u}
		}
	}
	if err := s.apply(e); err != nil {
		t.Fatal(err)
	}
}

// sortedPlainly returns the ids of a list without ghosts, sorted and searched from scratch.
func sortedPlainly(s *memberList) (ids []string) {
	users := slices.Collect(s.roster.All())
	slices.SortStableFunc(users, s.compare)
	for _, u := range users {
		if strings.Contains(strings.ToLower(u.Name), strings.ToLower(s.query)) && (s.only == "" || s.only == u.Status) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// Ghosts keep their place in any order, and are not found by a search.
func TestGhostsInOrder(t *testing.T) {
	s := &memberList{roster: rosterOf(t, 3)} // Person 0 to 2
	s.setOrder(orderName)
	gone := shared.User{ID: "g", Name: "Person 1b", JoinedAt: 0}
	s.ghosts.add(ghost{user: gone, reason: shared.ReasonLeft})
	if got := ids(s.rows(0, s.len())); !slices.Equal(got, []string{"u0", "u1", "-g", "u2"}) {
		t.Errorf("by name stand %v", got)
	}
	s.setQuery("person 1")
	if got := ids(s.rows(0, s.len())); !slices.Equal(got, []string{"u1"}) {
		t.Errorf("found are %v", got)
	}
}
