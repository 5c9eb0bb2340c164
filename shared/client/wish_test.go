package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// says checks that the client says that it changes to the given values; ""
// stands for nothing said.
func says(t *testing.T, l *link, name, note string, status shared.Status) {
	t.Helper()
	u := hear[shared.UpdateUser](l)
	deref := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	var gotStatus shared.Status
	if u.Status != nil {
		gotStatus = *u.Status
	}
	if deref(u.Name) != name || deref(u.Note) != note || gotStatus != status {
		t.Errorf("the client changes to %q %q %q, want %q %q %q", deref(u.Name), deref(u.Note), gotStatus, name, note, status)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func renamed(name string) func(*shared.User) { return func(u *shared.User) { u.Name = name } }
func noted(note string) func(*shared.User)   { return func(u *shared.User) { u.Note = note } }
func withStatus(s shared.Status) func(*client.Options) {
	return func(o *client.Options) { o.Status = s }
}

func TestWishesAreSent(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		events(t, c)
		l.quiet() // the room shows what the person wants

		must(t, c.Rename(t.Context(), "  Countess "))
		says(t, l, "Countess", "", "")
		l.say(do(r, change(r, you, renamed("Countess"))))
		events(t, c)
		must(t, c.SetNote(t.Context(), "brb"))
		says(t, l, "", "brb", "")
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		says(t, l, "", "", shared.StatusAway)
		must(t, c.SetNote(t.Context(), "")) // not shown yet, so it has to be said
		hear[shared.UpdateUser](l)
		l.say(do(r, change(r, you, noted("brb"))), do(r, change(r, you, noted(""))))
		events(t, c)

		must(t, c.Rename(t.Context(), "Countess")) // all that is so already
		must(t, c.SetNote(t.Context(), ""))
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		l.quiet()
	})
}

func TestOptionsAreWishes(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(withStatus(shared.StatusIdle), func(o *client.Options) { o.Note = "hi" })
		defer c.Close()
		l, _ := s.join(room("e1"))
		says(t, l, "", "hi", shared.StatusIdle)
		events(t, c)
		l.quiet()
	})
}

func TestBadWishesAreErrorsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		events(t, c)
		ctx := t.Context()
		for want, err := range map[shared.Code]error{
			shared.CodeBadName:   c.Rename(ctx, "\u2066"),
			shared.CodeBadNote:   c.SetNote(ctx, strings.Repeat("x", 141)),
			shared.CodeBadStatus: c.SetStatus(ctx, ""),
		} {
			var e shared.Error
			if !errors.As(err, &e) || e.Code != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		for _, err := range []error{c.Rename(ended, "Bea"), c.SetNote(ended, "x"), c.SetStatus(ended, shared.StatusAway)} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("with a context that has ended: %v", err)
			}
		}
		l.quiet()
	})
}

func TestLastWishWins(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		events(t, c)
		must(t, c.Rename(t.Context(), "Bea"))
		says(t, l, "Bea", "", "")
		must(t, c.Rename(t.Context(), "Ada")) // shown still, but no longer for long
		says(t, l, "Ada", "", "")
		l.say(heartbeat(r)) // said before the server heard any of it
		l.say(do(r, change(r, you, renamed("Bea"))))
		events(t, c)
		l.quiet()

		l, join := lose(t, s, c, l) // before the second is shown
		if join.Name != "Ada" {
			t.Errorf("joined as %q", join.Name)
		}
		l.say(shared.Resumed{Epoch: "e1", Rev: r.Rev(), You: you})
		says(t, l, "Ada", "", shared.StatusActive)
		l.say(do(r, change(r, you, renamed("Ada"))))
		events(t, c)
		l.quiet()
	})
}

func TestWishesWhileDisconnected(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		events(t, c)
		s.down.Store(true)
		l.Break()
		until(t, c, client.Reconnecting)
		must(t, c.Rename(t.Context(), "Bea"))
		must(t, c.Rename(t.Context(), "Cleo"))
		must(t, c.SetNote(t.Context(), "hi"))
		must(t, c.SetStatus(t.Context(), shared.StatusIdle))
		s.down.Store(false)
		c.RetryNow()
		l = s.link()
		if join := hear[shared.GotANewUser](l); join.Name != "Cleo" {
			t.Errorf("joined as %q", join.Name)
		}
		l.quiet() // not before it is let in
		l.say(snapshot(r))
		says(t, l, "Cleo", "hi", shared.StatusIdle)
	})
}

