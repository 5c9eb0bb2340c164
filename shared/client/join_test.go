package client_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"rollcall/shared"
	"rollcall/shared/client"
)

func TestJoinGivesTheRosterAndThenWhatHappens(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		if u := next(t, c); u.State != client.Connecting || u.You != "" || u.Events != nil {
			t.Errorf("the first update is %+v", u)
		}
		r := room("e1", "Bea")
		l, join := s.join(r)
		if want := (shared.GotANewUser{Name: "Ada", Key: key}); join != want {
			t.Errorf("joined with %+v, want %+v", join, want)
		}
		if u := next(t, c); u.State != client.Live || u.You != you || len(u.Events) != 1 {
			t.Errorf("the update of the join is %+v", u)
		}
		wantRoster(t, c, r)

		said := []shared.Event{apply(r, arrival(r, "C", "Cleo")), apply(r, departure(r, "Bea")), heartbeat(r)}
		l.send(said...)
		if u := next(t, c); u.State != client.Live || !reflect.DeepEqual(u.Events, said) {
			t.Errorf("got %+v, want %+v in one update", u, said)
		}
		wantRoster(t, c, r)
		if n := c.Desyncs(); n != 0 {
			t.Errorf("%d desyncs", n)
		}
		l.expectNothing()
	})
}

// A snapshot in several frames becomes one event. Dial receives all of the frames
// although its caller can't call Next yet.
func TestChunkedSnapshotIsOneEvent(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1", "Bea", "Cleo", "Dora")
		go func() {
			l, _ := s.joining()
			for i := range r.Len() {
				part := snapshot(r)
				part.Users, part.More = part.Users[i:i+1], i+1 < r.Len()
				l.send(part)
			}
		}()
		c, err := client.Dial(t.Context(), "", client.Options{Name: "Ada", Connect: s.connect})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		wantRoster(t, c, r)
		u := next(t, c)
		if len(u.Events) != 1 || u.State != client.Live {
			t.Fatalf("the chunks gave %+v", u)
		}
		if whole := u.Events[0].(shared.ExistingUsers); len(whole.Users) != r.Len() || whole.More {
			t.Errorf("the snapshot that is handed out is %+v", whole)
		}
	})
}

func TestDialWaitsForTheRoom(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		go s.join(r)
		c, err := client.Dial(t.Context(), "", client.Options{Name: "Ada", Connect: s.connect})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		wantRoster(t, c, r)
		if u := next(t, c); u.State != client.Live || len(u.Events) != 1 {
			t.Errorf("after Dial the first update is %+v", u)
		}
	})
}

func TestDialGivesUp(t *testing.T) {
	why := errors.New("enough")
	for name, serve := range map[string]func(*server, func()) (want error){
		"when its context ends": func(s *server, cancel func()) error {
			go func() { synctest.Wait(); cancel() }()
			return why
		},
		"when the server refuses for good": func(s *server, _ func()) error {
			refusal := shared.Errorf(shared.CodeBadKey, "no")
			go func() { s.link().send(refusal) }()
			return refusal
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				ctx, cancel := context.WithCancelCause(t.Context())
				want := serve(s, func() { cancel(why) })
				c, err := client.Dial(ctx, "", client.Options{Name: "Ada", Connect: s.connect})
				if !errors.Is(err, want) || c != nil {
					t.Errorf("Dial gave %v, %v, want %v", c, err, want)
				}
				cancel(nil)
			})
		})
	}
}

func TestUnusableOptions(t *testing.T) {
	for want, o := range map[string]client.Options{
		"bad_name":   {Name: "\u202eAda"},
		"bad_room":   {Name: "Ada", Room: "A room"},
		"bad_key":    {Name: "Ada", Key: "short"},
		"bad_note":   {Name: "Ada", Note: strings.Repeat("x", 141)},
		"bad_status": {Name: "Ada", Status: "asleep"},
	} {
		c, err := client.Open("ws://localhost/ws", o)
		var e shared.Error
		if !errors.As(err, &e) || string(e.Code) != want || c != nil {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	for _, url := range []string{"", "http://localhost/ws", "ws://", "ws:", "://", "localhost:8000"} {
		if c, err := client.Open(url, client.Options{Name: "Ada"}); err == nil {
			c.Close()
			t.Errorf("Open takes the URL %q", url)
		}
	}
}

func TestSeenSnapshotIsResumedFrom(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1", "Bea")
		seen := snapshot(r)
		seen.You = ""
		c := s.open(func(o *client.Options) { o.Seen = &seen })
		wantRoster(t, c, r)
		l, join := s.joining()
		if join.Resume == nil || *join.Resume != (shared.Resume{Epoch: "e1", Rev: r.Rev()}) {
			t.Fatalf("joined with %+v", join)
		}
		l.send(shared.Resumed{Epoch: "e1", Rev: r.Rev(), You: you}, apply(r, arrival(r, "C", "Cleo")))
		if u := waitFor(t, c, client.Live); u.You != you || len(u.Events) != 2 {
			t.Errorf("resumed with %+v", u)
		}
		wantRoster(t, c, r)
	})
}

func TestPartOfASnapshotIsNotResumedFrom(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		seen := snapshot(room("e1"))
		seen.More = true
		c := s.open(func(o *client.Options) { o.Seen = &seen })
		r := room("e1", "Bea")
		if _, join := s.join(r); join.Resume != nil {
			t.Errorf("joined with %+v", join.Resume)
		}
		waitFor(t, c, client.Live)
		wantRoster(t, c, r)
	})
}
