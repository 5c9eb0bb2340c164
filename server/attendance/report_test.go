//go:build unix

package attendance

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
	"rollcall/shared/api"
)

// past is a morning that is over.
func past(minutes float64) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(minutes * float64(time.Minute)))
}

func second(n int) time.Time { return past(0).Add(time.Duration(n) * time.Second) }

// was is a visit of a morning to the lobby, by minutes; one without an end goes on until the
// life ends.
func was(name string, from, to float64) store.Visit {
	v := store.Visit{
		Room: "lobby", Member: id(name), Name: name, Identity: "typed", Role: "member", Attached: past(from), Reason: "left",
	}
	if to > 0 {
		v.Detached = past(to)
	}
	return v
}

// wrote has a node write visits, and say that it was alive until a time.
func wrote(t testing.TB, s *store.Store, node string, seen time.Time, visits ...store.Visit) {
	t.Helper()
	l, err := s.Begin(t.Context(), node, past(0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range visits {
		visits[i].N = int64(i + 1)
	}
	if err := errors.Join(l.Write(t.Context(), store.Batch{New: visits, Seen: seen}), l.End(t.Context(), seen)); err != nil {
		t.Fatal(err)
	}
}

// each runs a test with a roll of each kind of database.
func each(t *testing.T, test func(t *testing.T, s *store.Store, r *Roll)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, address string) {
		s := open(t, address)
		defer func() { check(t, s.Close()) }()
		test(t, s, NewRoll(s))
	})
}

// written is a report of a time in minutes, in a format.
func written(t *testing.T, r *Roll, from, to float64, format string) string {
	t.Helper()
	report, err := r.Report(t.Context(), "lobby", past(from), past(to))
	check(t, err)
	defer report.Close()
	var b bytes.Buffer
	check(t, report.Write(&b, format))
	return b.String()
}

// statuses are the people of a report, each with the status and who corrected it.
func statuses(t *testing.T, r *Roll, from, to float64) (lines []string) {
	t.Helper()
	var a api.Attendance
	check(t, json.Unmarshal([]byte(written(t, r, from, to, api.FormatJSON)), &a))
	for _, p := range a.People {
		line := p.Name + " " + p.Status
		if p.Expected {
			line += " expected"
		}
		if p.Mark != nil {
			line += " by " + p.Mark.By
		}
		lines = append(lines, line)
	}
	return lines
}

// expect sets a list of names, some of which are ids.
func expect(t *testing.T, r *Roll, e api.Expected, names ...string) {
	t.Helper()
	for _, name := range names {
		p := api.ExpectedPerson{Name: name}
		if shared.CheckID(name) == nil {
			p = api.ExpectedPerson{ID: name}
		}
		e.People = append(e.People, p)
	}
	check(t, r.SetExpected(t.Context(), "lobby", e, "key ci"))
}

