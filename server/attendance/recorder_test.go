//go:build unix

package attendance

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// deaf is a peer that takes everything.
type deaf struct{}

func (deaf) Write([][]byte) error           { return nil }
func (deaf) Close(shared.CloseCode, string) {}

// node is a server with a recorder.
type node struct {
	t *testing.T
	*hub.Hub
	*Recorder
}

func start(t *testing.T, s *store.Store, c Config) node {
	t.Helper()
	c.Store, c.Identity = s, "typed"
	if c.Node == "" {
		c.Node = "one"
	}
	if c.Keep == 0 {
		c.Keep = 2160 * time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	h := hub.New(hub.Config{})
	r, err := Record(t.Context(), h, c)
	check(t, err)
	return node{t, h, r}
}

// stop ends the node as a server does.
func (n node) stop() {
	n.t.Helper()
	n.Stopping()
	n.Drain(context.Background(), 0)
	n.Hub.Close()
	n.WaitObservers()
	check(n.t, n.Recorder.Close(context.Background()))
}

// crash ends the node without another word to the database.
func (n node) crash() {
	n.observer.Close()
	n.cancel()
	<-n.stopped
	n.Hub.Close()
}

func (n node) enter(room, name string) *hub.Session {
	n.t.Helper()
	s, err := n.Connect(room, deaf{})
	check(n.t, err)
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: key(name)}))
	return s
}

func key(name string) string { return "the-secret-key-of-" + name }
func id(name string) string  { return shared.MemberID(key(name)) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	check(t, err)
	return s
}

// bubble runs a test under a clock of its own with a SQLite file. The clocks of PostgreSQL
// and its connections are real, and so it takes no part.
func bubble(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	address := storetest.File(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, address)
		defer func() { check(t, s.Close()) }()
		test(t, s)
	})
}

// stays is what is known of a room, each stay as a line with seconds since a time.
func stays(t *testing.T, s *store.Store, room string, since time.Time) (lines []string) {
	t.Helper()
	now := time.Now()
	for stay, err := range Stays(s.Visits(t.Context(), room, since.Add(-time.Hour), now.Add(time.Hour), now)) {
		check(t, err)
		until := "now"
		if !stay.To.IsZero() {
			until = fmt.Sprint(stay.To.Sub(since).Seconds(), " ", stay.Reason)
		}
		lines = append(lines, fmt.Sprint(strings.Join(stay.Names, ", "), " ", stay.From.Sub(since).Seconds(), " to ", until))
	}
	slices.Sort(lines)
	return lines
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%q, want\n%q", what, got, want)
	}
}

func gaps(t *testing.T, s *store.Store, since time.Time) (lines []string) {
	t.Helper()
	all, err := s.Gaps(t.Context(), since.Add(-time.Hour), time.Now().Add(time.Hour), time.Now())
	check(t, err)
	for _, g := range all {
		lines = append(lines, fmt.Sprint(g.From.Sub(since).Seconds(), " to ", g.To.Sub(since).Seconds()))
	}
	return lines
}

func pass(seconds float64) {
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	synctest.Wait()
}

func TestAVisit(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, begin := start(t, s, Config{}), time.Now()
		pass(1)
		ada := n.enter("lobby", "Ada")
		pass(0.25)
		want(t, "after a moment", stays(t, s, "lobby", begin), []string{"Ada 1 to now"})
		again := n.enter("lobby", "Ada") // a second tab
		bo := n.enter("lobby", "Bo")
		pass(1)
		ada.End(shared.ReasonClosed)
		again.Receive(shared.Encode(shared.UpdateUser{Name: new("Countess")}))
		pass(1)
		again.End(shared.ReasonClosed)
		pass(2)
		again = n.enter("lobby", "Ada") // a reload
		pass(10)
		bo.Receive(shared.Encode(shared.Leave{}))
		again.Silent(time.Now().Add(-2 * time.Second))
		pass(10)
		got := stays(t, s, "lobby", begin)
		want(t, "at the end", got, []string{"Ada, Countess 1 to 13.25 timeout", "Bo 1.25 to 15.25 left"})
		n.stop()
		want(t, "after the end", stays(t, s, "lobby", begin), got)
		want(t, "gaps", gaps(t, s, begin), []string(nil))
	})
}

