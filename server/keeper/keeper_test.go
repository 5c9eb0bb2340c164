//go:build unix

package keeper

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		storetest.Stop()
		os.Exit(code)
	}))
}

// node is a server with a keeper.
type node struct {
	t *testing.T
	*hub.Hub
	keeper *Keeper
}

func start(t *testing.T, s *store.Store, c Config) node {
	t.Helper()
	c.Store = s
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	h := hub.New(hub.Config{RememberRooms: true})
	k, err := Keep(t.Context(), h, c)
	check(t, err)
	return node{t, h, k}
}

func (n node) stop() {
	n.t.Helper()
	n.Hub.Close()
	n.WaitObservers()
	check(n.t, n.keeper.Close(context.Background()))
}

func open(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	check(t, err)
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%+v, want\n%+v", what, got, want)
	}
}

func id(name string) string { return shared.MemberID("the-secret-key-of-" + name) }

func (n node) ban(room, name string, until time.Time) {
	n.t.Helper()
	check(n.t, n.Ban(hub.Ban{Room: room, ID: id(name), Name: name, Until: until.UnixMilli(), By: "Ada", Reason: "loud"}))
}

func (n node) say(room string, info shared.RoomInfo) {
	n.t.Helper()
	check(n.t, n.SetRoomInfo(room, info))
}

// banned returns the names of those who are banned from a room.
func (n node) banned(room string) (names []string) {
	list, _ := n.Bans(room, "", 100)
	for _, b := range list {
		names = append(names, b.Name)
	}
	return names
}

// What was set for rooms holds after a restart, as it was set last.
func TestAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := open(t, address)
		defer func() { check(t, s.Close()) }()
		n := start(t, s, Config{})
		hour := time.Now().Add(time.Hour)
		n.ban("lobby", "Bo", hour.Add(time.Hour))
		n.ban("lobby", "Bo", hour)
		n.ban("lobby", "Cy", hour)
		_, err := n.Unban("lobby", id("Cy"), "Ada")
		check(t, err)
		said := shared.RoomInfo{Title: "'Everybody'", Topic: "الغرفة", Locked: true}
		n.say("lobby", said)
		n.say("kitchen", said)
		n.say("kitchen", shared.RoomInfo{})
		before, _ := n.BanOf("lobby", id("Bo"))
		n.stop()

		n = start(t, s, Config{})
		want(t, "who is banned", n.banned("lobby"), []string{"Bo"})
		after, _ := n.BanOf("lobby", id("Bo"))
		want(t, "the ban", after, before)
		want(t, "until when it is kept", after.Kept, hour.Add(time.Hour).UnixMilli())
		want(t, "the room", n.View("lobby", 0).Info, said)
		want(t, "the other room", n.View("kitchen", 0).Info, shared.RoomInfo{})
		n.ban("lobby", "Cy", hour)
		n.say("lobby", shared.RoomInfo{Title: "Now"})
		check(t, unban(n, "lobby", "Bo"))
		n.stop()

		n = start(t, s, Config{})
		want(t, "who is banned in the end", n.banned("lobby"), []string{"Cy"})
		want(t, "the room in the end", n.View("lobby", 0).Info, shared.RoomInfo{Title: "Now"})
		n.stop()
	})
}

func unban(n node, room, name string) error {
	_, err := n.Unban(room, id(name), "")
	return err
}

// A node learns what another has set for a room that is not in use.
func TestNodesShareADatabase(t *testing.T) {
	address := storetest.Postgres(t)
	var nodes []node
	for range 2 {
		s := open(t, address)
		defer func() { check(t, s.Close()) }()
		nodes = append(nodes, start(t, s, Config{Shared: true}))
	}
	learns := func(n node, room string, info shared.RoomInfo) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); n.View(room, 0).Info != info; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("it has %+v, not %+v", n.View(room, 0).Info, info)
			}
		}
	}
	said := shared.RoomInfo{Title: "Everybody"}
	nodes[0].say("lobby", said)
	learns(nodes[1], "lobby", said)
	nodes[1].say("lobby", shared.RoomInfo{})
	learns(nodes[0], "lobby", shared.RoomInfo{})
	for _, n := range nodes {
		n.stop()
	}
}