func TestExpectedPeople(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		renamed := was("Ada", 4, 30)
		renamed.Name = "Ada (away)"
		wrote(t, s, "one", past(60),
			was("Ada", 1, 4), renamed, was("JÖRG  Müßig", 2, 30), was("Bo", 9, 30), was("Cy", 3, 30),
			was("Jörg Mussig", 11, 12), was("Eve", 5, 30))
		want(t, "without a list", statuses(t, r, 0, 60), []string{
			"Ada (away) left", "JÖRG  Müßig left", "Cy left", "Eve left", "Bo left", "Jörg Mussig left",
		})
		expect(t, r, api.Expected{LateAfter: "5m"}, "ada", "Jo\u0308rg müssig", id("Bo"), "Cy", "Zoë", id("Nobody"))
		all := []string{
			"Ada (away) left expected", "JÖRG  Müßig ambiguous expected", "Cy left expected", "Eve left",
			id("Bo") + " late expected", "Jörg Mussig ambiguous expected", "Zoë absent expected", id("Nobody") + " absent expected",
		}
		all[4] = "Bo late expected"
		all[7] = " absent expected"
		want(t, "with a list", statuses(t, r, 0, 60), all)

		mark := func(person, mark string) {
			t.Helper()
			m, err := r.SetMark(t.Context(), "lobby", person, mark, "key host")
			check(t, err)
			if (m.Mark == nil) != (mark == "") || m.ID != person {
				t.Errorf("%+v", m)
			}
		}
		list, err := r.Expected(t.Context(), "lobby")
		check(t, err)
		zoe := list.People[4].ID
		mark(zoe, "excused")
		mark(id("Bo"), "present")
		mark(id("Jörg Mussig"), "present")
		mark(id("Cy"), "excused")
		mark(id("Cy"), "")
		all[1], all[4], all[5], all[6] = "JÖRG  Müßig left", "Bo present expected by key host", "Jörg Mussig present expected by key host", "Zoë excused expected by key host"
		want(t, "corrected", statuses(t, r, 0, 60), all)

		wrote(t, s, "two", past(60), was("ZOE", 50, 55))
		want(t, "who came late and is excused", statuses(t, r, 45, 60)[0], "ZOE excused expected by key host")

		starts := past(2)
		expect(t, r, api.Expected{Starts: &starts, LateAfter: "0s"}, "Ada", "Cy", "Eve")
		want(t, "with another start", statuses(t, r, 0, 6), []string{
			"Ada (away) left expected", "JÖRG  Müßig left", "Cy late expected", "Eve late expected",
		})
		want(t, "of the day before", statuses(t, r, -99, 2), []string{"Ada left"})
		want(t, "of the day after", len(statuses(t, r, 2+24*60, 9999)), 0)
		expect(t, r, api.Expected{})
		want(t, "without a list again", statuses(t, r, 0, 2), []string{"Ada left"})
	})
}

// A list is answered as it was set, and may be set as it is answered.
func TestAListThereAndBack(t *testing.T) {
	each(t, func(t *testing.T, _ *store.Store, r *Roll) {
		empty, err := r.Expected(t.Context(), "lobby")
		check(t, err)
		want(t, "none", empty, api.ExpectedAnswer{Room: "lobby", Expected: api.Expected{People: []api.ExpectedPerson{}}})
		starts := past(0)
		expect(t, r, api.Expected{Starts: &starts, LateAfter: "90s"}, " Ada  Lovelace ", id("Bo"), "עמר, \"=1\"")
		first, err := r.Expected(t.Context(), "lobby")
		check(t, err)
		want(t, "the list", []any{first.Starts.Equal(starts), first.LateAfter, first.SetBy, first.People[0].Name, first.People[1].ID},
			[]any{true, "1m30s", "key ci", "Ada Lovelace", id("Bo")})
		check(t, r.SetExpected(t.Context(), "lobby", first.Expected, "key ci"))
		second, err := r.Expected(t.Context(), "lobby")
		check(t, err)
		second.SetAt = first.SetAt
		want(t, "there and back", second, first)
	})
}

