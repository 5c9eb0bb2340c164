package client_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// draws is how many random waits a test measures. The probability that none of
// them falls into a given tenth of the range is one in a billion.
const draws = 200

// wantSpread checks that all waits lie in [least, least+most], and some of them in
// its first and last tenth.
func wantSpread(t *testing.T, what string, waits []time.Duration, least, most time.Duration) {
	t.Helper()
	low, high := slices.Min(waits), slices.Max(waits)
	if low < least || high > least+most {
		t.Errorf("%s: waits of %v to %v, want %v to %v", what, low, high, least, least+most)
	}
	if low > least+most/10 || high < least+most*9/10 {
		t.Errorf("%s: waits of %v to %v, want all between %v and %v", what, low, high, least, least+most)
	}
}

// waitsAfter has draws clients stay in a room for a minute, ends the connection of
// each with end, and returns how long they wait before they reconnect.
func waitsAfter(t *testing.T, end func(*link)) (waits []time.Duration) {
	t.Helper()
	for range draws {
		bubble(t, func(t *testing.T, s *server) {
			r := room("e1")
			c, l := s.joined(r)
			for range 2 {
				drain(t, c)
				time.Sleep(30 * time.Second)
				l.send(heartbeat(r))
			}
			drain(t, c)
			<-s.attempts
			now := time.Now()
			end(l)
			u := waitFor(t, c, client.Reconnecting)
			waits = append(waits, u.RetryAt.Sub(now))
			if tried := <-s.attempts; !tried.Equal(u.RetryAt) {
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
		wantSpread(t, (client.CloseError{Code: code}).Error(), waitsAfter(t, func(l *link) { l.Close(code, "") }), 0, code.Pause())
	}
	wantSpread(t, "a broken connection", waitsAfter(t, (*link).Break), 0, shared.CloseAbnormal.Pause())
}

// The error event decides how long to wait, not the close code after it, which a
// browser may hide.
func TestPauseFollowsTheErrorEvent(t *testing.T) {
	full := shared.Errorf(shared.CodeRoomFull, "full")
	within := shared.CloseFull.Pause()
	wantSpread(t, "full", waitsAfter(t, func(l *link) { l.send(full) }), 0, within)
	full.RetryAfterMS = 7000
	wantSpread(t, "full for 7 s", waitsAfter(t, func(l *link) { l.send(full) }), 7*time.Second, within)
}

func TestFailuresMakeThePausesLonger(t *testing.T) {
	const attempts = 10
	var waits [attempts][]time.Duration
	for range draws {
		bubble(t, func(t *testing.T, s *server) {
			s.down.Store(true)
			c := s.open()
			for n := range attempts {
				now := time.Now()
				u := waitForPause(t, c)
				waits[n] = append(waits[n], u.RetryAt.Sub(now))
				time.Sleep(time.Until(u.RetryAt))
			}
		})
	}
	for n, drawn := range waits {
		most := min(shared.RetryFirst<<(n+1), shared.RetryMost)
		wantSpread(t, time.Duration(n+1).String()+" failures", drawn, 0, most)
	}
}

// A connection that breaks right after the join counts as a failure.
func TestConnectionDroppedAtOnceIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		start := time.Now()
		const times = 100
		for range times {
			l, _ := s.join(room("e1"))
			waitFor(t, c, client.Live)
			l.Break()
			waitFor(t, c, client.Reconnecting)
		}
		// After the first few failures, the average wait is half of RetryMost.
		if took := time.Since(start); took < times/4*shared.RetryMost {
			t.Errorf("came back %d times in %v", times, took)
		}
	})
}

