package client_test

import (
	"math"
	"testing"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

func endingAt(note string, until time.Time) func(*shared.User) {
	return func(u *shared.User) { u.Note, u.NoteUntil = note, until.UnixMilli() }
}

// A note is sent with its end. When the server has cleared it, the client does not ask for
// it again, also on a new connection.
func TestANoteIsSentWithItsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		until := time.Now().Add(time.Hour)
		must(t, c.SetNoteUntil(t.Context(), " at  lunch ", until))
		u := receive[shared.UpdateUser](l)
		if u.Note == nil || *u.Note != "at lunch" || u.NoteUntil == nil || *u.NoteUntil != until.UnixMilli() {
			t.Errorf("the client sends %+v", u)
		}
		l.send(apply(r, change(r, you, endingAt("at lunch", until))))
		drain(t, c)
		must(t, c.SetNoteUntil(t.Context(), "at lunch", until)) // is shown
		l.expectNothing()
		must(t, c.SetNoteUntil(t.Context(), "at lunch", until.Add(time.Hour))) // has another end
		if u := receive[shared.UpdateUser](l); u.NoteUntil == nil || *u.NoteUntil != until.Add(time.Hour).UnixMilli() {
			t.Errorf("the client sends %+v", u)
		}
		l.send(apply(r, change(r, you, endingAt("at lunch", until.Add(time.Hour)))))
		l.send(apply(r, change(r, you, noted(""))))
		drain(t, c)
		l.Break()
		l, _ = s.join(r)
		drain(t, c)
		l.expectNothing()
	})
}

// A note whose end has passed before it could be sent is not sent.
func TestANoteThatHasEndedIsNotSent(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.down.Store(true)
		c := s.open(func(o *client.Options) { o.Note, o.NoteUntil = "soon", time.Now().Add(time.Second) })
		time.Sleep(2 * time.Second)
		s.down.Store(false)
		c.RetryNow()
		l, _ := s.join(room("e1"))
		drain(t, c)
		l.expectNothing()
	})
}

func TestEndsThatNoServerTakes(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
		now := time.Now()
		for _, until := range []time.Time{now, now.Add(-time.Hour), time.UnixMilli(0), time.UnixMilli(math.MinInt64), now.Add(shared.NoteWithin + time.Second)} {
			if err := c.SetNoteUntil(t.Context(), "x", until); !isBadNote(err) {
				t.Errorf("until %v: %v", until, err)
			}
			if _, err := client.Open("ws://x", client.Options{Name: "Ada", Note: "x", NoteUntil: until}); !isBadNote(err) {
				t.Errorf("from the beginning until %v: %v", until, err)
			}
		}
		if err := c.SetNoteUntil(t.Context(), "", now.Add(time.Hour)); !isBadNote(err) {
			t.Errorf("no note: %v", err)
		}
		l.expectNothing()
	})
}

func isBadNote(err error) bool { return err != nil && shared.AsError(err).Code == shared.CodeBadNote }