func TestListsThatMakeNoSense(t *testing.T) {
	s := open(t, storetest.File(t))
	defer func() { check(t, s.Close()) }()
	r := NewRoll(s)
	people := func(all ...api.ExpectedPerson) api.Expected { return api.Expected{People: all} }
	ada := api.ExpectedPerson{Name: "Ada"}
	for text, e := range map[string]api.Expected{
		"people has more than 10000":                       people(slices.Repeat([]api.ExpectedPerson{ada}, api.MaxExpected+1)...),
		"people[1] is the same as people[0]":               people(ada, api.ExpectedPerson{Name: "ÁDA"}),
		"people[2] is the same as people[1]":               people(ada, api.ExpectedPerson{ID: id("Bo")}, api.ExpectedPerson{ID: id("Bo"), Name: "Bo"}),
		"people[0].name is not a name: a name needs":       people(api.ExpectedPerson{}),
		"people[0].name is not a name: the name has a":     people(api.ExpectedPerson{Name: "A\x00"}),
		"people[0].id is not the id of a member":           people(api.ExpectedPerson{ID: "~" + id("Ada"), Name: "Ada"}),
		"people[0].id is not the id of a member, or of th": people(api.ExpectedPerson{ID: "ada"}),
		"late_after is not a duration":                     {LateAfter: "25h"},
		"late_after is not a":                              {LateAfter: "-1s"},
		"late_after is":                                    {LateAfter: "soon"},
	} {
		err := r.SetExpected(t.Context(), "lobby", e, "key ci")
		if _, ok := errors.AsType[*api.InvalidField](err); !ok || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	for _, c := range [][2]string{{id("Ada"), "late"}, {"Ada", "present"}, {"~Ada", "present"}} {
		if _, err := r.SetMark(t.Context(), "lobby", c[0], c[1], "key ci"); err == nil {
			t.Errorf("%q", c)
		}
	}
	if _, err := r.Report(t.Context(), "lobby", past(1), past(1)); err == nil || err.Error() != "to is not after from" {
		t.Errorf("%v", err)
	}
	report, err := r.Report(t.Context(), "lobby", past(0), past(1))
	check(t, err)
	defer report.Close()
	if err := report.Write(new(bytes.Buffer), "xml"); err == nil {
		t.Error("that is a format")
	}
}

// 10,000 people may be expected.
func TestALongList(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		var names []string
		for i := range api.MaxExpected {
			names = append(names, fmt.Sprint("Person ", i))
		}
		expect(t, r, api.Expected{}, names...)
		wrote(t, s, "one", past(60), was("person 9999", 1, 2))
		got := statuses(t, r, 0, 60)
		want(t, "people", len(got), api.MaxExpected)
		want(t, "the first", got[:2], []string{"person 9999 left expected", "Person 0 absent expected"})
	})
}

// Names that mean something to a spreadsheet, a terminal or a parser are in every format what
// they were, but for a quote before a formula in CSV.
func TestHostileNames(t *testing.T) {
	names := []string{
		"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\ttab", "\rreturn", "a,b;c", "say \"hi\"", "two\nlines", "عمر \u202e", "<b>&amp;", "'", " =1",
	}
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		var visits []store.Visit
		for i, name := range names {
			v := was(fmt.Sprint(i), float64(i), 30)
			v.Name = name
			visits = append(visits, v)
		}
		wrote(t, s, "one", past(60), visits...)
		lines, err := csv.NewReader(strings.NewReader(written(t, r, 0, 60, api.FormatCSV))).ReadAll()
		check(t, err)
		want(t, "the header", lines[0], Header)
		var a api.Attendance
		check(t, json.Unmarshal([]byte(written(t, r, 0, 60, api.FormatJSON)), &a))
		jsonl := strings.Split(written(t, r, 0, 60, api.FormatJSONL), "\n")
		want(t, "lines", []int{len(lines), len(a.People), len(jsonl)}, []int{len(names) + 1, len(names), len(names) + 2})
		for i, name := range names {
			cell := name
			if strings.ContainsAny(name[:1], "=+-@\t\r") {
				cell = "'" + name
			}
			var p api.Attendee
			check(t, json.Unmarshal([]byte(jsonl[i+1]), &p))
			want(t, "the name", []string{lines[i+1][0], a.People[i].Name, p.Name}, []string{cell, name, name})
		}
	})
}

// Every format names the gaps.
func TestGapsInReports(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		l, err := s.Begin(t.Context(), "one", past(0))
		check(t, err)
		check(t, l.Write(t.Context(), store.Batch{New: []store.Visit{was("Ada", 1, 2)}, Gap: store.Gap{From: past(3), To: past(4)}, Seen: past(9)}))
		check(t, l.End(t.Context(), past(9)))
		want(t, "CSV", written(t, r, 0, 9, api.FormatCSV), "name,id,identity,role,status,first_joined,last_left,seconds,visits,reasons\n"+
			",,,,gap,2026-03-01T09:03:00Z,2026-03-01T09:04:00Z,60,,\n"+
			"Ada,"+id("Ada")+",typed,member,left,2026-03-01T09:01:00Z,2026-03-01T09:02:00Z,60,1,left\n")
		const span = `{"room":"lobby","from":"2026-03-01T09:00:00Z","to":"2026-03-01T09:09:00Z","gaps":[{"from":"2026-03-01T09:03:00Z","to":"2026-03-01T09:04:00Z"}]`
		for format, begin := range map[string]string{api.FormatJSON: span + `,"people":[`, api.FormatJSONL: span + "}\n"} {
			if got := written(t, r, 0, 9, format); !strings.HasPrefix(got, begin) {
				t.Errorf("%s", got)
			}
		}
		o, err := r.Occupancy(t.Context(), "lobby", past(0), past(9), time.Minute)
		check(t, err)
		sum, err := r.Summary(t.Context(), "lobby", past(0), past(9))
		check(t, err)
		want(t, "gaps", []int{len(o.Gaps), len(sum.Gaps)}, []int{1, 1})
	})
}