// Whatever was set while the database took nothing is written when it does.
func TestALockedDatabase(t *testing.T) {
	file := storetest.File(t)
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file)
		defer func() { check(t, s.Close()) }()
		n := start(t, s, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		until := time.Now().Add(time.Hour)
		n.ban("lobby", "Bo", until)
		time.Sleep(time.Second)
		unlock := storetest.Lock(t, file)
		check(t, unban(n, "lobby", "Bo"))
		n.ban("lobby", "Cy", until)
		n.say("lobby", shared.RoomInfo{Title: "Before"})
		time.Sleep(30 * time.Second)
		n.say("lobby", shared.RoomInfo{Title: "Now"})
		time.Sleep(30 * time.Second)
		unlock()
		time.Sleep(pace.Retry + time.Second)
		rows, err := s.Bans(t.Context())
		check(t, err)
		var lifted []string
		for _, row := range rows {
			if row.Lifted {
				lifted = append(lifted, row.Name)
			}
		}
		want(t, "bans in the database, and those lifted", []any{len(rows), lifted}, []any{2, []string{"Bo"}})
		want(t, "rooms", rooms(t, s), []store.Room{{Room: "lobby", RoomInfo: shared.RoomInfo{Title: "Now"}, N: 1}})
		if lines := strings.Count(log.String(), "does not answer"); lines < 1 || lines > 3 {
			t.Errorf("the log:\n%s", &log)
		}
		n.stop()
	})
}

// A keeper that is closed while the database takes nothing says how much is lost.
func TestWhatIsLost(t *testing.T) {
	file := storetest.File(t)
	s := open(t, file)
	defer func() { check(t, s.Close()) }()
	n := start(t, s, Config{})
	unlock := storetest.Lock(t, file)
	defer unlock()
	n.ban("lobby", "Bo", time.Now().Add(time.Hour))
	n.Hub.Close()
	n.WaitObservers()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := n.keeper.Close(ctx); err == nil || !strings.Contains(err.Error(), ": 1 and 0: ") {
		t.Error(err)
	}
}

// A keeper that has missed facts writes what it has missed.
func TestAfterAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, storetest.File(t))
		defer func() { check(t, s.Close()) }()
		n := start(t, s, Config{})
		n.say("lobby", shared.RoomInfo{Title: "Before"})
		n.say("kitchen", shared.RoomInfo{Title: "Before"})
		time.Sleep(time.Second)
		n.keeper.mu.Lock() // holds the observer up
		n.say("lobby", shared.RoomInfo{})
		n.say("kitchen", shared.RoomInfo{Title: "Now"})
		n.say("hall", shared.RoomInfo{Title: "New"})
		n.ban("lobby", "Bo", time.Now().Add(time.Hour))
		for i := range 20_000 { // more than are kept for an observer
			n.say("noise", shared.RoomInfo{Topic: strings.Repeat("x", 1+i%2)})
		}
		n.keeper.mu.Unlock()
		time.Sleep(time.Second)
		n.stop()
		n = start(t, s, Config{})
		want(t, "who is banned", n.banned("lobby"), []string{"Bo"})
		for room, title := range map[string]string{"lobby": "", "kitchen": "Now", "hall": "New"} {
			want(t, room, n.View(room, 0).Info.Title, title)
		}
		n.stop()
	})
}

