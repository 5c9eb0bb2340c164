package client_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// draws is how often a random wait is drawn to see where it lies. That none
// of so many falls into a given tenth happens once in a billion runs.
const draws = 200

// spread checks that the waits lie in [least, least+most] and fill it.
func spread(t *testing.T, what string, waits []time.Duration, least, most time.Duration) {
	t.Helper()
	low, high := slices.Min(waits), slices.Max(waits)
	if low < least || high > least+most {
		t.Errorf("%s: waits of %v to %v, want %v to %v", what, low, high, least, least+most)
	}
	if low > least+most/10 || high < least+most*9/10 {
		t.Errorf("%s: waits of %v to %v, want all between %v and %v", what, low, high, least, least+most)
	}
}

// pauses lets draws clients into a room, for a minute, ends each as told and
// returns how long they waited.
func pauses(t *testing.T, end func(*link)) (waits []time.Duration) {
	t.Helper()
	for range draws {
		bubble(t, func(t *testing.T, s *server) {
			c := s.open()
			defer c.Close()
			r := room("e1")
			l, _ := s.join(r)
			for range 2 {
				events(t, c)
				time.Sleep(30 * time.Second)
				l.say(heartbeat(r))
			}
			events(t, c)
			<-s.tries
			now := time.Now()
			end(l)
			u := until(t, c, client.Reconnecting)
			waits = append(waits, u.RetryAt.Sub(now))
			if tried := <-s.tries; !tried.Equal(u.RetryAt) {
				t.Errorf("tried at %v, not at %v", tried, u.RetryAt)
			}
		})
	}
	return waits
}

func TestEveryCloseCodeHasItsOwnPause(t *testing.T) {
	for _, code := range []shared.CloseCode{
		shared.CloseGoingAway, shared.CloseInternal, shared.CloseJoinTimeout, shared.CloseFull,
		shared.CloseTooSlow, shared.CloseSilent, 4999,
	} {
		within, _ := code.Returns()
		spread(t, (client.CloseError{Code: code}).Error(), pauses(t, func(l *link) { l.Close(code, "") }), 0, within)
	}
	within, _ := shared.CloseAbnormal.Returns()
	spread(t, "a broken connection", pauses(t, (*link).Break), 0, within)
}

// An error says why before the close does, which a browser may not show.
func TestPauseFollowsTheErrorEvent(t *testing.T) {
	full := shared.Errorf(shared.CodeRoomFull, "full")
	within, _ := shared.CloseFull.Returns()
	spread(t, "full", pauses(t, func(l *link) { l.say(full) }), 0, within)
	full.RetryAfterMS = 7000
	spread(t, "full for 7 s", pauses(t, func(l *link) { l.say(full) }), 7*time.Second, within)
}

func TestFailuresMakeThePausesLonger(t *testing.T) {
	const tries = 10
	var waits [tries][]time.Duration
	for range draws {
		bubble(t, func(t *testing.T, s *server) {
			s.down.Store(true)
			c := s.open()
			defer c.Close()
			for n := range tries {
				now := time.Now()
				u := until(t, c, client.Reconnecting)
				for u.RetryAt.IsZero() {
					u = next(t, c)
				}
				waits[n] = append(waits[n], u.RetryAt.Sub(now))
				time.Sleep(time.Until(u.RetryAt))
			}
		})
	}
	for n, drawn := range waits {
		most := min(shared.RetryFirst<<(n+1), shared.RetryMost)
		spread(t, time.Duration(n+1).String()+" failures", drawn, 0, most)
	}
}

// A server that lets in and drops at once counts as a failing one.
func TestDroppedAtOnceIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		start := time.Now()
		const times = 100
		for range times {
			l, _ := s.join(room("e1"))
			until(t, c, client.Live)
			l.Break()
			until(t, c, client.Reconnecting)
		}
		// On average it waits for half of RetryMost, once it has seen enough.
		if took := time.Since(start); took < times/4*shared.RetryMost {
			t.Errorf("came back %d times in %v", times, took)
		}
	})
}

