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

// Close ends a client in any state, at once, and leaves no goroutine running: the
// test's bubble could not end with one.
func TestCloseFromEverywhere(t *testing.T) {
	blockConnect := func(o *client.Options) {
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
		"while connecting": {blockConnect, func(*server, *client.Client) { synctest.Wait() }},
		"while the join is unanswered": {nil, func(s *server, c *client.Client) {
			s.joining()
			synctest.Wait()
		}},
		"in the room": {nil, func(s *server, c *client.Client) {
			s.join(room("e1"))
			waitFor(s.t, c, client.Live)
		}},
		"while a snapshot is awaited": {nil, func(s *server, c *client.Client) {
			l, _ := s.join(room("e1"))
			drain(s.t, c)
			l.send(shared.Heartbeat{Rev: 7})
			receive[shared.GotANewUser](l)
		}},
		"while reconnecting": {nil, func(s *server, c *client.Client) {
			s.down.Store(true)
			waitFor(s.t, c, client.Reconnecting)
		}},
		"while nobody calls Next": {nil, func(s *server, c *client.Client) {
			r := room("e1")
			l, _ := s.join(r)
			l.send(heartbeat(r))
			l.send(heartbeat(r))
			synctest.Wait()
		}},
		"while the server does not read": {nil, func(s *server, c *client.Client) { fillBuffer(s, c) }},
		"after the server has ended it": {nil, func(s *server, c *client.Client) {
			s.link().send(shared.Errorf(shared.CodeLeft, "gone"))
			waitForEnd(s.t, c)
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
				if err := waitForEnd(t, c); err == nil {
					t.Error("goes on")
				}
				ctx := context.Background()
				for _, err := range []error{c.Rename(ctx, "Bea"), c.SetNote(ctx, "hi"), c.SetStatus(ctx, shared.StatusAway)} {
					if err == nil {
						t.Error("takes changes when closed")
					}
				}
				c.RetryNow()
			})
		})
	}
}

// Close waits no longer than a second for the server's answer to the close frame.
func TestCloseWithoutAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(func(o *client.Options) {
			o.Connect = func(ctx context.Context) (client.Conn, error) {
				conn, err := s.connect(ctx)
				return ignoresClose{conn}, err
			}
		})
		s.join(room("e1"))
		waitFor(t, c, client.Live)
		start := time.Now()
		c.Close()
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// ignoresClose is a connection that Close does not end, as if the server never
// answered the close frame.
type ignoresClose struct{ client.Conn }

func (ignoresClose) Close(shared.CloseCode, string) error { return nil }

func TestCloseEndsWithErrClosed(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		c.Close()
		if code := l.closeCode(); code != shared.CloseNormal {
			t.Errorf("closed with %d", code)
		}
		for range 2 {
			if err := waitForEnd(t, c); err != client.ErrClosed {
				t.Errorf("ended with %v", err)
			}
		}
	})
}