// More people than are held at a time are all there, once, with what the list says of them.
func TestMorePeopleThanAreHeld(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		const n = sortedUpTo + 500
		var visits []store.Visit
		for i := range n {
			v := was(fmt.Sprint(i), 1, 2)
			if i%2 == 1 {
				v.Name = "Same"
			}
			visits = append(visits, v)
		}
		wrote(t, s, "one", past(60), visits...)
		expect(t, r, api.Expected{}, "Same", "1000", "Missing")
		count := make(map[string]int)
		for _, line := range statuses(t, r, 0, 60) {
			count[line]++
		}
		want(t, "people", []int{len(count), count["Same ambiguous expected"], count["1000 left expected"], count["Missing absent expected"]},
			[]int{n/2 + 2, n / 2, 1, 1})
		sum, err := r.Summary(t.Context(), "lobby", past(0), past(60))
		check(t, err)
		want(t, "the summary", []int{len(sum.People), sum.More, sum.Came, sum.Counts["ambiguous"], sum.Counts["left"], sum.Counts["absent"]}, []int{MaxShown, n + 1 - MaxShown, n, n / 2, n / 2, 1})
	})
}

// Reports that are not read leave the database to others, and end with their context.
func TestReportsAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		r := NewRoll(s)
		for range readsAtOnce {
			report, err := r.Report(t.Context(), "lobby", past(0), past(1))
			check(t, err)
			defer report.Close()
		}
		began := time.Now()
		if _, err := r.Report(t.Context(), "lobby", past(0), past(1)); !errors.Is(err, ErrBusy) || time.Since(began) != waitAtMost {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := r.Occupancy(canceled(t), "lobby", past(0), past(1), 0); err == nil || errors.Is(err, ErrBusy) {
			t.Errorf("%v", err)
		}
	})
}

// In random visits to several nodes, people's seconds, first and last moments, and how many
// are there at a time, are those of an oracle that looks at each second.
func TestReportsAgainstAnOracle(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		for round := range uint64(5) {
			seed := rand.Uint64()
			random := rand.New(rand.NewPCG(seed, round))
			room := fmt.Sprint("round-", round)
			const minutes = 40
			here := make(map[string]*[minutes * 60]bool)
			for node := range 3 {
				var visits []store.Visit
				for range 60 {
					name := fmt.Sprint("Person ", random.IntN(12))
					from, last := random.IntN(minutes*60-1), random.IntN(600)+1
					to := min(from+last, minutes*60)
					v := was(name, 0, 0)
					v.Room, v.Attached, v.Detached = room, second(from), second(to)
					visits = append(visits, v)
					if here[id(name)] == nil {
						here[id(name)] = new([minutes * 60]bool)
					}
					for i := from; i < to; i++ {
						here[id(name)][i] = true
					}
				}
				wrote(t, s, fmt.Sprint(node), past(60), visits...)
			}
			begin := random.IntN(600)
			end := begin + 60 + random.IntN(1700)
			report, err := r.Report(t.Context(), room, second(begin), second(end))
			check(t, err)
			got := make(map[string]int64)
			for p, err := range report.People() {
				check(t, err)
				got[p.ID] = p.Seconds
			}
			report.Close()
			step := 1 + random.IntN(90)
			o, err := r.Occupancy(t.Context(), room, second(begin), second(end), time.Duration(step)*time.Second)
			check(t, err)
			for member, seconds := range here {
				var truth int64
				for i := begin; i < end; i++ {
					if seconds[i] {
						truth++
					}
				}
				if got[member] != truth {
					t.Errorf("seed %d: %s was there for %d s, reported are %d", seed, member, truth, got[member])
				}
			}
			want(t, "steps", len(o.Steps), (end-begin+step-1)/step)
			for i, at := range o.Steps {
				members, seen := 0, 0
				first := begin + i*step
				for _, seconds := range here {
					if seconds[first] {
						members++
					}
					if slices.Contains(seconds[first:min(first+step, end)], true) {
						seen++
					}
				}
				if at.Members != members || at.Seen != seen {
					t.Errorf("seed %d: at %d s of %d s steps: %d here, %d seen; reported are %+v", seed, first, step, members, seen, at)
				}
			}
		}
	})
}

