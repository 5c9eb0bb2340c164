package client_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

// A client that nobody pulls from takes two frames, of which it shows one, and
// leaves the rest to the server; nothing of it is lost.
func TestSlowCallerSlowsTheServer(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		var links = make(chan *link, 1)
		c := s.open(func(o *client.Options) {
			o.Connect = func(context.Context) (client.Conn, error) {
				a, b := pipetest.New(1)
				links <- &link{End: b, t: t}
				return a, nil
			}
		})
		defer c.Close()
		r := room("e1")
		l := <-links
		hear[shared.GotANewUser](l)
		l.say(snapshot(r))
		until(t, c, client.Live)
		held := *r

		const diffs = 50
		var written atomic.Int64
		go func() {
			for i := range diffs {
				name := string(rune('A' + i))
				l.say(do(r, arrival(r, "x"+name, name)))
				written.Add(1)
			}
		}()
		synctest.Wait()
		if n := written.Load(); n != 2 { // one in the client's hands, one in the buffer
			t.Errorf("the server could write %d frames", n)
		}
		same(t, c, &held) // between two calls of Next the roster stands still
		for i := range diffs {
			u := next(t, c)
			synctest.Wait()
			if len(u.Events) != 1 || u.Events[0].(shared.NewUser).Rev != held.Rev()+uint64(i)+1 {
				t.Fatalf("update %d is %+v", i, u)
			}
			c.Roster(func(got *shared.Roster) {
				if want := held.Rev() + uint64(i) + 1; got.Rev() != want {
					t.Fatalf("with update %d the roster is at %d, not %d", i, got.Rev(), want)
				}
			})
		}
		same(t, c, r)
	})
}

// Changes of state are not kept from a caller who is slow to look: only the
// last counts. Events are kept, and come first.
func TestSlowCallerSeesTheLastState(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		synctest.Wait()
		s.down.Store(true)
		l.Break()
		time.Sleep(time.Minute)
		u := next(t, c)
		if u.State != client.Reconnecting || len(u.Events) != 1 || u.You != you {
			t.Errorf("after a minute the first update is %+v", u)
		}
	})
}

func TestNextLosesNothingWhenItsContextEnds(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		events(t, c)
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { synctest.Wait(); cancel(why) }()
		if u, err := c.Next(ctx); !errors.Is(err, why) {
			t.Fatalf("got %+v, %v", u, err)
		}
		l.say(heartbeat(room("e1")))
		if u := next(t, c); len(u.Events) != 1 {
			t.Errorf("got %+v", u)
		}
	})
}

// The error that explains an end comes before the end.
func TestLastEventsComeBeforeTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		events(t, c)
		left := shared.Errorf(shared.CodeLeft, "left elsewhere")
		l.say(left)
		l.Close(shared.CloseLeft, "")
		time.Sleep(time.Minute)
		if u := next(t, c); len(u.Events) != 1 || u.Events[0] != left {
			t.Errorf("got %+v", u)
		}
		if err := end(t, c); err != left {
			t.Errorf("ended with %v", err)
		}
	})
}

// Everything at once, for the race detector and for a client that gets stuck.
func TestConcurrentUse(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		stop := make(chan struct{})
		var serving, using sync.WaitGroup
		serving.Go(func() {
			for i := 0; ; i++ {
				select {
				case l := <-s.links:
					serving.Go(func() { serve(l, i) })
				case <-stop:
					return
				}
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			using.Go(func() {
				for ctx.Err() == nil {
					c.Next(ctx)
				}
			})
			using.Go(func() {
				for i := range 200 {
					c.Rename(ctx, string(rune('A'+i%26)))
					c.SetNote(ctx, string(rune('a'+i%26)))
					c.SetStatus(ctx, []shared.Status{shared.StatusActive, shared.StatusAway}[i%2])
					c.Roster(func(r *shared.Roster) { r.Len() })
					c.RetryNow()
					c.Desyncs()
					time.Sleep(time.Second)
				}
			})
		}
		time.Sleep(150 * time.Second)
		if n := c.Desyncs(); n != 0 {
			t.Errorf("%d desyncs", n)
		}
		c.Close()
		cancel()
		using.Wait()
		close(stop)
		serving.Wait()
	})
}

// serve answers a client as a room would, for a while.
func serve(l *link, i int) {
	r := room("e"+string(rune('a'+i%26)), "Bea")
	for n := 0; ; n++ {
		frame, err := l.Read(context.Background())
		if err != nil {
			return
		}
		if n == 20 {
			l.Break()
			return
		}
		var heard heard
		shared.ReadClient(frame, &heard)
		for _, e := range heard {
			switch e := e.(type) {
			case shared.GotANewUser:
				l.Write(context.Background(), shared.Encode(snapshot(r), heartbeat(r)))
			case shared.UpdateUser:
				if e.Name != nil {
					l.Write(context.Background(), shared.Encode(do(r, change(r, you, renamed(*e.Name)))))
				}
			}
		}
	}
}