// A client that has been in the room for a while forgets earlier failures.
func TestStayingForgetsFailures(t *testing.T) {
	for range 20 {
		bubble(t, func(t *testing.T, s *server) {
			s.down.Store(true)
			c := s.open()
			for range 50 {
				next(t, c)
			}
			s.down.Store(false)
			l, _ := s.join(room("e1"))
			waitFor(t, c, client.Live)
			time.Sleep(5 * time.Second)
			now := time.Now()
			l.Break()
			if wait := waitFor(t, c, client.Reconnecting).RetryAt.Sub(now); wait > shared.CloseAbnormal.Pause() {
				t.Errorf("waits %v", wait)
			}
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for ms, want := range map[int64]time.Duration{
		90_000:        90 * time.Second,
		-5000:         0,
		1 << 62:       time.Hour, // too large for a time.Duration
		3_600_001:     time.Hour,
		3_599_999:     3_599_999 * time.Millisecond,
		-1 << 63:      0,
		9_223_372_036: time.Hour,
	} {
		bubble(t, func(t *testing.T, s *server) {
			c := s.open()
			l, _ := s.joining()
			now := time.Now()
			l.send(shared.Error{Code: shared.CodeTooOften, RetryAfterMS: ms})
			wait := waitFor(t, c, client.Reconnecting).RetryAt.Sub(now)
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
		c.RetryNow() // no wait is under way: must not shorten the next one
		<-s.attempts
		for range 20 {
			waitForPause(t, c)
			now := time.Now()
			c.RetryNow()
			c.RetryNow()
			if tried := <-s.attempts; !tried.Equal(now) {
				t.Fatalf("tried %v later", tried.Sub(now))
			}
		}
		synctest.Wait()
		for len(s.attempts) > 0 {
			<-s.attempts // a second RetryNow may have come late and ended the next wait, too
		}
		u := waitForPause(t, c)
		if tried := <-s.attempts; !tried.Equal(u.RetryAt) {
			t.Errorf("tried at %v, not at %v", tried, u.RetryAt)
		}
	})
}

func TestWatchdog(t *testing.T) {
	for name, scene := range map[string]struct {
		within time.Duration
		setUp  func(*testing.T, *server, *client.Client) *link
	}{
		"in the room": {shared.SilentAfter, func(t *testing.T, s *server, c *client.Client) *link {
			r := room("e1")
			l, _ := s.join(r)
			for range 5 { // each heartbeat restarts the watchdog
				drain(t, c)
				time.Sleep(shared.SilentAfter - time.Second)
				l.send(heartbeat(r))
			}
			drain(t, c)
			return l
		}},
		"before the join is answered": {20 * time.Second, func(t *testing.T, s *server, c *client.Client) *link {
			l, _ := s.joining()
			return l
		}},
		"before the roster that was asked for comes": {20 * time.Second, func(t *testing.T, s *server, c *client.Client) *link {
			l, _ := s.join(room("e1"))
			drain(t, c)
			l.send(shared.Heartbeat{Rev: 7})
			receive[shared.GotANewUser](l)
			return l
		}},
		"within a large snapshot": {shared.SilentAfter, func(t *testing.T, s *server, c *client.Client) *link {
			l, _ := s.joining()
			part := snapshot(room("e1"))
			part.More = true
			l.send(part)
			synctest.Wait()
			return l
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				l := scene.setUp(t, s, c)
				start := time.Now()
				if code := l.closeCode(); code != shared.CloseSilent {
					t.Errorf("closed with %d", code)
				}
				if took := time.Since(start); took.Round(time.Millisecond) != scene.within {
					t.Errorf("closed after %v", took)
				}
				s.join(room("e1"))
				waitFor(t, c, client.Live)
			})
		})
	}
}

// RetryNow gives up a connection on which a heartbeat is overdue, and no other.
func TestRetryNowGivesUpAnOverdueConnection(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		<-s.attempts
		time.Sleep(shared.PingEvery + shared.PongWithin)
		c.RetryNow()
		synctest.Wait()
		if len(s.attempts) > 0 {
			t.Fatal("given up in time")
		}
		time.Sleep(time.Millisecond)
		now := time.Now()
		c.RetryNow()
		if code := l.closeCode(); code != shared.CloseSilent {
			t.Errorf("closed with %d", code)
		}
		if tried := <-s.attempts; tried.Sub(now) > time.Second {
			t.Errorf("tried %v later", tried.Sub(now))
		}
		s.join(room("e1"))
		waitFor(t, c, client.Live)
	})
}

// RetryNow does not count the time of a slow caller of Next as the server's silence.
func TestRetryNowWithASlowCaller(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		<-s.attempts
		l.send(heartbeat(r))
		synctest.Wait()
		l.send(heartbeat(r))
		time.Sleep(2 * shared.SilentAfter)
		c.RetryNow()
		synctest.Wait()
		if len(s.attempts) > 0 {
			t.Error("given up")
		}
	})
}