// What the room shows is known only while connected: a wish for what it showed
// before, or for nothing, is a wish.
func TestWishesForWhatMayNoLongerBeShown(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		must(t, c.SetNote(t.Context(), ""))
		r := room("e1")
		do(r, change(r, you, noted("of another day")))
		l := s.link()
		hear[shared.GotANewUser](l)
		l.say(snapshot(r))
		u := hear[shared.UpdateUser](l)
		if u.Note == nil || *u.Note != "" {
			t.Errorf("the client changes to %+v", u)
		}
		l.say(do(r, change(r, you, noted(""))))
		events(t, c)

		s.down.Store(true)
		l.Break()
		until(t, c, client.Reconnecting)
		must(t, c.Rename(t.Context(), "Ada"))
		do(r, change(r, you, renamed("Bea"))) // another client's, meanwhile
		s.down.Store(false)
		l, _ = s.join(r)
		says(t, l, "Ada", "", shared.StatusActive)
	})
}

// A member who was away for too long comes back as a new one, and wants to be
// seen as before.
func TestWishesAreToldToANewMember(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		events(t, c)
		must(t, c.SetNote(t.Context(), "hi"))
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		synctest.Wait()
		hear[shared.UpdateUser](l)
		l.say(do(r, change(r, you, noted("hi"))))
		events(t, c)
		l, _ = lose(t, s, c, l)

		r = room("e2")
		do(r, departure(r, you))
		do(r, arrival(r, you, "Ada"))
		l.say(snapshot(r))
		says(t, l, "", "hi", shared.StatusAway)
	})
}

// What another client of the same member asks for is adopted, so that this one
// does not undo it when it comes back.
func TestWishesOfAnotherClientAreAdopted(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		l.say(do(r, change(r, you, renamed("Bea"))), do(r, change(r, you, noted("hi"))))
		events(t, c)
		l.quiet()
		l, join := lose(t, s, c, l)
		if join.Name != "Bea" {
			t.Errorf("joined as %q", join.Name)
		}
		l.say(do(r, change(r, you, noted("ho"))), snapshot(r)) // said while it was away
		events(t, c)
		l.quiet()
	})
}

func TestRefusedWishesAreGivenUp(t *testing.T) {
	for code, wish := range map[shared.Code]func(*client.Client) error{
		shared.CodeBadName: func(c *client.Client) error { return c.Rename(context.Background(), "Bea") },
		shared.CodeBadNote: func(c *client.Client) error { return c.SetNote(context.Background(), "hi") },
	} {
		bubble(t, func(t *testing.T, s *server) {
			c := s.open()
			defer c.Close()
			r := room("e1")
			l, _ := s.join(r)
			events(t, c)
			must(t, wish(c))
			hear[shared.UpdateUser](l)
			l.say(shared.Errorf(code, "no"))
			events(t, c)
			l, join := lose(t, s, c, l)
			if join.Name != "Ada" {
				t.Errorf("joined as %q", join.Name)
			}
			l.say(snapshot(r))
			events(t, c)
			l.quiet()
		})
	}
}

func TestWishesThatCameTooOftenAreSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		events(t, c)
		must(t, c.Rename(t.Context(), "Bea"))
		says(t, l, "Bea", "", "")
		must(t, c.SetNote(t.Context(), "hi"))
		says(t, l, "", "hi", "")
		refused := time.Now()
		l.say(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: 5000})
		events(t, c)
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		l.quiet()
		says(t, l, "Bea", "hi", shared.StatusAway)
		if waited := time.Since(refused); waited != 5*time.Second {
			t.Errorf("said again after %v", waited)
		}
		l.say(do(r, change(r, you, renamed("Bea"))), do(r, change(r, you, noted("hi"))))
		events(t, c)
		l.quiet()
	})
}

// The server shows names in Unicode NFC, which is not what was asked for to
// the letter, and is an answer all the same: see normalizes.
func TestNormalizedWishesAreGranted(t *testing.T) {
	const asked, shown = "Jose\u0301", "Jos\u00e9"
	for name, show := range map[string]func(r *shared.Roster) []shared.Event{
		"by a change": func(r *shared.Roster) []shared.Event {
			return []shared.Event{do(r, change(r, you, renamed(shown)))}
		},
		"without one": nil,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				r := room("e1")
				var known []func(*client.Options)
				if show == nil {
					do(r, change(r, you, renamed(shown)))
					known = append(known, func(o *client.Options) { o.Name = shown })
				}
				c := s.open(known...)
				defer c.Close()
				l, _ := s.join(r)
				events(t, c)
				must(t, c.Rename(t.Context(), asked))
				says(t, l, asked, "", "")
				if show != nil {
					l.say(show(r)...)
					events(t, c)
				}
				l, join := lose(t, s, c, l)
				if join.Name != shown {
					t.Errorf("joined as %+q", join.Name)
				}
				l.say(do(r, change(r, you, renamed("Cy"))), snapshot(r)) // another client's, meanwhile
				events(t, c)
				l.quiet()
			})
		})
	}
}