// Who left when the time begins was not seen in it, but who was there for no time was.
func TestWhoHasJustLeftIsNotSeen(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		var visits []store.Visit
		for name, at := range map[string][2]int{"Ada": {10, 60}, "Bo": {60, 60}, "Cy": {30, 61}} {
			v := was(name, 0, 0)
			v.Attached, v.Detached = second(at[0]), second(at[1])
			visits = append(visits, v)
		}
		wrote(t, s, "one", past(60), visits...)
		o, err := r.Occupancy(t.Context(), "lobby", second(60), second(80), 10*time.Second)
		check(t, err)
		got := [][2]int{}
		for _, step := range o.Steps {
			got = append(got, [2]int{step.Members, step.Seen})
		}
		want(t, "here, and seen", got, [][2]int{{1, 2}, {0, 0}})
	})
}

// What lasts is up to now, and steps that are to come are left out.
func TestOccupancyOfToday(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		begin := time.Now()
		n := start(t, s, Config{})
		defer n.stop()
		time.Sleep(time.Minute)
		n.enter("lobby", "Ada")
		time.Sleep(time.Minute)
		o, err := NewRoll(s).Occupancy(t.Context(), "lobby", begin, begin.Add(time.Hour), 30*time.Second)
		check(t, err)
		var got []string
		for _, step := range o.Steps {
			got = append(got, fmt.Sprint(step.At.Sub(begin), " ", step.Members, " ", step.Seen))
		}
		want(t, "steps", got, []string{"0s 0 0", "30s 0 0", "1m0s 1 1", "1m30s 1 1"})
		sum, err := NewRoll(s).Summary(t.Context(), "lobby", begin, begin.Add(time.Hour))
		check(t, err)
		want(t, "the summary", []any{sum.Counts, len(sum.People), sum.Came, sum.People[0].Seconds, len(sum.Occupancy)},
			[]any{map[string]int{"present": 1}, 1, 1, int64(60), 7})
		for _, step := range []time.Duration{-1, time.Millisecond, 300 * time.Millisecond} {
			if _, err := NewRoll(s).Occupancy(t.Context(), "lobby", begin, begin.Add(time.Hour), step); err == nil {
				t.Errorf("steps of %v", step)
			}
		}
		if _, err := NewRoll(s).Occupancy(t.Context(), "lobby", begin, begin.Add(365*24*time.Hour), time.Minute); err == nil {
			t.Error("a year in minutes")
		}
	})
}

func TestFold(t *testing.T) {
	for a, b := range map[string]string{
		"Zoë": "ZOE", "Straße": "STRASSE", "Jörg": "Jo\u0308rg", "ﬁn": "Fin", "Ａda": "ada", "Σίσυφος": "ΣΙΣΥΦΟΣ", "a\u00a0 b": "A B", "عُمَر": "عمر",
	} {
		if fold(a) != fold(b) {
			t.Errorf("%q: %q, %q", a, fold(a), fold(b))
		}
	}
	for a, b := range map[string]string{"Ada": "Ida", "कि": "कु", "\u0301": "\u0300", "a b": "ab"} {
		if fold(a) == fold(b) {
			t.Errorf("%q and %q are both %q", a, b, fold(a))
		}
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
