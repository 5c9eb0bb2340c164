//go:build unix

package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"rollcall/server/store/storetest"
)

func expected(t *testing.T, s *Store, room string) Expected {
	t.Helper()
	e, err := s.Expected(t.Context(), room)
	check(t, err)
	return e
}

func TestExpected(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		want(t, "of nobody", expected(t, s, "lobby"), Expected{Marks: map[string]Mark{}})
		first := Expected{
			Starts: at(60), LateAfter: new(5 * time.Minute), SetBy: "key ci", SetAt: at(1), Marks: map[string]Mark{},
			People: []Listed{{"BO", ""}, {"", "'; DROP TABLE expected; -- \"Ada\"\n= \u202eعمر 😀"}, {"CY", "Cy"}},
		}
		for i := range 250 { // more than a statement has
			first.People = append(first.People, Listed{"", fmt.Sprint("Person ", i)})
		}
		check(t, s.SetExpected(t.Context(), "lobby", first))
		want(t, "the list", expected(t, s, "lobby"), first)
		want(t, "of another room", expected(t, s, "kitchen"), Expected{Marks: map[string]Mark{}})

		mark := Mark{"excused", "key ci", at(2)}
		check(t, s.SetMark(t.Context(), "lobby", "BO", Mark{"present", "key other", at(1)}))
		check(t, s.SetMark(t.Context(), "lobby", "BO", mark))
		check(t, s.SetMark(t.Context(), "lobby", "CY", mark))
		check(t, s.SetMark(t.Context(), "lobby", "CY", Mark{}))
		check(t, s.SetMark(t.Context(), "kitchen", "BO", mark))
		want(t, "marks", expected(t, s, "lobby").Marks, map[string]Mark{"BO": mark})

		second := Expected{Starts: at(60), SetBy: "key ci", SetAt: at(3), People: []Listed{{"CY", ""}}}
		check(t, s.SetExpected(t.Context(), "lobby", second))
		second.Marks = map[string]Mark{"BO": mark}
		want(t, "a list of the same time", expected(t, s, "lobby"), second)
		second.Starts, second.Marks = time.Time{}, map[string]Mark{}
		check(t, s.SetExpected(t.Context(), "lobby", second))
		want(t, "a list of another time", expected(t, s, "lobby"), second)
		check(t, s.SetExpected(t.Context(), "lobby", Expected{SetAt: at(4)}))
		want(t, "without a list", expected(t, s, "lobby"), Expected{Marks: map[string]Mark{}})
		want(t, "marks of another room", expected(t, s, "kitchen").Marks, map[string]Mark{"BO": mark})
	})
}

// Two lists that are set at the same time do not mix.
func TestListsAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		var both sync.WaitGroup
		for i := range 2 {
			both.Go(func() {
				for range 5 {
					e := Expected{SetBy: fmt.Sprint(i), SetAt: at(float64(i))}
					for k := range 120 {
						e.People = append(e.People, Listed{"", fmt.Sprint(i, " ", k)})
					}
					if err := s.SetExpected(t.Context(), "lobby", e); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		e := expected(t, s, "lobby")
		want(t, "people", len(e.People), 120)
		for k, p := range e.People {
			want(t, "a name", p.Name, fmt.Sprint(e.SetBy, " ", k))
		}
	})
}

func TestTooManyMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		_, err := s.db.ExecContext(t.Context(), fmt.Sprintf(`
			WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < %d)
			INSERT INTO marks (room, person, mark, set_by, set_at) SELECT 'lobby', 'person ' || n, 'excused', '', 0 FROM n`, MaxMarks))
		check(t, err)
		if err := s.SetMark(t.Context(), "lobby", "one more", Mark{Mark: "excused"}); !errors.Is(err, ErrTooManyMarks) {
			t.Errorf("%v", err)
		}
		check(t, s.SetMark(t.Context(), "lobby", "person 7", Mark{Mark: "present"}))
		want(t, "the mark", expected(t, s, "lobby").Marks["person 7"].Mark, "present")
		check(t, s.SetMark(t.Context(), "kitchen", "one more", Mark{Mark: "excused"}))
	})
}

// Whoever is erased is on no list, and lists and marks about a time that is forgotten are gone.
func TestErasedAndForgottenLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		for room, starts := range map[string]time.Time{"old": at(1), "new": at(9000), "always": {}} {
			check(t, s.SetExpected(t.Context(), room, Expected{Starts: starts, People: []Listed{{"ADA", "Ada"}, {"BO", "Bo"}}}))
			check(t, s.SetMark(t.Context(), room, "ADA", Mark{"excused", "", at(9000)}))
			check(t, s.SetMark(t.Context(), room, "BO", Mark{"excused", "", at(1)}))
		}
		rows, err := s.Erase(t.Context(), "ADA")
		check(t, err)
		want(t, "rows", rows, int64(6))
		all, err := s.Forget(t.Context(), at(8000))
		check(t, err)
		want(t, "all", all, true)
		for room, people := range map[string][]Listed{"old": nil, "new": {{"BO", "Bo"}}, "always": {{"BO", "Bo"}}} {
			got := expected(t, s, room)
			want(t, room, got.People, people)
			want(t, "marks", len(got.Marks), 0)
		}
	})
}
