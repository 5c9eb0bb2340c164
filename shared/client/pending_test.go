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

// wantUpdate receives an update_user and checks its fields; "" stands for a field
// that is absent.
func wantUpdate(t *testing.T, l *link, name, note string, status shared.Status) {
	t.Helper()
	u := receive[shared.UpdateUser](l)
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

func TestChangesAreSent(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		l.expectNothing() // the room already shows what the person wants

		must(t, c.Rename(t.Context(), "  Countess "))
		wantUpdate(t, l, "Countess", "", "")
		l.send(apply(r, change(r, you, renamed("Countess"))))
		drain(t, c)
		must(t, c.SetNote(t.Context(), "brb"))
		wantUpdate(t, l, "", "brb", "")
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		wantUpdate(t, l, "", "", shared.StatusAway)
		must(t, c.SetNote(t.Context(), "")) // "brb" will be shown, so this must be sent
		receive[shared.UpdateUser](l)
		l.send(apply(r, change(r, you, noted("brb"))), apply(r, change(r, you, noted(""))))
		drain(t, c)

		must(t, c.Rename(t.Context(), "Countess")) // no change, like the next two
		must(t, c.SetNote(t.Context(), ""))
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		l.expectNothing()
	})
}

func TestOptionsAreChanges(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(withStatus(shared.StatusIdle), func(o *client.Options) { o.Note = "hi" })
		l, _ := s.join(room("e1"))
		wantUpdate(t, l, "", "hi", shared.StatusIdle)
		drain(t, c)
		l.expectNothing()
	})
}

func TestBadChangesAreErrorsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
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
		l.expectNothing()
	})
}

func TestLastChangeWins(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		must(t, c.Rename(t.Context(), "Bea"))
		wantUpdate(t, l, "Bea", "", "")
		must(t, c.Rename(t.Context(), "Ada")) // still shown, but "Bea" will replace it
		wantUpdate(t, l, "Ada", "", "")
		l.send(heartbeat(r)) // sent before the server received either
		l.send(apply(r, change(r, you, renamed("Bea"))))
		drain(t, c)
		l.expectNothing()

		l, join := reconnect(t, s, c, l) // before the second change is shown
		if join.Name != "Ada" {
			t.Errorf("joined as %q", join.Name)
		}
		l.send(shared.Resumed{Epoch: "e1", Rev: r.Rev(), You: you})
		wantUpdate(t, l, "Ada", "", shared.StatusActive)
		l.send(apply(r, change(r, you, renamed("Ada"))))
		drain(t, c)
		l.expectNothing()
	})
}

func TestChangesWhileDisconnected(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		s.down.Store(true)
		l.Break()
		waitFor(t, c, client.Reconnecting)
		must(t, c.Rename(t.Context(), "Bea"))
		must(t, c.Rename(t.Context(), "Cleo"))
		must(t, c.SetNote(t.Context(), "hi"))
		must(t, c.SetStatus(t.Context(), shared.StatusIdle))
		s.down.Store(false)
		c.RetryNow()
		l, join := s.joining()
		if join.Name != "Cleo" {
			t.Errorf("joined as %q", join.Name)
		}
		l.expectNothing() // no change before the join is answered
		l.send(snapshot(r))
		wantUpdate(t, l, "Cleo", "hi", shared.StatusIdle)
	})
}

// The client knows what the room shows only while connected. A change to what the
// room showed before, or to an empty text, must therefore be sent.
func TestChangesForWhatMayNoLongerBeShown(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		must(t, c.SetNote(t.Context(), ""))
		r := room("e1")
		apply(r, change(r, you, noted("of another day")))
		l, _ := s.joining()
		l.send(snapshot(r))
		u := receive[shared.UpdateUser](l)
		if u.Note == nil || *u.Note != "" {
			t.Errorf("the client changes to %+v", u)
		}
		l.send(apply(r, change(r, you, noted(""))))
		drain(t, c)

		s.down.Store(true)
		l.Break()
		waitFor(t, c, client.Reconnecting)
		must(t, c.Rename(t.Context(), "Ada"))
		apply(r, change(r, you, renamed("Bea"))) // meanwhile, by another client of the member
		s.down.Store(false)
		l, _ = s.join(r)
		wantUpdate(t, l, "Ada", "", shared.StatusActive)
	})
}

// A client whose member was removed meanwhile joins as a new member and restores
// the note and the status.
func TestChangesAreSentForANewMember(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		must(t, c.SetNote(t.Context(), "hi"))
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		synctest.Wait()
		receive[shared.UpdateUser](l)
		l.send(apply(r, change(r, you, noted("hi"))))
		drain(t, c)
		l, _ = reconnect(t, s, c, l)

		r = room("e2")
		apply(r, departure(r, you))
		apply(r, arrival(r, you, "Ada"))
		l.send(snapshot(r))
		wantUpdate(t, l, "", "hi", shared.StatusAway)
	})
}

// A client adopts the changes of the member's other clients, so that it does not
// undo them when it reconnects.
func TestChangesOfAnotherClientAreAdopted(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		l.send(apply(r, change(r, you, renamed("Bea"))), apply(r, change(r, you, noted("hi"))))
		drain(t, c)
		l.expectNothing()
		l, join := reconnect(t, s, c, l)
		if join.Name != "Bea" {
			t.Errorf("joined as %q", join.Name)
		}
		l.send(apply(r, change(r, you, noted("ho"))), snapshot(r)) // made while it was away
		drain(t, c)
		l.expectNothing()
	})
}

