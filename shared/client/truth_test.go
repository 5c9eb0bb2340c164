package client_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// Every way in which what the server says can fail to fit the roster: it is
// counted and logged once, a snapshot is asked for once, nothing is shown until
// that is there, and then the client is right again.
func TestDifferencesAreRepaired(t *testing.T) {
	for name, wrong := range map[string]func(r *shared.Roster) shared.Event{
		"a hole": func(r *shared.Roster) shared.Event {
			do(r, arrival(r, "C", "Cleo"))
			return do(r, arrival(r, "D", "Dora"))
		},
		"a repeat": func(r *shared.Roster) shared.Event {
			e := arrival(r, "C", "Cleo")
			e.Rev--
			return e
		},
		"another hash": func(r *shared.Roster) shared.Event {
			h := heartbeat(r)
			h.Hash++
			return h
		},
		"another count": func(r *shared.Roster) shared.Event {
			h := heartbeat(r)
			h.Count++
			return h
		},
		"a missed diff that only the heartbeat shows": func(r *shared.Roster) shared.Event {
			do(r, arrival(r, "C", "Cleo"))
			return heartbeat(r)
		},
		"an arrival of who is here": func(r *shared.Roster) shared.Event { return arrival(r, "Bea", "Bea") },
		"a departure of nobody":     func(r *shared.Roster) shared.Event { return departure(r, "Zoe") },
		"a snapshot with a double": func(r *shared.Roster) shared.Event {
			e := snapshot(r)
			e.Users = append(e.Users, e.Users[0])
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				var log bytes.Buffer
				s.log = slog.NewTextHandler(&log, nil)
				c := s.open()
				defer c.Close()
				r := room("e1", "Bea")
				l, _ := s.join(r)
				events(t, c)

				l.say(wrong(r))
				ask := hear[shared.GotANewUser](l)
				if ask.Resume == nil || *ask.Resume != (shared.Resume{BadHash: strings.HasPrefix(name, "another")}) || ask.Key != key {
					t.Errorf("asked with %+v", ask)
				}
				l.say(do(r, arrival(r, "E", "Eve")), heartbeat(r)) // on the way when it asked
				c.Roster(func(held *shared.Roster) {               // not the answer to what it asked
					l.say(shared.Resumed{Epoch: held.Epoch(), Rev: held.Rev(), You: you}, arrival(held, "F", "Fay"))
				})
				if got := events(t, c); len(got) != 0 {
					t.Errorf("shown while out of step: %v", got)
				}
				must(t, c.Rename(t.Context(), "Countess")) // has to wait
				time.Sleep(10 * shared.ResyncEvery)        // a slow server is not asked again
				l.quiet()

				l.say(snapshot(r), do(r, departure(r, "Bea")))
				if got := events(t, c); len(got) != 2 {
					t.Errorf("shown when repaired: %v", got)
				}
				same(t, c, r)
				says(t, l, "Countess", "", "")
				if n, lines := c.Desyncs(), strings.Count(log.String(), "\n"); n != 1 || lines != 1 {
					t.Errorf("counted %d times, logged %d times:\n%s", n, lines, &log)
				}
				l.quiet()
			})
		})
	}
}

func TestRepairsAreNotAskedForWithoutPause(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		events(t, c)
		wrong := shared.Heartbeat{Rev: 7}
		var asked time.Time
		for i := range 5 {
			l.say(wrong)
			hear[shared.GotANewUser](l)
			if i > 0 && time.Since(asked) < shared.ResyncEvery {
				t.Fatalf("asked again after %v", time.Since(asked))
			}
			asked = time.Now()
			l.say(snapshot(room("e1")))
			events(t, c)
		}
		if n := c.Desyncs(); n != 5 {
			t.Errorf("%d desyncs", n)
		}
	})
}

func TestRefusedRepairIsAskedForAgainWhenAllowed(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		events(t, c)
		l.say(shared.Heartbeat{Rev: 7})
		hear[shared.GotANewUser](l)
		refused := time.Now()
		l.say(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: 3000})
		hear[shared.GotANewUser](l)
		if waited := time.Since(refused); waited != 3*time.Second {
			t.Errorf("asked again after %v", waited)
		}
		l.say(snapshot(r))
		events(t, c)
		same(t, c, r)
		hear[shared.UpdateUser](l) // the client can't know what it was that came too often
		l.quiet()
	})
}

// lose ends l and returns what the client joins with next.
func lose(t *testing.T, s *server, c *client.Client, l *link) (*link, shared.GotANewUser) {
	t.Helper()
	l.Break()
	until(t, c, client.Reconnecting)
	next := s.link()
	return next, hear[shared.GotANewUser](next)
}

