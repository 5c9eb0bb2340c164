//go:build unix

package store

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"rollcall/server/store/storetest"
)

// origin is when the tests begin.
var origin = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// at is some seconds after origin.
func at(seconds float64) time.Time {
	return origin.Add(time.Duration(seconds * float64(time.Second)))
}

// must opens a database that is closed with the test.
func must(t *testing.T, address string) *Store {
	t.Helper()
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, s *Store, node string) *Life {
	t.Helper()
	l, err := s.Begin(t.Context(), node, origin)
	check(t, err)
	return l
}

// visits is what a room's visits are, each as a line.
func visits(t *testing.T, s *Store, room string, from, to, now time.Time) (lines []string) {
	t.Helper()
	for v, err := range s.Visits(t.Context(), room, from, to, now) {
		check(t, err)
		until := "now"
		if !v.Detached.IsZero() {
			until = fmt.Sprint(v.Detached.Sub(origin).Seconds(), " ", v.Reason)
		}
		lines = append(lines, fmt.Sprint(v.Member, " ", v.Name, " ", v.Identity, " ", v.Role, " ", v.Node, " ", v.Attached.Sub(origin).Seconds(), " to ", until))
	}
	return lines
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%q, want\n%q", what, got, want)
	}
}

// visit is a row with the given number.
func visit(n int64, member string, from, to float64) Visit {
	v := Visit{N: n, Room: "lobby", Member: member, Name: "Name of " + member, Identity: "typed", Role: "host", Attached: at(from)}
	if to > 0 {
		v.Detached, v.Reason = at(to), "left"
	}
	return v
}

func TestVisits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		l := begin(t, s, "one")
		first := Batch{New: []Visit{visit(1, "ada", 0, 0), visit(2, "bo", 1, 1.25), visit(3, "cy", 2, 0)}, Seen: at(3)}
		check(t, l.Write(t.Context(), first))
		check(t, l.Write(t.Context(), first)) // as when nobody knows whether it was written
		want(t, "while they are here", visits(t, s, "lobby", at(0), at(10), at(3)), []string{
			"ada Name of ada typed host one 0 to now", "bo Name of bo typed host one 1 to 1.25 left", "cy Name of cy typed host one 2 to now",
		})
		other := visit(1, "ada", 2, 4)
		other.Room = "kitchen"
		two := begin(t, s, "two")
		check(t, two.Write(t.Context(), Batch{New: []Visit{other, visit(2, "ada", 5, 6)}, Seen: at(6)}))
		check(t, l.Write(t.Context(), Batch{Ended: []Visit{visit(1, "ada", 0, 5)}, Seen: at(7)}))
		want(t, "of all nodes", visits(t, s, "lobby", at(0), at(10), at(7)), []string{
			"ada Name of ada typed host one 0 to 5 left", "ada Name of ada typed host two 5 to 6 left",
			"bo Name of bo typed host one 1 to 1.25 left", "cy Name of cy typed host one 2 to now",
		})
		want(t, "of the other room", visits(t, s, "kitchen", at(0), at(10), at(7)), []string{"ada Name of ada typed host two 2 to 4 left"})
		want(t, "of a time", visits(t, s, "lobby", at(1.5), at(2), at(7)), []string{"ada Name of ada typed host one 0 to 5 left"})
		want(t, "before", visits(t, s, "lobby", at(-9), at(0), at(7)), []string(nil))
		want(t, "of nobody's", visits(t, s, "empty", at(0), at(9), at(7)), []string(nil))
	})
}

// A visit of MaxVisit that is not split yet is found in the minute after.
func TestAVisitThatIsNotSplitYet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		now := at(MaxVisit.Seconds() + 61)
		l := begin(t, s, "one")
		check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 0, 0)}, Seen: now}))
		want(t, "just now", visits(t, s, "lobby", now.Add(-time.Second), now, now), []string{"ada Name of ada typed host one 0 to now"})
	})
}

