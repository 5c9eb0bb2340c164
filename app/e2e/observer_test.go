//go:build !js

package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"rollcall/shared"
	"rollcall/shared/client"
)

// observer is a member without a browser who records the events of the room.
type observer struct {
	t    *testing.T
	card card

	mu   sync.Mutex
	told []shared.Event
}

// newObserver joins the room.
func newObserver(t *testing.T, s *server, room, name string) *observer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, s.socket(), client.Options{Room: room, Name: name})
	if err != nil {
		t.Fatalf("%s does not get into %s: %v", name, room, err)
	}
	t.Cleanup(func() { _ = c.Close() })
	w := &observer{t: t}
	for w.card.ID == "" {
		u, err := c.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w.card = card{ID: u.You, Name: name}
	}
	go func() {
		for {
			u, err := c.Next(t.Context())
			if err != nil {
				return
			}
			w.mu.Lock()
			w.told = append(w.told, u.Events...)
			w.mu.Unlock()
		}
	}()
	return w
}

// since returns the events from index mark on.
func (w *observer) since(mark int) []shared.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told[mark:])
}

// receives waits for an event.
func (w *observer) receives(what string, is func(shared.Event) bool) {
	w.t.Helper()
	eventually("the observer receives that "+what, w.t.Fatalf, func() error {
		if told := w.since(0); !slices.ContainsFunc(told, is) {
			return fmt.Errorf("it received %v", told)
		}
		return nil
	})
}

// moves returns arrivals and departures from index mark on.
func (w *observer) moves(mark int) (moves []string) {
	for _, e := range w.since(mark) {
		switch e := e.(type) {
		case shared.NewUser:
			moves = append(moves, "came "+e.User.ID)
		case shared.DisconnectUser:
			moves = append(moves, fmt.Sprintf("went %s: %s", e.ID, e.Reason))
		}
	}
	return moves
}
