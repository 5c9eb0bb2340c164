package client_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// Close ends the client wherever it is, at once, and leaves no goroutine
// behind: the bubble could not end with one.
func TestCloseFromEverywhere(t *testing.T) {
	stuck := func(o *client.Options) {
		o.Connect = func(ctx context.Context) (client.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	}
	for name, scene := range map[string]struct {
		change func(*client.Options)
		play   func(*server, *client.Client)
	}{
		"at once":          {nil, func(*server, *client.Client) {}},
		"while connecting": {stuck, func(*server, *client.Client) { synctest.Wait() }},
		"while the join is unanswered": {nil, func(s *server, c *client.Client) {
			hear[shared.GotANewUser](s.link())
			synctest.Wait()
		}},
		"in the room": {nil, func(s *server, c *client.Client) {
			s.join(room("e1"))
			until(s.t, c, client.Live)
		}},
		"while a snapshot is awaited": {nil, func(s *server, c *client.Client) {
			l, _ := s.join(room("e1"))
			events(s.t, c)
			l.say(shared.Heartbeat{Rev: 7})
			hear[shared.GotANewUser](l)
		}},
		"while reconnecting": {nil, func(s *server, c *client.Client) {
			s.down.Store(true)
			until(s.t, c, client.Reconnecting)
		}},
		"while nobody calls Next": {nil, func(s *server, c *client.Client) {
			r := room("e1")
			l, _ := s.join(r)
			l.say(heartbeat(r))
			l.say(heartbeat(r))
			synctest.Wait()
		}},
		"while the server does not read": {nil, func(s *server, c *client.Client) { fillUp(s, c) }},
		"after the server has ended it": {nil, func(s *server, c *client.Client) {
			s.link().say(shared.Errorf(shared.CodeLeft, "gone"))
			end(s.t, c)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open(func(o *client.Options) {
					if scene.change != nil {
						scene.change(o)
					}
				})
				scene.play(s, c)
				start := time.Now()
				var closing sync.WaitGroup
				for range 3 {
					closing.Go(func() { c.Close() })
				}
				closing.Wait()
				c.Close()
				if took := time.Since(start); took > 0 {
					t.Errorf("took %v", took)
				}
				if err := end(t, c); err == nil {
					t.Error("goes on")
				}
				ctx := context.Background()
				for _, err := range []error{c.Rename(ctx, "Bea"), c.SetNote(ctx, "hi"), c.SetStatus(ctx, shared.StatusAway)} {
					if err == nil {
						t.Error("takes wishes when closed")
					}
				}
				c.RetryNow()
			})
		})
	}
}

// A server that does not answer a goodbye is waited for a second, not more.
func TestCloseOfADeafServer(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(func(o *client.Options) {
			o.Connect = func(ctx context.Context) (client.Conn, error) {
				conn, err := s.connect(ctx)
				return deaf{conn}, err
			}
		})
		s.join(room("e1"))
		until(t, c, client.Live)
		start := time.Now()
		c.Close()
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// deaf is a connection whose goodbyes are never answered.
type deaf struct{ client.Conn }

func (deaf) Close(shared.CloseCode, string) error { return nil }

func TestCloseEndsWithErrClosed(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		l, _ := s.join(room("e1"))
		until(t, c, client.Live)
		c.Close()
		if code := l.goodbye(); code != shared.CloseNormal {
			t.Errorf("closed with %d", code)
		}
		for range 2 {
			if err := end(t, c); err != client.ErrClosed {
				t.Errorf("ended with %v", err)
			}
		}
	})
}