// The watchdog does not count the time of a slow caller of Next as the server's
// silence.
func TestWatchdogWithASlowCaller(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		l.send(heartbeat(r))
		time.Sleep(10 * shared.SilentAfter)
		if got := drain(t, c); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		l.send(heartbeat(r))
		if got := drain(t, c); len(got) != 1 {
			t.Errorf("got %v", got)
		}
	})
}

// An attempt to connect that hangs is given up after a time.
func TestHangingAttemptIsGivenUp(t *testing.T) {
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
		start := time.Now()
		s.join(room("e1"))
		waitFor(t, c, client.Live)
		if took := time.Since(start); took > 10*time.Second+2*shared.RetryFirst {
			t.Errorf("took %v", took)
		}
	})
}

// RetryNow replaces a handshake that hangs with a new attempt, but not one that is
// younger than two seconds. There are never two attempts at a time.
func TestRetryNowGivesUpAHangingHandshake(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		var hangs, trying atomic.Bool
		hangs.Store(true)
		c := s.open(func(o *client.Options) {
			o.Connect = func(ctx context.Context) (client.Conn, error) {
				if trying.Swap(true) {
					t.Error("two attempts at a time")
				}
				defer trying.Store(false)
				if hangs.Load() {
					s.attempts <- time.Now()
					<-ctx.Done()
					time.Sleep(time.Millisecond) // a socket takes some time to close
					return nil, ctx.Err()
				}
				return s.connect(ctx)
			}
		})
		<-s.attempts
		for range 10 {
			time.Sleep(2 * time.Second)
			c.RetryNow()
			synctest.Wait()
			if len(s.attempts) > 0 {
				t.Fatal("given up at once")
			}
			time.Sleep(time.Millisecond)
			now := time.Now()
			c.RetryNow()
			c.RetryNow()
			if took := (<-s.attempts).Sub(now); took > time.Millisecond {
				t.Errorf("tried %v later", took)
			}
		}
		hangs.Store(false)
		time.Sleep(3 * time.Second)
		now := time.Now()
		c.RetryNow()
		s.join(room("e1"))
		waitFor(t, c, client.Live)
		if took := time.Since(now); took > time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// RetryNow gives up a connection whose server has not answered the join for more
// than two seconds.
func TestRetryNowGivesUpAnUnansweredJoin(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		l, _ := s.joining()
		c.RetryNow()
		synctest.Wait()
		if len(s.links) > 0 {
			t.Fatal("given up at once")
		}
		time.Sleep(3 * time.Second)
		now := time.Now()
		c.RetryNow()
		if code := l.closeCode(); code != shared.CloseSilent {
			t.Errorf("closed with %d", code)
		}
		s.join(room("e1"))
		waitFor(t, c, client.Live)
		if took := time.Since(now); took > time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A client that comes back says since when it has been in the room, also if it departed in
// between or continues another one; one that joins does not. A kick since then ends it.
func TestWhoComesBackSaysSinceWhen(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		const came = 5
		c := s.open()
		for i, want := range []int64{0, came, came} {
			l, e := s.joining()
			if e.JoinedAt != want {
				t.Errorf("join %d is %+v, want it since %d", i, e, want)
			}
			me := shared.User{ID: shared.MemberID(key), Name: "Ada", Status: shared.StatusActive, JoinedAt: came + int64(i)}
			l.send(shared.ExistingUsers{You: me.ID, Room: shared.Lobby, Epoch: "e", Rev: uint64(i), Users: []shared.User{me}})
			waitFor(t, c, client.Live)
			l.Break()
		}
		s.link().send(shared.Error{Code: shared.CodeKicked, Message: "m", By: "Bo"})
		if why := shared.AsError(waitForEnd(t, c)); why.Code != shared.CodeKicked || why.By != "Bo" {
			t.Errorf("it ends with %+v", why)
		}

		s.open(func(o *client.Options) { o.JoinedAt = came })
		if _, e := s.joining(); e.JoinedAt != came {
			t.Errorf("one that continues another joins with %+v", e)
		}
	})
}
