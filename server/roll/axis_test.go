package roll

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/server/attendance"
	"rollcall/shared/api"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := location(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// An axis begins and ends at full times of its zone, has few ticks, and shows all of its time.
func TestTicks(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	day := func(d, h, m int) time.Time { return time.Date(2026, 3, d, h, m, 0, 0, berlin) }
	for _, c := range []struct {
		lo, hi time.Time
		want   string
	}{
		{day(2, 9, 7), day(2, 9, 41), "09:05 09:10 09:15 09:20 09:25 09:30 09:35 09:40 09:45"},
		{day(2, 9, 0), day(2, 17, 0), "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00 17:00"},
		{day(2, 0, 0), day(3, 0, 0), "00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00 00:00"},
		{day(28, 22, 0), day(29, 5, 0), "22:00 23:00 00:00 01:00 03:00 03:00 04:00 05:00"}, // there is no 02:00
		{day(2, 3, 0), day(8, 20, 0), "00:00 00:00 00:00 00:00 00:00 00:00 00:00 00:00"},
	} {
		a := newAxis(c.lo, c.hi, false)
		var got []string
		for _, tick := range a.ticks {
			got = append(got, tick.Format("15:04"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v to %v: %q", c.lo, c.hi, got)
		}
		if a.lo.After(c.lo) || a.hi.Before(c.hi) {
			t.Errorf("%v to %v: it is from %v to %v", c.lo, c.hi, a.lo, a.hi)
		}
	}
	for years := range 100 {
		lo := day(2, 9, 0)
		if a := newAxis(lo, lo.AddDate(years, 1, 1), false); len(a.ticks) > maxTicks+2 || a.hi.Before(lo.AddDate(years, 1, 1)) {
			t.Errorf("%d years: %d ticks up to %v", years, len(a.ticks), a.hi)
		}
	}
}

func TestBars(t *testing.T) {
	lo := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(minutes float64) time.Time { return lo.Add(time.Duration(minutes * float64(time.Minute))) }
	a, mirrored := newAxis(lo, at(40), false), newAxis(lo, at(40), true)
	for _, c := range []struct {
		visits         [][2]time.Time
		want, mirrored string
	}{
		{[][2]time.Time{{at(0), at(10)}, {at(20), at(30)}}, "M0 50H250M500 50H750", "M1000 50H750M500 50H250"},
		{[][2]time.Time{{at(-60), at(-50)}, {at(60), at(70)}}, "M0 50H3M997 50H1000", "M1000 50H997M3 50H0"},
		{[][2]time.Time{{at(10), at(10.01)}, {at(10.02), at(10.03)}, {at(20), at(20)}}, "M250 50H253H253M500 50H503", "M750 50H747H747M500 50H497"},
		{nil, "", ""},
	} {
		if got := a.bars(c.visits); got != c.want {
			t.Errorf("%v: %s", c.visits, got)
		}
		if got := mirrored.bars(c.visits); got != c.mirrored {
			t.Errorf("%v: mirrored %s", c.visits, got)
		}
	}
	if got := a.steps([]count{{at(10), 1}, {at(20), 2}, {at(20), 4}, {at(30), 0}}, 4, at(40)); got != "M0 96H250V74H500V8H750V96H1000" {
		t.Error(got)
	}
	if got := a.boxes([][2]time.Time{{at(-60), at(-50)}, {at(10), at(20)}}); got != "M250 0V100H500V0Z" {
		t.Error(got)
	}
}

// How many were there is counted from visits, or taken from steps if some visits are left out.
func TestCounts(t *testing.T) {
	lo := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return lo.Add(time.Duration(minutes) * time.Minute) }
	left := at(20)
	s := attendance.Summary{
		People: []api.Attendee{
			{Visits: 1, Intervals: []api.Interval{{Joined: at(0), Left: &left}}},
			{Visits: 1, Intervals: []api.Interval{{Joined: at(20)}}},
			{Visits: 1, Intervals: []api.Interval{{Joined: at(10)}}},
		},
		Occupancy: []api.OccupancyStep{{At: at(0), Members: 7}, {At: at(5), Members: 8}},
	}
	if got, want := countsOf(&s, at(60)), []count{{at(0), 1}, {at(10), 2}, {at(20), 2}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	steps := []count{{at(0), 7}, {at(5), 8}}
	s.People[0].Visits = 2
	if got := countsOf(&s, at(60)); !slices.Equal(got, steps) {
		t.Errorf("%v, want %v", got, steps)
	}
	s.People[0].Visits, s.More = 1, 1
	if got := countsOf(&s, at(60)); !slices.Equal(got, steps) {
		t.Errorf("%v, want %v", got, steps)
	}
}

func TestSpans(t *testing.T) {
	now := time.Date(2026, 3, 29, 23, 30, 0, 0, time.UTC) // in Berlin the 30th, after a day of 23 hours
	for query, want := range map[string]string{
		"":                  "2026-03-29T22:00:00Z 2026-03-30T22:00:00Z today",
		"day=yesterday":     "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z yesterday",
		"day=week":          "2026-03-23T23:00:00Z 2026-03-30T22:00:00Z week",
		"day=week&zone=UTC": "2026-03-23T00:00:00Z 2026-03-30T00:00:00Z week",
		"from=2026-03-01T09:00&to=2026-03-01T10:00:30":           "2026-03-01T08:00:00Z 2026-03-01T09:00:30Z ",
		"from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00-01:00": "2026-03-01T09:00:00Z 2026-03-01T11:00:00Z ",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		s, problem := spanOf(values, "Europe/Berlin", languages["en"], now)
		if got := s.from.UTC().Format(time.RFC3339) + " " + s.to.UTC().Format(time.RFC3339) + " " + s.Day; got != want || problem != "" {
			t.Errorf("%s: %s, %s", query, got, problem)
		}
		again, err := url.ParseQuery(string(s.Query()))
		if err != nil {
			t.Fatal(err)
		}
		if next, _ := spanOf(again, "", languages["en"], now); !next.from.Equal(s.from) || !next.to.Equal(s.to) {
			t.Errorf("%s: its link %s is to another time", query, s.Query())
		}
	}
}