// Without names there are none, and a new name makes no new row.
func TestWithoutNames(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, begin := start(t, s, Config{NoNames: true}), time.Now()
		ada := n.enter("lobby", "Ada")
		pass(1)
		ada.Receive(shared.Encode(shared.UpdateUser{Name: new("Countess")}))
		pass(1)
		n.stop()
		want(t, "stays", stays(t, s, "lobby", begin), []string{" 0 to 2 stopping"})
		rows := 0
		for v, err := range s.Visits(t.Context(), "lobby", begin, time.Now(), time.Now()) {
			check(t, err)
			if rows++; v.Name != "" || v.Member != id("Ada") {
				t.Errorf("%+v", v)
			}
		}
		want(t, "rows", rows, 1)
	})
}

// A visit of days is rows that touch, none of which is longer than a row may be.
func TestALongVisit(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, now := start(t, s, Config{}), time.Now()
		begin := now.Add(-40 * time.Hour)
		pass(2) // the first snapshot does not have her
		n.mu.Lock()
		n.begin("lobby", shared.User{ID: "Ada", Name: "Ada"}, begin)
		n.limited = time.Time{}
		n.mu.Unlock()
		pass(2)
		want(t, "rows of the last hour", len(rowsOf(t, s, now.Add(-time.Hour), now)), 1)
		rows := rowsOf(t, s, begin, now)
		want(t, "rows", len(rows), 4)
		for i, v := range rows {
			if v.Detached.Sub(v.Attached) > store.MaxVisit || i > 0 && !v.Attached.Equal(rows[i-1].Detached) {
				t.Errorf("row %d: %+v", i, v)
			}
		}
		want(t, "stays", stays(t, s, "lobby", begin), []string{"Ada 0 to now"})
		n.stop()
	})
}

func rowsOf(t *testing.T, s *store.Store, from, to time.Time) (rows []store.Visit) {
	t.Helper()
	for v, err := range s.Visits(t.Context(), "lobby", from, to, to) {
		check(t, err)
		rows = append(rows, v)
	}
	return rows
}

// Whoever comes back to the server that takes over has not been away, and whoever does not
// was there until the server sent its clients away.
func TestAHandover(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, begin := start(t, s, Config{}), time.Now()
		n.enter("lobby", "Ada")
		n.enter("lobby", "Bo")
		n.enter("lobby", "Cy")
		pass(5)
		next := start(t, s, Config{})
		n.stop()
		pass(1)
		next.enter("lobby", "Ada")
		pass(ReturnWithin.Seconds() + 1)
		next.enter("lobby", "Bo")
		pass(4)
		next.stop()
		want(t, "stays", stays(t, s, "lobby", begin), []string{
			"Ada 0 to 26 stopping", "Bo 0 to 5 stopping", "Bo 22 to 26 stopping", "Cy 0 to 5 stopping",
		})
		want(t, "gaps", gaps(t, s, begin), []string(nil))
	})
}

// What is open in a node that crashed ended when it last wrote.
func TestACrash(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, begin := start(t, s, Config{}), time.Now()
		n.enter("lobby", "Ada")
		pass(5.5)
		n.crash()
		pass(1)
		next := start(t, s, Config{})
		next.enter("lobby", "Ada")
		pass(20)
		want(t, "stays", stays(t, s, "lobby", begin), []string{"Ada 0 to 5.1 node_lost", "Ada 6.5 to now"})
		want(t, "gaps", gaps(t, s, begin), []string{"5.1 to 6.5"})
		next.stop()
	})
}

