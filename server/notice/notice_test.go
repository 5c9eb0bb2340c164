package notice

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		var w, other Warning
		want := func(lines int) {
			t.Helper()
			if got := strings.Count(out.String(), "level=WARN msg=\"it happens\" why=that\n"); got != lines {
				t.Errorf("%d lines, want %d:\n%s", got, lines, &out)
			}
		}
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { w.Log(log, "it happens", "why", "that") })
		}
		all.Wait()
		want(1)
		time.Sleep(time.Minute - 1)
		w.Log(log, "it happens", "why", "that")
		want(1)
		other.Log(log, "it happens", "why", "that")
		want(2)
		time.Sleep(time.Nanosecond)
		w.Log(log, "it happens", "why", "that")
		want(3)
	})
}

func TestDueCountsWhatWasNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := Warning{Every: time.Second}
		want := func(count int) {
			t.Helper()
			if got := w.Due(); got != count {
				t.Errorf("%d, want %d", got, count)
			}
		}
		want(1)
		want(0)
		want(0)
		time.Sleep(time.Second)
		want(3)
		want(0)
	})
}