func TestResume(t *testing.T) {
	for name, answer := range map[string]struct {
		frame   func(r *shared.Roster) []shared.Event
		desyncs int
	}{
		"served": {func(r *shared.Roster) []shared.Event {
			resumed := shared.Resumed{Epoch: r.Epoch(), Rev: r.Rev(), You: you}
			return []shared.Event{resumed, do(r, arrival(r, "C", "Cleo")), do(r, departure(r, "Bea"))}
		}, 0},
		"served with nothing missed": {func(r *shared.Roster) []shared.Event {
			return []shared.Event{shared.Resumed{Epoch: r.Epoch(), Rev: r.Rev(), You: you}}
		}, 0},
		"refused": {func(r *shared.Roster) []shared.Event {
			for range 100 {
				do(r, arrival(r, "C", "Cleo"))
				do(r, departure(r, "C"))
			}
			return []shared.Event{snapshot(r)}
		}, 0},
		"refused in another epoch": {func(r *shared.Roster) []shared.Event {
			*r = *room("e2", "Cleo")
			return []shared.Event{snapshot(r)}
		}, 0},
		"answered with another revision": {func(r *shared.Roster) []shared.Event {
			return []shared.Event{shared.Resumed{Epoch: r.Epoch(), Rev: r.Rev() + 1, You: you}}
		}, 1},
		"answered with another epoch": {func(r *shared.Roster) []shared.Event {
			return []shared.Event{shared.Resumed{Epoch: "e2", Rev: r.Rev(), You: you}}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				defer c.Close()
				r := room("e1", "Bea")
				l, _ := s.join(r)
				until(t, c, client.Live)
				l, join := lose(t, s, c, l)
				if want := (shared.Resume{Epoch: "e1", Rev: r.Rev()}); join.Resume == nil || *join.Resume != want {
					t.Fatalf("joined with %+v, want %+v", join.Resume, want)
				}
				l.say(answer.frame(r)...)
				if answer.desyncs > 0 {
					if ask := hear[shared.GotANewUser](l); ask.Resume == nil || *ask.Resume != (shared.Resume{}) {
						t.Errorf("asked with %+v", ask.Resume)
					}
					l.say(snapshot(r))
				}
				until(t, c, client.Live)
				same(t, c, r)
				if n := c.Desyncs(); n != answer.desyncs {
					t.Errorf("%d desyncs", n)
				}
				l.quiet()
			})
		})
	}
}

// A roster that is known to be wrong is not resumed from.
func TestNoResumeFromAWrongRoster(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		events(t, c)
		l.say(shared.Heartbeat{Rev: 7})
		hear[shared.GotANewUser](l)
		if _, join := lose(t, s, c, l); join.Resume != nil {
			t.Errorf("joined with %+v", join.Resume)
		}
	})
}

// Half a snapshot of a broken connection does not spoil the next one.
func TestHalfASnapshotIsForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1", "Bea")
		half := snapshot(r)
		half.More, half.Users = true, half.Users[:1]
		l := s.link()
		hear[shared.GotANewUser](l)
		l.say(half)
		events(t, c)
		l, join := lose(t, s, c, l)
		if join.Resume != nil {
			t.Errorf("joined with %+v", join.Resume)
		}
		l.say(snapshot(r))
		until(t, c, client.Live)
		same(t, c, r)
		if n := c.Desyncs(); n != 0 {
			t.Errorf("%d desyncs", n)
		}
	})
}

// What comes before the answer to a join is not about the roster of this connection.
func TestDiffsBeforeTheAnswerAreNotApplied(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		until(t, c, client.Live)
		l, _ = lose(t, s, c, l)
		l.say(arrival(r, "Z", "Zoe"))
		if got := events(t, c); len(got) != 0 {
			t.Errorf("shown: %v", got)
		}
		l.say(shared.Resumed{Epoch: "e1", Rev: r.Rev(), You: you})
		until(t, c, client.Live)
		same(t, c, r)
	})
}

func TestEventsOfANewerServerArePassedOver(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		until(t, c, client.Live)
		frame := []byte(`{"event":"wave","data":{"from":"B"}}` + "\n")
		if err := l.Write(t.Context(), shared.Append(frame, do(r, arrival(r, "B", "Bea")))); err != nil {
			t.Fatal(err)
		}
		if got := events(t, c); len(got) != 1 {
			t.Errorf("shown: %v", got)
		}
		same(t, c, r)
	})
}
