package client_test

import (
	"testing"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// knocking returns a client that watches a locked room and has knocked as Ada, with the
// server's end.
func knocking(t *testing.T, s *server, r *shared.Roster) (*client.Client, *link) {
	t.Helper()
	c := s.open(watching(shared.DetailRoster))
	l := s.link()
	receive[shared.Watch](l)
	l.send(forAWatcher(r))
	waitFor(t, c, client.Live)
	must(t, c.Knock(t.Context(), " Ada "))
	wantKnock(l, "Ada")
	return c, l
}

func wantKnock(l *link, name string) {
	l.t.Helper()
	want := shared.Knock{Name: name, Key: key}
	if name == "" {
		want.Key = ""
	}
	if got := receive[shared.Knock](l); got != want {
		l.t.Errorf("the client sends %+v, want %+v", got, want)
	}
}

// Who is let in joins by itself on the same connection, under the name of the knock.
func TestLetIn(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1", "Bea")
		c, l := knocking(t, s, r)
		l.expectNothing()
		drain(t, c)
		l.send(shared.KnockAnswered{LetIn: true})
		if join := receive[shared.GotANewUser](l); join.Name != "Ada" || join.Key != key {
			t.Errorf("it joins with %+v", join)
		}
		l.send(snapshot(r))
		if events := drain(t, c); len(events) != 2 || events[0] != (shared.KnockAnswered{LetIn: true}) {
			t.Errorf("the program is told %v", events)
		}
		must(t, c.Knock(t.Context(), "Ada"))
		l.expectNothing()
	})
}

// A knock goes on after a reconnect and after too_often, and ends when it is taken back,
// refused or impossible: what comes after that has the client do nothing.
func TestAKnockGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1", "Bea")
		c, l := knocking(t, s, r)
		l.Break()
		l = s.link()
		receive[shared.Watch](l)
		l.send(forAWatcher(r))
		drain(t, c)
		wantKnock(l, "Ada")
		full := shared.Errorf(shared.CodeTooOften, "many knock")
		full.RetryAfterMS = 10_000
		l.send(full)
		drain(t, c)
		l.expectNothing()
		time.Sleep(10 * time.Second)
		wantKnock(l, "Ada")
		must(t, c.Knock(t.Context(), ""))
		wantKnock(l, "")
		l.send(shared.KnockAnswered{LetIn: true})
		if events := drain(t, c); len(events) != 0 {
			t.Errorf("the program is told %v", events)
		}
		l.expectNothing()
		for _, end := range []shared.Event{shared.KnockAnswered{AgainMS: 60_000}, shared.Errorf(shared.CodeBadName, "no"), shared.Errorf(shared.CodeUnknownEvent, "old")} {
			must(t, c.Knock(t.Context(), "Ada"))
			wantKnock(l, "Ada")
			l.send(end)
			if events := drain(t, c); len(events) != 1 {
				t.Errorf("the program is told %v", events)
			}
			l.expectNothing()
		}
		if err := c.Knock(t.Context(), "\u202e"); !isError(err, shared.CodeBadName) {
			t.Errorf("a knock with such a name: %v", err)
		}
	})
}

// A host is told who knocks, and answers.
func TestAHostAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
		other := shared.MemberID("somebody else has this key")
		l.send(shared.Knocks{Knocks: []shared.Knocker{{ID: other, Name: "Bo"}}})
		if events := drain(t, c); len(events) != 1 {
			t.Errorf("the program is told %v", events)
		}
		must(t, c.AnswerKnock(t.Context(), other, true))
		if got := receive[shared.AnswerKnock](l); got != (shared.AnswerKnock{ID: other, LetIn: true}) {
			t.Errorf("the client sends %+v", got)
		}
		if err := c.AnswerKnock(t.Context(), "x", true); !isError(err, shared.CodeBadEvent) {
			t.Errorf("an answer to nobody: %v", err)
		}
	})
}
