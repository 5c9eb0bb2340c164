//go:build unix

package attendance

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// Whatever happened while the database took nothing is there afterwards, once.
func TestALockedDatabase(t *testing.T) {
	file := storetest.File(t)
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file)
		defer func() { check(t, s.Close()) }()
		n, begin := start(t, s, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}), time.Now()
		ada := n.enter("lobby", "Ada")
		pass(1)
		unlock := storetest.Lock(t, file)
		n.enter("lobby", "Bo")
		ada.Receive(shared.Encode(shared.Leave{}))
		for i := range 60 {
			leave(n, "lobby", fmt.Sprint("Guest-", i))
			pass(1)
		}
		unlock()
		pass(retryAfter.Seconds() + 1)
		got := stays(t, s, "lobby", begin)
		want(t, "stays", len(got), 62)
		want(t, "some", []string{got[0], got[1], got[61]}, []string{"Ada 0 to 1 left", "Bo 1 to now", "Guest-9 10 to 10 left"})
		want(t, "gaps", gaps(t, s, begin), []string(nil))
		if lines := strings.Count(log.String(), "takes nothing"); lines < 1 || lines > 3 {
			t.Errorf("the log:\n%s", &log)
		}
		n.stop()
	})
}

// What is beyond the bound is a gap, and neither costs what came before nor what goes on.
func TestMoreThanIsKept(t *testing.T) {
	file := storetest.File(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file)
		defer func() { check(t, s.Close()) }()
		one := &visit{row: store.Visit{Room: "lobby", Member: id("Guest-0"), Name: "Guest-0"}}
		n, begin := start(t, s, Config{MaxPending: 4 * one.size()}), time.Now()
		ada := n.enter("lobby", "Ada")
		pass(1)
		unlock := storetest.Lock(t, file)
		n.enter("lobby", "Bo")
		for i := range 9 {
			leave(n, "lobby", fmt.Sprint("Guest-", i))
			pass(1)
		}
		ada.Receive(shared.Encode(shared.Leave{})) // whose row is there
		n.mu.Lock()
		want(t, "bytes that are kept", n.pending <= n.config.MaxPending+one.size(), true)
		n.mu.Unlock()
		unlock()
		pass(retryAfter.Seconds() + 1)
		want(t, "stays", stays(t, s, "lobby", begin), []string{
			"Ada 0 to 10 left", "Bo 1 to now", "Guest-0 1 to 1 left", "Guest-1 2 to 2 left", "Guest-2 3 to 3 left", "Guest-3 4 to 4 left",
		})
		want(t, "gaps", gaps(t, s, begin), []string{"5 to 9"})
		leave(n, "lobby", "Guest-9")
		n.stop()
		want(t, "stays later on", len(stays(t, s, "lobby", begin)), 7)
		want(t, "what is pending", n.pending, 0)
	})
}

// What can't be written at the end is counted, and a gap says that it is missing.
func TestADatabaseThatIsLockedAtTheEnd(t *testing.T) {
	file := storetest.File(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file)
		defer func() { check(t, s.Close()) }()
		n, begin := start(t, s, Config{}), time.Now()
		n.enter("lobby", "Ada")
		pass(5)
		unlock := storetest.Lock(t, file)
		n.enter("lobby", "Bo")
		n.Stopping()
		n.Hub.Close()
		n.WaitObservers()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := n.Recorder.Close(ctx); err == nil || !strings.Contains(err.Error(), "could not be written: 2") {
			t.Errorf("%v", err)
		}
		unlock()
		pass(20)
		next := start(t, s, Config{})
		got := stays(t, s, "lobby", begin)
		if len(got) != 1 || !strings.HasPrefix(got[0], "Ada 0 to ") || !strings.HasSuffix(got[0], " node_lost") {
			t.Errorf("%q", got)
		}
		want(t, "gaps", len(gaps(t, s, begin)), 1)
		next.stop()
	})
}

// A database server that is gone for a while costs nothing either.
func TestADatabaseThatIsGone(t *testing.T) {
	server := storetest.Start(t)
	s := open(t, server.Database(t))
	n, begin := start(t, s, Config{}), time.Now()
	n.enter("lobby", "Ada")
	await(t, "Ada is written", func() bool { return len(stays(t, s, "lobby", begin)) == 1 })
	server.Halt()
	for i := range 100 {
		leave(n, "lobby", fmt.Sprint("Guest-", i))
	}
	await(t, "an attempt has failed", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.dirty) == 100
	})
	server.Resume(t)
	await(t, "all is written", func() bool { return len(stays(t, s, "lobby", begin)) == 101 })
	want(t, "gaps", gaps(t, s, begin), []string(nil))
	n.stop()
	check(t, s.Close())
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) { // between looks
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
