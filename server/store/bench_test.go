//go:build unix

package store

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"rollcall/server/store/storetest"
)

// Visits of 1,000 a transaction, as they are written after an outage. The processor time is
// that of this process, without PostgreSQL's.
func BenchmarkWrite(b *testing.B) {
	b.Cleanup(storetest.Stop)
	for _, kind := range []struct {
		name    string
		address func(testing.TB) string
	}{{"sqlite", storetest.File}, {"postgres", storetest.Postgres}} {
		b.Run(kind.name, func(b *testing.B) {
			s, err := Open(b.Context(), kind.address(b))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			l, err := s.Begin(b.Context(), "one", origin)
			if err != nil {
				b.Fatal(err)
			}
			const rows = 1000
			n, before := int64(0), cpu(b)
			for b.Loop() {
				batch := Batch{Seen: at(1)}
				for i := range rows {
					n++
					v := visit(n, fmt.Sprint("member ", i), float64(n), float64(n+1))
					v.Room = fmt.Sprint("room ", i%50)
					batch.New = append(batch.New, v)
				}
				if err := l.Write(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(n), "cpu-µs/visit")
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "visits/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A day of one room, of a database with a year of fifty.
func BenchmarkVisits(b *testing.B) {
	s, err := Open(b.Context(), storetest.File(b))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := s.Begin(b.Context(), "one", origin)
	if err != nil {
		b.Fatal(err)
	}
	const total, days = 500_000, 365
	for n := int64(1); n <= total; {
		batch := Batch{Seen: at(1)}
		for range 1000 {
			begin := float64(n) * days * 86400 / total
			v := visit(n, fmt.Sprint("member ", n%997), begin, begin+3600)
			v.Room = fmt.Sprint("room ", n%50)
			batch.New = append(batch.New, v)
			n++
		}
		if err := l.Write(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	from, read := at(200*86400), 0
	for b.Loop() {
		for _, err := range s.Visits(b.Context(), "room 7", from, from.Add(24*time.Hour), at(366*86400)) {
			if err != nil {
				b.Fatal(err)
			}
			read++
		}
	}
	if read == 0 {
		b.Error("nobody was there")
	}
}

// cpu is what the process has used of the processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