// A room that crashes takes its visits with it, though nobody is said to have left.
func TestARoomThatCrashed(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, begin := start(t, s, Config{}), time.Now()
		n.enter("lobby", "Ada")
		n.enter("kitchen", "Bo")
		pass(1)
		n.apply([]hub.Fact{{Kind: hub.FactRoomClosed, Room: "lobby", Time: time.Now()}})
		pass(1)
		want(t, "stays", stays(t, s, "lobby", begin), []string{"Ada 0 to 1 closed"})
		want(t, "of another room", stays(t, s, "kitchen", begin), []string{"Bo 0 to now"})
		n.stop()
	})
}

// A recorder that was not told everything notes that, and knows again who is here.
func TestMissedFacts(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, begin := start(t, s, Config{}), time.Now()
		for _, name := range []string{"Ada", "Bo"} {
			n.enter("lobby", name)
		}
		pass(1)
		n.mu.Lock() // so that it can take no facts
		bo := n.enter("kitchen", "Bo")
		for i := range 20_000 {
			s := n.enter(fmt.Sprint("room-", i), "Somebody")
			s.Receive(shared.Encode(shared.Leave{}))
		}
		_, err := n.Connect("lobby", deaf{})
		check(t, err)
		leave(n, "lobby", "Ada")
		n.enter("lobby", "Cy")
		n.mu.Unlock()
		pass(3)
		bo.Receive(shared.Encode(shared.Leave{}))
		pass(1)
		want(t, "stays", stays(t, s, "lobby", begin), []string{"Ada 0 to 1 unknown", "Bo 0 to now", "Cy 1 to now"})
		want(t, "of the kitchen", stays(t, s, "kitchen", begin), []string{"Bo 1 to 4 left"})
		want(t, "gaps", len(gaps(t, s, begin)), 1)
		n.stop()
	})
}

// leave has everybody of a name leave a room.
func leave(n node, room, name string) {
	n.t.Helper()
	n.enter(room, name).Receive(shared.Encode(shared.Leave{}))
}

// What began too long ago is deleted, a few rows at a time, and who is still here stays.
func TestForgetting(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		n, now := start(t, s, Config{Keep: MinKeep}), time.Now()
		old := now.Add(-MinKeep - time.Hour)
		pass(2)
		n.mu.Lock()
		for i := range 2000 {
			n.end(n.begin("lobby", shared.User{ID: fmt.Sprint("old ", i), Name: "Old"}, old), old.Add(time.Minute), "left")
		}
		n.begin("lobby", shared.User{ID: "Ada", Name: "Ada"}, old)
		n.mu.Unlock()
		pass(1)
		want(t, "at first", len(stays(t, s, "lobby", old)) > 1, true)
		pass(2 * forgetEvery.Seconds())
		want(t, "stays", stays(t, s, "lobby", old.Add(store.MaxVisit)), []string{"Ada 0 to now"})
		n.stop()
	})
}

// A time that the clock was set to ends no visit before it began, nor later than it did.
func TestAClockThatIsSet(t *testing.T) {
	bubble(t, func(t *testing.T, s *store.Store) {
		r := start(t, s, Config{})
		began := time.Now()
		pass(5)
		for name, c := range map[string]struct {
			attached, seen time.Time
			want           time.Duration
		}{
			"set back, by a wall clock alone": {time.UnixMilli(5000), time.UnixMilli(1000), 0},
			"not set":                         {began, began.Add(3 * time.Second), 3 * time.Second},
			"seen before a row began":         {began, began.Add(-time.Second), 0},
		} {
			r.mu.Lock()
			v := r.begin("room", shared.User{ID: "member"}, c.attached)
			r.end(v, c.seen, "left")
			r.mu.Unlock()
			if got := v.row.Detached.Sub(v.row.Attached); got != c.want {
				t.Errorf("%s: it lasted %v", name, got)
			}
		}
		r.stop()
	})
}
