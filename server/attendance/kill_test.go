//go:build unix

package attendance

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// asServer, in the environment, makes the test binary a server: its value is the address of
// the database and a room.
const asServer = "TEST_AS_SERVER"

var kills = flag.Int("kills", 3, "how often to kill a server, for each kind of database")

// serve has people come and go, and prints each fact when another observer is told of it,
// until it is killed.
func serve(in string) {
	address, room, _ := strings.Cut(in, " ")
	s, err := store.Open(context.Background(), address)
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	h := hub.New(hub.Config{Grace: 30 * time.Millisecond})
	_, err = Record(context.Background(), h, Config{
		Store: s, Node: "killed", Identity: "typed", Keep: MinKeep, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	h.Observe("print", func(facts []hub.Fact) {
		for _, f := range facts {
			if !f.Snapshot && (f.Kind == hub.FactAttached || f.Kind == hub.FactDetached) {
				fmt.Println(f.Kind, f.Member.ID, f.Time.UnixMilli(), f.Seen.UnixMilli())
			}
		}
	})
	for i := range 20 {
		go func() {
			for {
				session, err := h.Connect(room, deaf{})
				if err != nil {
					continue
				}
				session.Receive(shared.Encode(shared.GotANewUser{Name: "Somebody", Key: key(fmt.Sprint("somebody-", i))}))
				time.Sleep(rand.N(40 * time.Millisecond))
				if rand.IntN(2) == 0 {
					session.Receive(shared.Encode(shared.Leave{}))
				}
				session.End(shared.ReasonClosed)
				time.Sleep(rand.N(60 * time.Millisecond))
			}
		}()
	}
	select {}
}

// said is a line that a server has printed.
type said struct {
	kind, member string
	at, seen     int64
}

// killed runs a server until a random moment, and returns what it said before it was killed.
func killed(t *testing.T, address, room string) (all []said, at time.Time) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"="+address+" "+room)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	life := rand.N(2 * time.Second)
	var timer *time.Timer
	killed := make(chan time.Time, 1)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if timer == nil { // it has begun
			timer = time.AfterFunc(life, func() {
				killed <- time.Now()
				_ = cmd.Process.Kill()
			})
		}
		var s said
		if _, err := fmt.Sscan(lines.Text(), &s.kind, &s.member, &s.at, &s.seen); err == nil {
			all = append(all, s)
		} else if strings.HasPrefix(lines.Text(), "failed") {
			t.Fatal(lines.Text())
		}
	}
	_ = cmd.Wait() // it was killed
	if timer == nil {
		t.Fatal("the server did not begin")
	}
	return all, <-killed
}

// Whenever a server is killed, what it wrote is there and makes sense: all that happened
// before it was last seen, nothing twice, nothing that lasts for ever.
func TestKilledServers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		var worst time.Duration
		known := 0
		for round := range *kills {
			room := fmt.Sprint("round-", round)
			lines, at := killed(t, address, room)
			seen, n := verify(t, address, room, lines, at)
			known += n
			worst = max(worst, at.Sub(seen))
			if t.Failed() {
				return
			}
		}
		if known == 0 {
			t.Error("nothing was ever written")
		}
		t.Logf("killed %d times; at the worst the last %v were not written", *kills, worst.Round(time.Millisecond))
	})
}

// verify compares the database with what a killed server said, and returns when it last
// wrote, and how many of the lines are of before.
func verify(t *testing.T, address, room string, lines []said, killed time.Time) (seen time.Time, known int) {
	t.Helper()
	s := open(t, address)
	defer func() { check(t, s.Close()) }()
	later := killed.Add(time.Hour)
	gaps, err := s.Gaps(t.Context(), killed.Add(-time.Hour), later, later)
	check(t, err)
	if len(gaps) == 0 {
		t.Error("no gap says that the server was killed")
		return killed, 0
	}
	seen = gaps[len(gaps)-1].From
	rows := make(map[string][]store.Visit) // by member
	var before store.Visit
	for v, err := range s.Visits(t.Context(), room, killed.Add(-time.Hour), later, later) {
		check(t, err)
		switch {
		case v.Detached.IsZero():
			t.Errorf("it lasts for ever: %+v", v)
		case v.Detached.Before(v.Attached):
			t.Errorf("it ended before it began: %+v", v)
		case v.Member == before.Member && v.Attached.Before(before.Detached):
			t.Errorf("two at a time: %+v, %+v", before, v)
		}
		before = v
		rows[v.Member] = append(rows[v.Member], v)
	}
	began := make(map[string]int64) // the latest visit of each member, unless that began before the server said anything
	for _, l := range lines {
		if l.kind == "attached" {
			began[l.member] = l.at
		}
		if l.at >= seen.UnixMilli() {
			continue
		}
		known++
		from, ok := began[l.member]
		if !slices.ContainsFunc(rows[l.member], func(v store.Visit) bool {
			return (!ok || v.Attached.UnixMilli() == from) && (l.kind == "attached" || endedAsSaid(v, l, seen))
		}) {
			t.Errorf("it was seen %d ms after this, and it is not written: %+v of %d, but\n%+v", seen.UnixMilli()-l.at, l, from, rows[l.member])
		}
	}
	return seen, known
}

// endedAsSaid reports whether a visit ended when the server said. The end is written as how
// long the visit lasted, by a clock that is not set, so that it may be a moment beside what
// the other clock shows; and when the life ended, so did whoever had left just before.
func endedAsSaid(v store.Visit, l said, seen time.Time) bool {
	const moment = 5 // milliseconds
	if off := v.Detached.UnixMilli() - l.seen; off >= -moment && off <= moment {
		return true
	}
	return v.Reason == string(shared.ReasonNodeLost) && v.Detached.Equal(seen) && seen.UnixMilli()-l.at <= moment
}
