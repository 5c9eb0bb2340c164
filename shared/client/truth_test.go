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

// An event that does not fit the roster, in any way, is counted and logged once. The
// client requests a snapshot once, returns no events until it comes, and then holds
// the server's roster again.
func TestDifferencesAreRepaired(t *testing.T) {
	for name, wrong := range map[string]func(r *shared.Roster) shared.Event{
		"a hole": func(r *shared.Roster) shared.Event {
			apply(r, arrival(r, "C", "Cleo"))
			return apply(r, arrival(r, "D", "Dora"))
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
			apply(r, arrival(r, "C", "Cleo"))
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
				r := room("e1", "Bea")
				c, l := s.joined(r)
				drain(t, c)

				l.send(wrong(r))
				ask := receive[shared.GotANewUser](l)
				if ask.Resume == nil || *ask.Resume != (shared.Resume{BadHash: strings.HasPrefix(name, "another")}) || ask.Key != key {
					t.Errorf("asked with %+v", ask)
				}
				l.send(apply(r, arrival(r, "E", "Eve")), heartbeat(r)) // sent before the server got the request
				c.Roster(func(held *shared.Roster) {                   // does not answer the request
					l.send(shared.Resumed{Epoch: held.Epoch(), Rev: held.Rev(), You: you}, arrival(held, "F", "Fay"))
				})
				if got := drain(t, c); len(got) != 0 {
					t.Errorf("shown while out of sync: %v", got)
				}
				must(t, c.Rename(t.Context(), "Countess")) // is sent after the repair
				time.Sleep(10 * shared.ResyncEvery)        // a slow server gets no second request
				l.expectNothing()

				l.send(snapshot(r), apply(r, departure(r, "Bea")))
				if got := drain(t, c); len(got) != 2 {
					t.Errorf("shown when repaired: %v", got)
				}
				wantRoster(t, c, r)
				wantUpdate(t, l, "Countess", "", "")
				if n, lines := c.Desyncs(), strings.Count(log.String(), "\n"); n != 1 || lines != 1 {
					t.Errorf("counted %d times, logged %d times:\n%s", n, lines, &log)
				}
				l.expectNothing()
			})
		})
	}
}

func TestRepairsAreRequestedWithAPause(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
		wrong := shared.Heartbeat{Rev: 7}
		var asked time.Time
		for i := range 5 {
			l.send(wrong)
			receive[shared.GotANewUser](l)
			if i > 0 && time.Since(asked) < shared.ResyncEvery {
				t.Fatalf("asked again after %v", time.Since(asked))
			}
			asked = time.Now()
			l.send(snapshot(room("e1")))
			drain(t, c)
		}
		if n := c.Desyncs(); n != 5 {
			t.Errorf("%d desyncs", n)
		}
	})
}

func TestRefusedRepairIsRequestedAgainWhenAllowed(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		l.send(shared.Heartbeat{Rev: 7})
		receive[shared.GotANewUser](l)
		refused := time.Now()
		l.send(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: 3000})
		receive[shared.GotANewUser](l)
		if waited := time.Since(refused); waited != 3*time.Second {
			t.Errorf("asked again after %v", waited)
		}
		l.send(snapshot(r))
		drain(t, c)
		wantRoster(t, c, r)
		receive[shared.UpdateUser](l) // too_often may have been about this, so it is sent again
		l.expectNothing()
	})
}

// reconnect breaks l and returns the client's next connection and the join on it.
func reconnect(t *testing.T, s *server, c *client.Client, l *link) (*link, shared.GotANewUser) {
	t.Helper()
	l.Break()
	waitFor(t, c, client.Reconnecting)
	return s.joining()
}

func TestResume(t *testing.T) {
	for name, answer := range map[string]struct {
		frame   func(r *shared.Roster) []shared.Event
		desyncs int
	}{
		"served": {func(r *shared.Roster) []shared.Event {
			resumed := shared.Resumed{Epoch: r.Epoch(), Rev: r.Rev(), You: you}
			return []shared.Event{resumed, apply(r, arrival(r, "C", "Cleo")), apply(r, departure(r, "Bea"))}
		}, 0},
		"served with nothing missed": {func(r *shared.Roster) []shared.Event {
			return []shared.Event{shared.Resumed{Epoch: r.Epoch(), Rev: r.Rev(), You: you}}
		}, 0},
		"refused": {func(r *shared.Roster) []shared.Event {
			for range 100 {
				apply(r, arrival(r, "C", "Cleo"))
				apply(r, departure(r, "C"))
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
				r := room("e1", "Bea")
				c, l := s.joined(r)
				l, join := reconnect(t, s, c, l)
				if want := (shared.Resume{Epoch: "e1", Rev: r.Rev()}); join.Resume == nil || *join.Resume != want {
					t.Fatalf("joined with %+v, want %+v", join.Resume, want)
				}
				l.send(answer.frame(r)...)
				if answer.desyncs > 0 {
					if ask := receive[shared.GotANewUser](l); ask.Resume == nil || *ask.Resume != (shared.Resume{}) {
						t.Errorf("asked with %+v", ask.Resume)
					}
					l.send(snapshot(r))
				}
				waitFor(t, c, client.Live)
				wantRoster(t, c, r)
				if n := c.Desyncs(); n != answer.desyncs {
					t.Errorf("%d desyncs", n)
				}
				l.expectNothing()
			})
		})
	}
}

