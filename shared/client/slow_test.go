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

// While nobody calls Next, the client holds the events of one frame and reads no
// more: the server's writes block, and no event is lost.
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
		r := room("e1")
		l := <-links
		receive[shared.GotANewUser](l)
		l.send(snapshot(r))
		waitFor(t, c, client.Live)
		held := *r

		const diffs = 50
		var written atomic.Int64
		go func() {
			for i := range diffs {
				name := string(rune('A' + i))
				l.send(apply(r, arrival(r, "x"+name, name)))
				written.Add(1)
			}
		}()
		synctest.Wait()
		if n := written.Load(); n != 2 { // one was read by the client, one is in the pipe
			t.Errorf("the server could write %d frames", n)
		}
		wantRoster(t, c, &held) // between two calls of Next the roster does not change
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
		wantRoster(t, c, r)
	})
}

// A slow caller of Next gets the newest state, not those in between, and in the same
// update the events that came before.
func TestSlowCallerSeesTheLastState(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
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
		c, l := s.joined(room("e1"))
		drain(t, c)
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { synctest.Wait(); cancel(why) }()
		if u, err := c.Next(ctx); !errors.Is(err, why) {
			t.Fatalf("got %+v, %v", u, err)
		}
		l.send(heartbeat(room("e1")))
		if u := next(t, c); len(u.Events) != 1 {
			t.Errorf("got %+v", u)
		}
	})
}

// Next returns the server's error event before it reports the end.
func TestLastEventsComeBeforeTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
		left := shared.Errorf(shared.CodeLeft, "left elsewhere")
		l.send(left)
		l.Close(shared.CloseLeft, "")
		time.Sleep(time.Minute)
		if u := next(t, c); len(u.Events) != 1 || u.Events[0] != left {
			t.Errorf("got %+v", u)
		}
		if err := waitForEnd(t, c); err != left {
			t.Errorf("ended with %v", err)
		}
	})
}

// All methods are called at once while connections break, to find data races and
// deadlocks.
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

// serve answers a client as a room would, and breaks the connection after 20 frames.
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
		var got clientEvents
		shared.ReadClient(frame, &got)
		for _, e := range got {
			switch e := e.(type) {
			case shared.GotANewUser:
				l.Write(context.Background(), shared.Encode(snapshot(r), heartbeat(r)))
			case shared.UpdateUser:
				if e.Name != nil {
					l.Write(context.Background(), shared.Encode(apply(r, change(r, you, renamed(*e.Name)))))
				}
			}
		}
	}
}