func TestRefusedChangesAreGivenUp(t *testing.T) {
	for code, request := range map[shared.Code]func(*client.Client) error{
		shared.CodeBadName: func(c *client.Client) error { return c.Rename(context.Background(), "Bea") },
		shared.CodeBadNote: func(c *client.Client) error { return c.SetNote(context.Background(), "hi") },
	} {
		bubble(t, func(t *testing.T, s *server) {
			r := room("e1")
			c, l := s.joined(r)
			drain(t, c)
			must(t, request(c))
			receive[shared.UpdateUser](l)
			l.send(shared.Errorf(code, "no"))
			drain(t, c)
			l, join := reconnect(t, s, c, l)
			if join.Name != "Ada" {
				t.Errorf("joined as %q", join.Name)
			}
			l.send(snapshot(r))
			drain(t, c)
			l.expectNothing()
		})
	}
}

func TestChangesThatCameTooOftenAreSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		must(t, c.Rename(t.Context(), "Bea"))
		wantUpdate(t, l, "Bea", "", "")
		must(t, c.SetNote(t.Context(), "hi"))
		wantUpdate(t, l, "", "hi", "")
		refused := time.Now()
		l.send(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: 5000})
		drain(t, c)
		must(t, c.SetStatus(t.Context(), shared.StatusAway))
		l.expectNothing()
		wantUpdate(t, l, "Bea", "hi", shared.StatusAway)
		if waited := time.Since(refused); waited != 5*time.Second {
			t.Errorf("said again after %v", waited)
		}
		receive[shared.Ping](l)
		l.send(apply(r, change(r, you, renamed("Bea"))), apply(r, change(r, you, noted("hi"))))
		drain(t, c)
		l.expectNothing()
	})
}

// After "Bea" was refused as too frequent, a change back to "Ada", which the room
// still shows, counts as pending until the server confirms it: if the connection
// breaks, the room may show "Bea", and "Ada" must be sent again.
func TestChangeBackAfterARefusalStaysPending(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		must(t, c.Rename(t.Context(), "Bea"))
		wantUpdate(t, l, "Bea", "", "")
		l.send(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: 1000})
		drain(t, c)
		must(t, c.Rename(t.Context(), "Ada"))
		wantUpdate(t, l, "Ada", "", shared.StatusActive)
		l, _ = reconnect(t, s, c, l)
		l.send(apply(r, change(r, you, renamed("Bea"))), snapshot(r))
		wantUpdate(t, l, "Ada", "", shared.StatusActive)
	})
}

// Of changes that came too often, a server may apply only the last, and if that is
// what the room already shows, no event confirms it. A pong proves that the server
// has received it: the change counts as granted, and the client does not later undo
// that of another client.
func TestAPongConfirmsWhatIsAlreadyShown(t *testing.T) {
	for _, answer := range []shared.Event{shared.Pong{}, shared.Errorf(shared.CodeUnknownEvent, "an older server's")} {
		bubble(t, func(t *testing.T, s *server) {
			r := room("e1")
			c, l := s.joined(r)
			drain(t, c)
			for _, name := range []string{"Bea", "Ada", "Bea", "Ada"} {
				must(t, c.Rename(t.Context(), name))
				wantUpdate(t, l, name, "", "")
			}
			l.send(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: 1000})
			drain(t, c)
			wantUpdate(t, l, "Ada", "", shared.StatusActive)
			receive[shared.Ping](l)
			l.send(answer)
			synctest.Wait()
			l, _ = reconnect(t, s, c, l)
			l.send(apply(r, change(r, you, renamed("Cy"))), snapshot(r)) // by another client
			drain(t, c)
			l.expectNothing()
		})
	}
}

// The server shows names in Unicode NFC. A name that differs from the requested one
// in its form only still confirms the change: see normalizes.
func TestNormalizedChangesAreGranted(t *testing.T) {
	const asked, shown = "Jose\u0301", "Jos\u00e9"
	for name, show := range map[string]func(r *shared.Roster) []shared.Event{
		"by a change": func(r *shared.Roster) []shared.Event {
			return []shared.Event{apply(r, change(r, you, renamed(shown)))}
		},
		"without one": nil,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				r := room("e1")
				var known []func(*client.Options)
				if show == nil {
					apply(r, change(r, you, renamed(shown)))
					known = append(known, func(o *client.Options) { o.Name = shown })
				}
				c := s.open(known...)
				l, _ := s.join(r)
				drain(t, c)
				must(t, c.Rename(t.Context(), asked))
				wantUpdate(t, l, asked, "", "")
				if show != nil {
					l.send(show(r)...)
					drain(t, c)
				}
				l, join := reconnect(t, s, c, l)
				if join.Name != shown {
					t.Errorf("joined as %+q", join.Name)
				}
				l.send(apply(r, change(r, you, renamed("Cy"))), snapshot(r)) // by another client
				drain(t, c)
				l.expectNothing()
			})
		})
	}
}
