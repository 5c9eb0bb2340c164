//go:build unix

package webhook

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/events"
	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// Tellers that live do not take over from each other when all of them have stood still, by the
// database or by their machine.
func TestTellersThatStall(t *testing.T) {
	for name, stall := range map[string]func(t *testing.T, file string, asleep *atomic.Bool){
		"database": func(t *testing.T, file string, _ *atomic.Bool) {
			unlock := storetest.Lock(t, file)
			time.Sleep(2 * lostAfter)
			unlock()
		},
		"machine": func(_ *testing.T, _ string, asleep *atomic.Bool) {
			asleep.Store(true)
			time.Sleep(2 * lostAfter)
			asleep.Store(false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := storetest.File(t)
			synctest.Test(t, func(t *testing.T) {
				asleep := new(atomic.Bool)
				one, two := teller(t, file, asleep), teller(t, file, asleep)
				time.Sleep(2 * lostAfter)
				stall(t, file, asleep)
				time.Sleep(2 * lostAfter)
				for _, n := range []node{one, two} {
					n.sender.mu.Lock()
					want(t, "stays that may be over", n.sender.unsure, []store.Told{{Room: "elsewhere"}})
					n.sender.mu.Unlock()
					n.stop()
				}
			})
		})
	}
}

// teller starts a teller that has told of a stay, and does not know of another whether it is over.
// To find that out takes it as long as it is asleep.
func teller(t *testing.T, file string, asleep *atomic.Bool) node {
	s, err := store.Open(t.Context(), file)
	check(t, err)
	h := hub.New(hub.Config{})
	sender, err := Start(t.Context(), events.Observe(h, events.Config{}), Config{
		Store: s, Shared: true, Log: slog.New(slog.DiscardHandler),
		Here: func(room string) ([]shared.User, bool) {
			for asleep.Load() {
				time.Sleep(time.Second)
			}
			return nil, false
		},
	})
	check(t, err)
	sender.mu.Lock()
	sender.here[stay{"lobby", sender.log.Node()}] = store.Told{Room: "lobby", Member: sender.log.Node()}
	sender.unsure = []store.Told{{Room: "elsewhere"}}
	sender.mu.Unlock()
	return node{t, h, s, sender}
}
