package client_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

func watching(d shared.Detail) func(*client.Options) {
	return func(o *client.Options) { o.Watch, o.Name = d, "" }
}

// forAWatcher is the snapshot that a watcher is sent.
func forAWatcher(r *shared.Roster) shared.ExistingUsers {
	s := snapshot(r)
	s.You = ""
	return s
}

// A client that watches sees the room and resumes, and Join makes it a member. Of a large
// room it is sent only what it has not seen.
func TestWatchAndThenJoin(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailRoster))
		defer c.Close()
		r := room("e1", "Bea")
		apply(r, departure(r, you))
		for i := range shared.ResumeAbove {
			apply(r, arrival(r, fmt.Sprint("extra", i), "Extra"))
		}
		l := s.link()
		if got := receive[shared.Watch](l); got != (shared.Watch{Detail: shared.DetailRoster}) {
			t.Errorf("watches with %+v", got)
		}
		l.send(forAWatcher(r))
		if u := waitFor(t, c, client.Live); u.You != "" || len(u.Events) != 1 {
			t.Errorf("the update of the watch is %+v", u)
		}
		l.send(shared.Watchers{Count: 3}, apply(r, arrival(r, "C", "Cleo")))
		if u := next(t, c); len(u.Events) != 2 {
			t.Errorf("got %+v", u)
		}
		wantRoster(t, c, r)
		l.expectNothing()

		l.Break()
		l = s.link()
		held := shared.Resume{Epoch: "e1", Rev: r.Rev()}
		if got := receive[shared.Watch](l); got.Detail != shared.DetailRoster || got.Resume == nil || *got.Resume != held {
			t.Errorf("watches again with %+v", got)
		}
		l.send(shared.Resumed{Epoch: held.Epoch, Rev: held.Rev})
		waitFor(t, c, client.Live)

		if err := c.Join(t.Context(), "Ada"); err != nil {
			t.Fatal(err)
		}
		join := receive[shared.GotANewUser](l)
		if join.Name != "Ada" || join.Key != key || join.Resume == nil || *join.Resume != held {
			t.Errorf("joins with %+v", join)
		}
		dora := apply(r, arrival(r, "D", "Dora"))
		l.send(dora)           // was on its way
		l.send(forAWatcher(r)) // as to a reader that was slow
		l.send(shared.Resumed{Epoch: held.Epoch, Rev: held.Rev, You: you}, dora, apply(r, arrival(r, you, "Ada")))
		for u := next(t, c); u.You != you; u = next(t, c) {
			if len(u.Events) > 0 {
				t.Errorf("before the answer came %+v", u)
			}
		}
		wantRoster(t, c, r)
		if n := c.Desyncs(); n != 0 {
			t.Errorf("%d desyncs", n)
		}
		if err := c.Rename(t.Context(), "Countess"); err != nil {
			t.Fatal(err)
		}
		receive[shared.UpdateUser](l)
		l.Break()
		if _, join := s.join(r); join.Name != "Countess" {
			t.Errorf("joins again with %+v", join)
		}
	})
}

// Of a small room, who joins is sent the roster again, as everybody who joins.
func TestWatchAndThenJoinASmallRoom(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailRoster), func(o *client.Options) {
			o.Seen = &shared.ExistingUsers{Room: shared.Lobby} // nobody had entered it
		})
		defer c.Close()
		r := room("e1", "Bea")
		l := s.link()
		if watch := receive[shared.Watch](l); watch.Resume != nil {
			t.Errorf("watches with %+v", watch)
		}
		l.send(forAWatcher(r))
		waitFor(t, c, client.Live)
		if err := c.Join(t.Context(), "Ada"); err != nil {
			t.Fatal(err)
		}
		if join := receive[shared.GotANewUser](l); join.Name != "Ada" || join.Resume != nil {
			t.Errorf("joins with %+v", join)
		}
		l.send(apply(r, arrival(r, "D", "Dora"))) // was on its way
		l.send(snapshot(r))
		for u := next(t, c); u.You != you; u = next(t, c) {
		}
		wantRoster(t, c, r)
	})
}