// After a time in the room what failed before is forgotten.
func TestStayingForgetsFailures(t *testing.T) {
	for range 20 {
		bubble(t, func(t *testing.T, s *server) {
			s.down.Store(true)
			c := s.open()
			defer c.Close()
			for range 50 {
				next(t, c)
			}
			s.down.Store(false)
			l, _ := s.join(room("e1"))
			until(t, c, client.Live)
			time.Sleep(5 * time.Second)
			now := time.Now()
			l.Break()
			within, _ := shared.CloseAbnormal.Returns()
			if wait := until(t, c, client.Reconnecting).RetryAt.Sub(now); wait > within {
				t.Errorf("waits %v", wait)
			}
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for ms, want := range map[int64]time.Duration{
		90_000:        90 * time.Second,
		-5000:         0,
		1 << 62:       time.Hour, // a day may come when this matters, but nobody waits for it
		3_600_001:     time.Hour,
		3_599_999:     3_599_999 * time.Millisecond,
		-1 << 63:      0,
		9_223_372_036: time.Hour,
	} {
		bubble(t, func(t *testing.T, s *server) {
			c := s.open()
			defer c.Close()
			l := s.link()
			hear[shared.GotANewUser](l)
			now := time.Now()
			l.say(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: ms})
			wait := until(t, c, client.Reconnecting).RetryAt.Sub(now)
			if wait < want || wait > want+2*shared.RetryFirst {
				t.Errorf("told %d ms: waits %v", ms, wait)
			}
		})
	}
}

func TestRetryNow(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.down.Store(true)
		c := s.open()
		defer c.Close()
		c.RetryNow() // nothing to cut short: must not shorten what comes
		<-s.tries
		for range 20 {
			u := until(t, c, client.Reconnecting)
			for u.RetryAt.IsZero() {
				u = next(t, c)
			}
			now := time.Now()
			c.RetryNow()
			c.RetryNow()
			if tried := <-s.tries; !tried.Equal(now) {
				t.Fatalf("tried %v later", tried.Sub(now))
			}
		}
		u := next(t, c)
		for u.RetryAt.IsZero() {
			u = next(t, c)
		}
		if tried := <-s.tries; !tried.Equal(u.RetryAt) {
			t.Errorf("tried at %v, not at %v", tried, u.RetryAt)
		}
	})
}

func TestWatchdog(t *testing.T) {
	for name, quiet := range map[string]func(*testing.T, *server, *client.Client) *link{
		"in the room": func(t *testing.T, s *server, c *client.Client) *link {
			r := room("e1")
			l, _ := s.join(r)
			for range 5 { // a word in time keeps it
				events(t, c)
				time.Sleep(shared.SilentAfter - time.Second)
				l.say(heartbeat(r))
			}
			events(t, c)
			return l
		},
		"before the join is answered": func(t *testing.T, s *server, c *client.Client) *link {
			l := s.link()
			hear[shared.GotANewUser](l)
			return l
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				defer c.Close()
				l := quiet(t, s, c)
				start := time.Now()
				if code := l.goodbye(); code != shared.CloseSilent {
					t.Errorf("closed with %d", code)
				}
				if took := time.Since(start); took.Round(time.Millisecond) != shared.SilentAfter {
					t.Errorf("closed after %v", took)
				}
				s.join(room("e1"))
				until(t, c, client.Live)
			})
		})
	}
}

// Whose heartbeat is overdue is given up as soon as somebody asks, and not before.
func TestRetryNowGivesUpAnOverdueConnection(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		l, _ := s.join(room("e1"))
		until(t, c, client.Live)
		<-s.tries
		time.Sleep(shared.PingEvery + shared.PongWithin)
		c.RetryNow()
		synctest.Wait()
		if len(s.tries) > 0 {
			t.Fatal("given up in time")
		}
		time.Sleep(time.Millisecond)
		now := time.Now()
		c.RetryNow()
		if code := l.goodbye(); code != shared.CloseSilent {
			t.Errorf("closed with %d", code)
		}
		if tried := <-s.tries; tried.Sub(now) > time.Second {
			t.Errorf("tried %v later", tried.Sub(now))
		}
		s.join(room("e1"))
		until(t, c, client.Live)
	})
}

// Nor by a slow caller of Next.
func TestRetryNowSparesASlowCaller(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		until(t, c, client.Live)
		<-s.tries
		l.say(heartbeat(r))
		synctest.Wait()
		l.say(heartbeat(r))
		time.Sleep(2 * shared.SilentAfter)
		c.RetryNow()
		synctest.Wait()
		if len(s.tries) > 0 {
			t.Error("given up")
		}
	})
}

// The server is not silent while the caller of Next is slow.
func TestWatchdogSparesASlowCaller(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		defer c.Close()
		r := room("e1")
		l, _ := s.join(r)
		until(t, c, client.Live)
		l.say(heartbeat(r))
		time.Sleep(10 * shared.SilentAfter)
		if got := events(t, c); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		l.say(heartbeat(r))
		if got := events(t, c); len(got) != 1 {
			t.Errorf("got %v", got)
		}
	})
}

// A try to connect that hangs is given up.
func TestConnectingTakesNotForEver(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		hanging := true
		c := s.open(func(o *client.Options) {
			o.Connect = func(ctx context.Context) (client.Conn, error) {
				if hanging {
					hanging = false
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return s.connect(ctx)
			}
		})
		defer c.Close()
		start := time.Now()
		s.join(room("e1"))
		until(t, c, client.Live)
		if took := time.Since(start); took > 15*time.Second+2*shared.RetryFirst {
			t.Errorf("took %v", took)
		}
	})
}
