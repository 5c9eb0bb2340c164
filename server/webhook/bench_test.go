//go:build unix

package webhook

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/server/events"
	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/shared"
)

// BenchmarkDelivery is the time from an arrival or a departure, or an empty or occupied room, to
// the acknowledgement of an endpoint that answers at once, over 100 rooms. One operation is one
// event, through a database that is a file.
func BenchmarkDelivery(b *testing.B) {
	for _, batch := range []bool{false, true} {
		b.Run(fmt.Sprintf("batch=%t", batch), func(b *testing.B) {
			srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
			defer srv.Close()
			s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "rollcall.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			h := hub.New(hub.Config{})
			hook := &Hook{URL: srv.URL, Batch: batch, AllowPrivate: true, secrets: [][]byte{make([]byte, 24)}}
			told := events.Observe(h, events.Config{})
			sender, err := Start(b.Context(), told, Config{Store: s, Hooks: []*Hook{hook}, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			var made atomic.Int64
			b.ResetTimer()
			for i := 0; made.Load() < int64(b.N); i++ {
				session, err := h.Connect(fmt.Sprint("room-", i%100), deaf{})
				if err != nil {
					b.Fatal(err)
				}
				session.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: fmt.Sprint("the-key-of-visitor-", i)}))
				session.Receive(shared.Encode(shared.Leave{}))
				made.Add(4)
				for sender.Statuses()[0].Waiting > 5000 {
					time.Sleep(time.Millisecond)
				}
			}
			for sender.Statuses()[0].Waiting > 0 || told.Places()[told.Node()] < uint64(made.Load()) {
				time.Sleep(time.Millisecond)
			}
			b.StopTimer()
			b.ReportMetric(float64(made.Load())/b.Elapsed().Seconds(), "events/s")
			if status := sender.Statuses()[0]; status.Failed > 0 {
				b.Errorf("%+v", status)
			}
			h.Close()
			h.WaitObservers()
			if err := sender.Close(b.Context()); err != nil {
				b.Error(err)
			}
		})
	}
}