// Who hosts a room is known after a restart, and for how long: a host who was there at the end
// left then. No restart begins the time again.
func TestHostsAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := open(t, address)
		defer func() { check(t, s.Close()) }()
		n := start(t, s, Config{})
		kept := hub.Kept{Info: shared.RoomInfo{Title: "Ada's", Locked: true}, Hosting: hub.Hosting{Hosts: id("Ada"), Locked: true, Left: time.Now().UnixMilli()}}
		check(t, n.RestoreRoom("hers", kept))
		n.open("hers", "Ada") // who is there when the server ends
		n.open("his", "Bo")
		n.stop()
		before := n.Kept("his").Hosting.Left
		if since := time.Since(time.UnixMilli(before)); before == 0 || since < 0 || since > time.Minute {
			t.Errorf("Bo left %v ago", since)
		}
		for range 2 {
			n = start(t, s, Config{})
			want(t, "hers", n.Kept("hers").Info, kept.Info)
			want(t, "who hosts it", n.Kept("hers").Hosting.Hosts, id("Ada"))
			want(t, "his", n.Kept("his"), hub.Kept{Hosting: hub.Hosting{Hosts: id("Bo"), Left: before}})
			n.stop()
		}
	})
}

// A claim is over by a day after the server ended, and the database says nothing of it then.
func TestAClaimAfterAWeek(t *testing.T) {
	file := storetest.File(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file)
		defer func() { check(t, s.Close()) }()
		n := start(t, s, Config{})
		n.open("lobby", "Ada")
		time.Sleep(2 * shared.HostOutlasts)
		n.stop()
		time.Sleep(7 * 24 * time.Hour)
		n = start(t, s, Config{})
		want(t, "after a week", n.Kept("lobby"), hub.Kept{})
		n.stop()
		want(t, "in the database", rooms(t, s), []store.Room{{Room: "lobby", N: 3}})
	})
}

// After a server was killed a host was there until the last sign of its life, which attendance
// leaves, or else until the next start. That is written at once: the start after it knows.
func TestHostsAfterAKill(t *testing.T) {
	for _, attendance := range []bool{true, false} {
		file := storetest.File(t)
		synctest.Test(t, func(t *testing.T) {
			s := open(t, file)
			defer func() { check(t, s.Close()) }()
			check(t, s.SetRooms(t.Context(), []store.Room{ // as a server that was killed leaves it
				{Room: "lobby", Hosts: id("Ada")}, {Room: "hall", RoomInfo: shared.RoomInfo{Locked: true}, HostLock: true},
			}))
			left := time.Now()
			if attendance {
				life, err := s.Begin(t.Context(), "one", time.Now())
				check(t, err)
				check(t, life.Write(t.Context(), store.Batch{Seen: left}))
			}
			time.Sleep(10 * time.Minute)
			if !attendance {
				left = time.Now()
			}
			for range 2 {
				n := start(t, s, Config{})
				want(t, "the lobby", n.Kept("lobby").Hosting, hub.Hosting{Hosts: id("Ada"), Left: left.UnixMilli()})
				want(t, "the hall", n.Kept("hall").Hosting, hub.Hosting{Locked: true, Left: left.UnixMilli()})
				time.Sleep(10 * time.Second)
				for _, row := range rooms(t, s) {
					want(t, "in the database", row.HostLeft, left.UnixMilli())
				}
				time.Sleep(10 * time.Minute)
				n.stop()
			}
			time.Sleep(shared.HostOutlasts)
			n := start(t, s, Config{})
			want(t, "the lobby in the end", n.Kept("lobby"), hub.Kept{})
			want(t, "the hall in the end", n.Kept("hall"), hub.Kept{})
			n.stop()
		})
	}
}

func rooms(t *testing.T, s *store.Store) []store.Room {
	t.Helper()
	all, err := s.Rooms(t.Context(), 0, "", 10)
	check(t, err)
	return all
}

// nobody is a peer that is told nothing.
type nobody struct{}

func (nobody) Write([][]byte) error           { return nil }
func (nobody) Close(shared.CloseCode, string) {}

// open has somebody enter a room and claim it.
func (n node) open(room, name string) {
	n.t.Helper()
	s, err := n.Connect(room, nobody{})
	check(n.t, err)
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: "the-secret-key-of-" + name}))
	s.Receive(shared.Encode(shared.UpdateRole{ID: id(name), Role: shared.RoleHost}))
}