// Who watches the count is live with the first one, and joins without a roster.
func TestWatchTheCount(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailCount))
		defer c.Close()
		l := s.link()
		receive[shared.Watch](l)
		l.send(shared.Occupancy{Members: 2, Sessions: 3})
		if u := waitFor(t, c, client.Live); len(u.Events) != 1 || u.Events[0] != (shared.Occupancy{Members: 2, Sessions: 3}) {
			t.Errorf("got %+v", u)
		}
		time.Sleep(shared.PingEvery)
		l.send(shared.Occupancy{Members: 2, Sessions: 3})
		l.expectNothing()
		if err := c.Join(t.Context(), "Ada"); err != nil {
			t.Fatal(err)
		}
		if join := receive[shared.GotANewUser](l); join.Resume != nil {
			t.Errorf("joins with %+v", join)
		}
		r := room("e1")
		l.send(snapshot(r))
		for u := next(t, c); u.You != you; u = next(t, c) {
		}
		wantRoster(t, c, r)
	})
}

// Join waits for the answer to the watch.
func TestJoinBeforeTheWatchIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailCount))
		defer c.Close()
		l := s.link()
		receive[shared.Watch](l)
		if err := c.Join(t.Context(), "Ada"); err != nil {
			t.Fatal(err)
		}
		l.expectNothing()
		l.send(shared.Occupancy{})
		receive[shared.GotANewUser](l)
	})
}

// A watcher's roster is repaired like that of a member.
func TestAWatcherAsksForTheRosterAgain(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailRoster))
		defer c.Close()
		r := room("e1", "Bea")
		l := s.link()
		receive[shared.Watch](l)
		l.send(forAWatcher(r))
		waitFor(t, c, client.Live)
		apply(r, arrival(r, "C", "Cleo"))
		l.send(heartbeat(r))
		drain(t, c)
		if got := receive[shared.Watch](l); got.Resume == nil || *got.Resume != (shared.Resume{}) {
			t.Errorf("asks with %+v", got)
		}
		l.send(forAWatcher(r))
		next(t, c)
		wantRoster(t, c, r)
	})
}

func TestAWatcherLeavesWithoutAWord(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailRoster))
		l := s.link()
		receive[shared.Watch](l)
		l.send(forAWatcher(room("e1")))
		waitFor(t, c, client.Live)
		if err := c.Leave(t.Context()); err != nil {
			t.Error(err)
		}
		if code := l.closeCode(); code != shared.CloseNormal {
			t.Errorf("closed with %d", code)
		}
	})
}

// Who is not let in as a member is not a watcher any more: the next attempt joins.
func TestAWatcherThatIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(watching(shared.DetailRoster))
		defer c.Close()
		l := s.link()
		receive[shared.Watch](l)
		l.send(forAWatcher(room("e1")))
		waitFor(t, c, client.Live)
		if err := c.Join(t.Context(), "\u202eAda"); !isError(err, shared.CodeBadName) {
			t.Errorf("joins with a name that is none: %v", err)
		}
		_ = c.Join(t.Context(), "Ada")
		receive[shared.GotANewUser](l)
		l.send(shared.Errorf(shared.CodeRoomFull, "full"))
		waitFor(t, c, client.Reconnecting)
		if _, join := s.join(room("e1")); join.Name != "Ada" {
			t.Errorf("joins again with %+v", join)
		}
	})
	if _, err := client.Open("ws://localhost/ws", client.Options{Watch: shared.DetailWindow}); !isError(err, shared.CodeBadEvent) {
		t.Errorf("watches a window: %v", err)
	}
}

func isError(err error, code shared.Code) bool {
	var e shared.Error
	return errors.As(err, &e) && e.Code == code
}
