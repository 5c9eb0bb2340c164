package transport

import (
	"io"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// A session that sends more than the limit is read more slowly, and loses nothing.
func TestTooManyMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPipedOf(t, Config{Hub: hub.New(hub.Config{}), Messages: 2})
		defer stop()
		w := r.Join("standup", "Ada")
		w.Deaf.Store(true) // or it would block in sending a pong behind messages that wait
		began := time.Now()
		go func() {
			for i := range 30 {
				note := strconv.Itoa(i)
				w.Send(wiretest.Message(shared.UpdateUser{Note: &note}))
			}
		}()
		for {
			if e, ok := w.Next().(shared.UserUpdated); ok && e.User.Note == "29" {
				break
			}
		}
		if took := time.Since(began); took < 9*time.Second || took > 12*time.Second {
			t.Errorf("30 messages at 2 a second, 10 at once, took %v", took)
		}
	})
}

// The limit counts events, however many of them are in a frame.
func TestTooManyEventsInAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPipedOf(t, Config{Hub: hub.New(hub.Config{}), Messages: 2})
		defer stop()
		w := r.Join("standup", "Ada")
		w.Deaf.Store(true) // as above
		began := time.Now()
		idle := shared.StatusIdle
		go func() {
			w.Send(wiretest.Message(slices.Repeat([]shared.Event{shared.UpdateUser{Status: &idle}}, 100)...))
			w.Send(wiretest.TextFrame(`{"event":"wave"}`))
		}()
		for {
			if e, ok := w.Next().(shared.Error); ok && e.Code == shared.CodeUnknownEvent {
				break
			}
		}
		if took := time.Since(began); took < 44*time.Second || took > 47*time.Second { // and it has not been ended for silence
			t.Errorf("100 events at 2 a second, 10 at once, took %v", took)
		}
	})
}

// A session that is read more slowly can still be ended at once.
func TestTheEndOfWhoIsReadSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPipedOf(t, Config{Hub: hub.New(hub.Config{}), Messages: 1})
		w := r.Join("standup", "Ada")
		idle := shared.StatusIdle
		w.Send(wiretest.Message(slices.Repeat([]shared.Event{shared.UpdateUser{Status: &idle}}, 100)...))
		go func() { _, _ = io.Copy(io.Discard, w) }()
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took > closeWithin {
			t.Errorf("the server stopped after %v", took)
		}
	})
}

// A bounded number of pings without a message between them is answered. Where a
// connection parks, as over TCP, it is read more slowly instead.
func TestAFloodOfPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPipedOf(t, Config{Hub: hub.New(hub.Config{})})
		defer stop()
		w := r.Join("standup", "Mallory")
		go func() { _, _ = io.Copy(io.Discard, w.Conn) }()
		for sent := range 2 * maxUnseenFrames {
			if _, err := w.Write(wiretest.Frame(wiretest.Fin|wiretest.Ping, nil)); err != nil {
				if sent < maxUnseenFrames {
					t.Errorf("closed after %d: %v", sent, err)
				}
				return
			}
		}
		t.Error("pings are taken without end")
	})
}
