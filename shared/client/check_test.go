package client_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// Check detects a broken connection within seconds, and the client reconnects at
// once. Frames that the server sent before the connection broke delay this by no
// more than that.
func TestCheckGivesUpADeadConnection(t *testing.T) {
	for name, buffered := range map[string]int{"with nothing on its way": 0, "with frames on their way": 3} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				r := room("e1")
				c, l := s.joined(r)
				<-s.attempts
				go func() {
					for range buffered {
						l.send(heartbeat(r))
					}
				}()
				start := time.Now()
				c.Check()
				receive[shared.Ping](l)
				waitFor(t, c, client.Reconnecting)
				if took := time.Since(start); took > 6*time.Second {
					t.Errorf("given up after %v", took)
				}
				if code := l.closeCode(); code != shared.CloseSilent {
					t.Errorf("closed with %d", code)
				}
				if took := (<-s.attempts).Sub(start); took > 6*time.Second {
					t.Errorf("tried again after %v", took)
				}
				s.join(r)
				waitFor(t, c, client.Live)
			})
		})
	}
}

// Check keeps a connection whose server answers the ping: with a pong, or, if the
// server is older than pings, with unknown_event. Next returns neither answer.
func TestCheckKeepsALiveConnection(t *testing.T) {
	for name, answer := range map[string]shared.Event{
		"pong":  shared.Pong{},
		"error": shared.Errorf(shared.CodeUnknownEvent, "this server knows no event \"ping\""),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				r := room("e1")
				c, l := s.joined(r)
				drain(t, c)
				for range 5 {
					for range 10 {
						c.Check() // sends one ping, however often it is called
						synctest.Wait()
					}
					receive[shared.Ping](l)
					l.expectNothing()
					time.Sleep(4 * time.Second)
					l.send(answer)
					if got := drain(t, c); len(got) > 0 {
						t.Errorf("told %v", got)
					}
				}
				time.Sleep(shared.SilentAfter - time.Second)
				l.expectNothing()
				if len(s.links) > 0 {
					t.Error("given up")
				}
			})
		})
	}
}

// An unknown_event that does not answer a ping is returned like any other error.
func TestUnknownEventIsReturnedUnlessItAnswersAPing(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		drain(t, c)
		l.send(shared.Errorf(shared.CodeUnknownEvent, "what?"))
		if got := drain(t, c); len(got) != 1 {
			t.Errorf("told %v", got)
		}
	})
}

// Check does not mistake a slow caller of Next for a server that is silent.
func TestCheckWithASlowCaller(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		l.send(heartbeat(r))
		l.send(heartbeat(r))
		synctest.Wait()
		c.Check()
		receive[shared.Ping](l)
		l.send(shared.Pong{})
		time.Sleep(2 * shared.SilentAfter)
		if got := drain(t, c); len(got) != 2 || len(s.links) > 0 {
			t.Errorf("got %v, and %d more connections", got, len(s.links))
		}
	})
}

// Check ends the wait before the next attempt, as RetryNow does, and has no effect
// on a client that has ended.
func TestCheckEndsAWait(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.down.Store(true)
		c := s.open()
		waitFor(t, c, client.Reconnecting)
		<-s.attempts
		now := time.Now()
		c.Check()
		if tried := <-s.attempts; !tried.Equal(now) {
			t.Errorf("tried %v later", tried.Sub(now))
		}
		c.Close()
		c.Check()
	})
}

// A session ends if the server sends but does not read: it would never learn of
// the changes that the person makes.
func TestStuckWriteEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		r := room("e1")
		l := fillBuffer(s, c)
		start := time.Now()
		for len(s.links) == 0 && time.Since(start) < time.Minute {
			time.Sleep(time.Second)
			if l.Write(t.Context(), shared.Encode(heartbeat(r))) != nil {
				break
			}
			drain(t, c)
		}
		s.join(r)
		waitFor(t, c, client.Live)
		if took := time.Since(start); took > shared.StuckWriteAfter+3*time.Second {
			t.Errorf("given up after %v", took)
		}
	})
}
