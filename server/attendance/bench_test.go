//go:build unix

package attendance

import (
	"bytes"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"runtime"
	"syscall"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
	"rollcall/shared/api"
)

// idle is a recorder whose goroutine does not run, so that the cost of facts is seen alone.
func idle(b *testing.B) *Recorder {
	b.Helper()
	s, err := store.Open(b.Context(), storetest.File(b))
	if err != nil {
		b.Fatal(err)
	}
	h := hub.New(hub.Config{})
	r, err := Record(b.Context(), h, Config{Store: s, Node: "one", Identity: "typed", Keep: MinKeep, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		h.Close()
		_ = s.Close()
	})
	r.cancel()
	<-r.stopped
	return r
}

// arrivals returns the facts of n people who come to a room of fifty each.
func arrivals(n int) []hub.Fact {
	facts := make([]hub.Fact, n)
	for i := range facts {
		facts[i] = hub.Fact{Kind: hub.FactAttached, Time: time.Now(), Room: fmt.Sprint("room-", i/50), Member: shared.User{
			ID: shared.MemberID(fmt.Sprint("the-secret-key-", i)), Name: fmt.Sprint("Person ", i),
		}}
	}
	return facts
}

// What somebody costs who comes and goes, while the database takes nothing.
func BenchmarkFacts(b *testing.B) {
	r, facts := idle(b), arrivals(1000)
	gone := make([]hub.Fact, len(facts))
	for i, f := range facts {
		f.Kind, f.Reason, f.Seen = hub.FactDetached, shared.ReasonLeft, time.Now()
		gone[i] = f
	}
	visits, before := 0, cpu(b)
	for b.Loop() {
		r.apply(facts)
		r.apply(gone)
		visits += len(facts)
	}
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(visits), "cpu-ns/visit")
	b.ReportMetric(0, "ns/op")
}

// What a visit takes that goes on and is written.
func BenchmarkMemory(b *testing.B) {
	r, facts := idle(b), arrivals(100_000)
	for b.Loop() {
		before := heap()
		r.apply(facts)
		r.mu.Lock()
		clear(r.dirty)
		r.dirty = make(map[*visit]struct{})
		r.mu.Unlock()
		b.ReportMetric(float64(heap()-before)/float64(len(facts)), "B/visit")
		r.mu.Lock()
		clear(r.open)
		r.mu.Unlock()
	}
	runtime.KeepAlive(facts)
}

func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// cpu is what the process has used of the processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	r := usage(b)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func usage(b *testing.B) (r syscall.Rusage) {
	b.Helper()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return r
}

var recorded = flag.Int("visits", 200_000, "how many visits the benchmarks of reports read among")

// year makes a database with visits of a year, of which one in ten is to the lobby, by one of
// 5,000 people, and the others to one of fifty rooms. Each lasts half an hour.
func year(b *testing.B, driver, address string) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	l, err := s.Begin(b.Context(), "one", past(0))
	if err != nil {
		b.Fatal(err)
	}
	if err := l.End(b.Context(), past(366*24*60)); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{fmt.Sprintf(`
		WITH RECURSIVE g (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM g WHERE n < %d - 1)
		INSERT INTO visits (life, n, room, member, name, identity, role, attached, detached, reason)
		SELECT (SELECT id FROM lives), n, CASE WHEN n %% 10 = 0 THEN 'lobby' ELSE 'room-' || (n %% 50) END,
			'ABCDEFGHIJKL' || (1000 + (n / 10 * 7919 + n) %% 5000), 'Person ' || ((n / 10 * 7919 + n) %% 5000), 'typed', 'member',
			%d + n * %d / %[1]d, %[2]d + n * %[3]d / %[1]d + 1800000, 'left'
		FROM g`, *recorded, past(0).UnixMilli(), 365*24*time.Hour.Milliseconds()), "ANALYZE"} {
		if _, err := db.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// counted counts what is written.
type counted struct{ bytes, lines int }

func (c *counted) Write(p []byte) (int, error) {
	c.bytes += len(p)
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// write writes a report of a room and a time, and returns how many visits it is made of.
func (c *counted) write(b *testing.B, r *Roll, room string, from, to time.Time, format string) (visits int) {
	b.Helper()
	report, err := r.Report(b.Context(), room, from, to)
	if err != nil {
		b.Fatal(err)
	}
	defer report.Close()
	err = Write(c, report.Span, func(yield func(api.Attendee, error) bool) {
		for p, err := range report.People() {
			visits += p.Visits
			if !yield(p, err) {
				return
			}
		}
	}, format)
	if err != nil {
		b.Fatal(err)
	}
	return visits
}

// A day of one room among those of a year, and all of the year of a busy one. The processor
// time is that of this process, without PostgreSQL's.
func BenchmarkReport(b *testing.B) {
	b.Cleanup(storetest.Stop)
	for _, kind := range []struct {
		driver  string
		address func(testing.TB) string
	}{{"sqlite", storetest.File}, {"pgx", storetest.Postgres}} {
		b.Run(kind.driver, func(b *testing.B) {
			r := NewRoll(year(b, kind.driver, kind.address(b)))
			day := past(200 * 24 * 60)
			for _, span := range []struct {
				name, room string
				from, to   time.Time
			}{{"day", "room-7", day, day.Add(24 * time.Hour)}, {"year", "lobby", past(0), past(365 * 24 * 60)}} {
				for _, format := range []string{api.FormatJSON, api.FormatCSV} {
					b.Run(span.name+"/"+format, func(b *testing.B) {
						var w counted
						visits := w.write(b, r, span.room, span.from, span.to, format) // warms it up
						w = counted{}
						before := cpu(b)
						for b.Loop() {
							w.write(b, r, span.room, span.from, span.to, format)
						}
						all := float64(visits) * float64(b.N)
						b.ReportMetric(float64(visits), "visits")
						b.ReportMetric(float64(w.lines)/float64(b.N), "lines")
						b.ReportMetric(all/b.Elapsed().Seconds(), "visits/s")
						b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/all, "cpu-ns/visit")
						b.ReportMetric(float64(usage(b).Maxrss)/1024, "peak-MB") // since the process began
					})
				}
			}
		})
	}
}