// A client whose roster differs from the server's does not try to resume.
func TestNoResumeFromAWrongRoster(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
		l.send(shared.Heartbeat{Rev: 7})
		receive[shared.GotANewUser](l)
		if _, join := reconnect(t, s, c, l); join.Resume != nil {
			t.Errorf("joined with %+v", join.Resume)
		}
	})
}

// The first chunks of a snapshot are dropped when the connection breaks, and do not
// affect the next snapshot.
func TestHalfASnapshotIsForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		r := room("e1", "Bea")
		half := snapshot(r)
		half.More, half.Users = true, half.Users[:1]
		l, _ := s.joining()
		l.send(half)
		drain(t, c)
		l, join := reconnect(t, s, c, l)
		if join.Resume != nil {
			t.Errorf("joined with %+v", join.Resume)
		}
		l.send(snapshot(r))
		waitFor(t, c, client.Live)
		wantRoster(t, c, r)
		if n := c.Desyncs(); n != 0 {
			t.Errorf("%d desyncs", n)
		}
	})
}

// Diffs that come before the answer to a join are ignored: they do not apply to the
// roster of the last connection.
func TestDiffsBeforeTheAnswerAreNotApplied(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		l, _ = reconnect(t, s, c, l)
		l.send(arrival(r, "Z", "Zoe"))
		if got := drain(t, c); len(got) != 0 {
			t.Errorf("shown: %v", got)
		}
		l.send(shared.Resumed{Epoch: "e1", Rev: r.Rev(), You: you})
		waitFor(t, c, client.Live)
		wantRoster(t, c, r)
	})
}

func TestUnknownEventsOfANewerServerAreIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		frame := []byte(`{"event":"wave","data":{"from":"B"}}` + "\n")
		if err := l.Write(t.Context(), shared.Append(frame, apply(r, arrival(r, "B", "Bea")))); err != nil {
			t.Fatal(err)
		}
		if got := drain(t, c); len(got) != 1 {
			t.Errorf("shown: %v", got)
		}
		wantRoster(t, c, r)
	})
}

// What the room says of itself comes with the snapshot and by diffs, and is in the proof.
func TestTheRosterHasWhatTheRoomSays(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		said := shared.RoomInfo{Title: "Stand-up", Locked: true}
		l.send(
			apply(r, shared.RoomInfoChanged{Rev: r.Rev() + 1, RoomInfo: said}),
			shared.Heartbeat{Rev: r.Rev(), Count: r.Len(), Hash: r.Hash()},
		)
		if got := drain(t, c); len(got) != 2 {
			t.Errorf("shown: %v", got)
		}
		wantRoster(t, c, r)
		c.Roster(func(r *shared.Roster) {
			if r.Info() != said {
				t.Errorf("it says %+v", r.Info())
			}
		})
		if n := c.Desyncs(); n != 0 {
			t.Errorf("out of step %d times", n)
		}
	})
}

// An unknown diff of a newer server makes a revision: the next one fits, so does the proof,
// and a new connection resumes after it.
func TestUnknownDiffsOfANewerServerAdvanceTheRoster(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		l.send(
			apply(r, shared.Unknown{Name: "poll_opened", Rev: r.Rev() + 1}),
			apply(r, arrival(r, "B", "Bea")),
			shared.Heartbeat{Rev: r.Rev(), Count: r.Len(), Hash: r.Hash()},
			apply(r, shared.Unknown{Name: "poll_closed", Rev: r.Rev() + 1}),
		)
		if got := drain(t, c); len(got) != 4 {
			t.Errorf("shown: %v", got)
		}
		wantRoster(t, c, r)
		if n := c.Desyncs(); n != 0 {
			t.Errorf("out of step %d times", n)
		}
		l.Break()
		_, hello := s.joining()
		if hello.Resume == nil || hello.Resume.Rev != r.Rev() {
			t.Errorf("it resumes at %+v, want %d", hello.Resume, r.Rev())
		}
	})
}
