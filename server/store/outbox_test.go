package store

import (
	"testing"
	"time"

	"rollcall/server/store/storetest"
)

// What a teller leaves, another takes over, once; what was acknowledged or erased is gone.
func TestOutbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		ctx := t.Context()
		s, err := Open(ctx, address)
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(err)
		defer s.Close()
		now := time.Now()
		add := func(teller string, n int64, member string) Outgoing {
			return Outgoing{Endpoint: "E", Teller: teller, N: n, ID: "id", Room: "lobby", Member: member, Body: "{}"}
		}
		check(s.WriteOutbox(ctx, "old", now, OutboxBatch{
			Add:  []Outgoing{add("old", 2, "A"), add("old", 1, "B"), add("old", 3, "C"), add("old", 4, "D")},
			Done: []Outgoing{add("old", 3, "")},
			Here: []Told{{"lobby", "A", 7}, {"lobby", "B", 8}, {"lobby", "C", 9}},
		}))
		check(s.WriteOutbox(ctx, "old", now, OutboxBatch{Gone: []Told{{"lobby", "B", 8}, {"lobby", "C", 8}}, Add: []Outgoing{{Endpoint: "E", Teller: "old", N: 1, Body: "another"}}}))
		check(s.WriteOutbox(ctx, "new", now.Add(time.Minute), OutboxBatch{}))
		_, err = s.Erase(ctx, "D")
		check(err)
		if left, told, err := s.TakeOver(ctx, "new", now); err != nil || len(left)+len(told) > 0 {
			t.Errorf("from one that lives: %v, %v, %v", left, told, err)
		}
		check(s.EndTeller(ctx, "old"))
		left, told, err := s.TakeOver(ctx, "new", now)
		if err != nil || len(left) != 2 || left[0].N != 1 || left[0].Body != "another" || left[1] != add("old", 2, "A") || len(told) != 2 {
			t.Errorf("%v, %v, %v", left, told, err)
		}
		if left, told, err := s.TakeOver(ctx, "new", now); err != nil || len(left)+len(told) > 0 {
			t.Errorf("again: %v, %v, %v", left, told, err)
		}
		waiting, err := s.Waiting(ctx)
		if err != nil || len(waiting) != 1 || waiting[0] != (Waiting{"E", 2, 1}) {
			t.Errorf("%v, %v", waiting, err)
		}
		check(s.EndEndpoint(ctx, "E", now))
		check(s.EndEndpoint(ctx, "E", now))
		ended, err := s.EndedEndpoints(ctx)
		waiting, err2 := s.Waiting(ctx)
		if err != nil || err2 != nil || len(ended) != 1 || ended[0] != "E" || len(waiting) > 0 {
			t.Errorf("%v, %v, %v, %v", ended, waiting, err, err2)
		}
		check(s.ResumeEndpoint(ctx, "E"))
		if ended, err := s.EndedEndpoints(ctx); err != nil || len(ended) > 0 {
			t.Errorf("%v, %v", ended, err)
		}
	})
}