// What a life that is over has left open ended when it was last seen, and after that there is
// a gap until the next began.
func TestALifeThatIsOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		l := begin(t, s, "one")
		check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 0, 0), visit(2, "bo", 4, 0)}, Seen: at(3)}))
		late := at(3).Add(OverAfter + time.Millisecond)
		want(t, "still alive", len(visits(t, s, "lobby", at(3), at(9), at(3).Add(OverAfter))), 2)
		want(t, "not seen", visits(t, s, "lobby", at(0), at(9), late), []string{
			"ada Name of ada typed host one 0 to 3 node_lost", "bo Name of bo typed host one 4 to 4 node_lost",
		})
		want(t, "after its end", visits(t, s, "lobby", at(3.5), at(4), late), []string(nil))
		gaps, err := s.Gaps(t.Context(), at(0), at(99), late)
		check(t, err)
		want(t, "the gap so far", gaps, []Gap{{at(3), late}})
		check(t, l.Write(t.Context(), Batch{Seen: at(20)}))
		want(t, "seen again", visits(t, s, "lobby", at(0), at(9), late)[0], "ada Name of ada typed host one 0 to now")
		check(t, l.End(t.Context(), at(21)))
		want(t, "ended", visits(t, s, "lobby", at(0), at(9), at(21))[0], "ada Name of ada typed host one 0 to 20 node_lost")
		gaps, err = s.Gaps(t.Context(), at(0), at(99), at(60))
		check(t, err)
		want(t, "gaps of one that has ended", gaps, []Gap(nil))
	})
}

func TestGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		l := begin(t, s, "one")
		gap := func(from, to float64) {
			check(t, l.Write(t.Context(), Batch{Gap: Gap{at(from), at(to)}, Seen: at(to)}))
		}
		gap(1, 2)
		gap(1, 3)
		gap(1, 2)
		gap(3, 4)
		gap(8, 9)
		next, err := s.Begin(t.Context(), "two", at(30))
		check(t, err)
		check(t, next.Write(t.Context(), Batch{Seen: at(40)}))
		for _, c := range []struct {
			from, to float64
			want     []Gap
		}{
			{0, 99, []Gap{{at(1), at(4)}, {at(8), at(30)}}},
			{4.5, 7, nil},
			{2, 5, []Gap{{at(1), at(4)}}},
			{25, 99, []Gap{{at(9), at(30)}}},
			{31, 99, nil},
		} {
			got, err := s.Gaps(t.Context(), at(c.from), at(c.to), at(41))
			check(t, err)
			want(t, fmt.Sprint(c.from, " to ", c.to), got, c.want)
		}
	})
}

func TestErase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		l := begin(t, s, "one")
		check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 0, 1), visit(2, "ada", 2, 0), visit(3, "bo", 0, 0)}, Seen: at(3)}))
		rows, err := s.Erase(t.Context(), "ada")
		check(t, err)
		want(t, "rows", rows, int64(2))
		check(t, l.Write(t.Context(), Batch{Ended: []Visit{visit(2, "ada", 2, 5), visit(3, "bo", 0, 5)}, Seen: at(5)}))
		want(t, "afterwards", visits(t, s, "lobby", at(0), at(9), at(5)), []string{"bo Name of bo typed host one 0 to 5 left"})
	})
}

func TestForget(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		l, old := begin(t, s, "one"), begin(t, s, "old")
		var rows []Visit
		for i := range 2*forgetAtOnce + 7 {
			rows = append(rows, visit(int64(i), fmt.Sprint("member ", i), float64(i), float64(i)+0.5))
		}
		check(t, old.Write(t.Context(), Batch{New: rows, Gap: Gap{at(1), at(2)}, Seen: at(3)}))
		check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 9000, 0)}, Gap: Gap{at(5000), at(9001)}, Seen: at(9001)}))
		for i := range 3 {
			all, err := s.Forget(t.Context(), at(8000))
			check(t, err)
			want(t, fmt.Sprint("all after batch ", i), all, i == 2)
		}
		want(t, "visits", visits(t, s, "lobby", at(0), at(9999), at(9001)), []string{"ada Name of ada typed host one 9000 to now"})
		gaps, err := s.Gaps(t.Context(), at(0), at(9999), at(9001))
		check(t, err)
		want(t, "gaps", gaps, []Gap{{at(5000), at(9001)}})
		var lives int
		check(t, s.db.QueryRowContext(t.Context(), "SELECT count(*) FROM lives").Scan(&lives))
		want(t, "lives", lives, 1)
	})
}

// A row with everything that text may be comes back as it was.
func TestTextOfVisits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		l := begin(t, s, "one")
		v := visit(1, "ada", 0, 0)
		v.Name = "'; DROP TABLE visits; -- \"Ada\"\n= \u202eعمر 😀"
		check(t, l.Write(t.Context(), Batch{New: []Visit{v}, Seen: at(1)}))
		for got, err := range s.Visits(t.Context(), "lobby", at(0), at(1), at(1)) {
			check(t, err)
			want(t, "the name", got.Name, v.Name)
		}
		for _, err := range s.Visits(canceled(t), "lobby", at(0), at(1), at(1)) {
			if err == nil {
				t.Error("there are visits though nobody waits for them")
			}
		}
	})
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
