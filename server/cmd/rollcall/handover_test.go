package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rollcall/server"
	"rollcall/server/handover"
	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/client"
)

// witness is a member who writes down who is shown leaving, arriving twice, or wrong.
type witness struct {
	c *client.Client

	mu    sync.Mutex
	epoch string
	faces map[string]bool
	lost  []string
}

// watch runs until the client has ended. A snapshot of another server must
// have everybody whom the last roster had.
func (w *witness) watch() {
	for {
		u, err := w.c.Next(context.Background())
		if err != nil {
			return
		}
		w.mu.Lock()
		for _, e := range u.Events {
			switch e := e.(type) {
			case shared.ExistingUsers:
				now := make(map[string]bool)
				for _, user := range e.Users {
					now[user.ID] = true
				}
				for id := range w.faces {
					if !now[id] {
						w.lost = append(w.lost, "not in the new server's roster: "+id)
					}
				}
				w.epoch, w.faces = e.Epoch, now
			case shared.NewUser:
				w.faces[e.User.ID] = true
			case shared.DisconnectUser:
				delete(w.faces, e.ID)
				w.lost = append(w.lost, fmt.Sprint("shown leaving: ", e.ID, " ", e.Reason))
			}
		}
		w.mu.Unlock()
	}
}

func (w *witness) at() (epoch string, count int, lost []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.epoch, len(w.faces), w.lost
}

// crowd brings n members into a room.
func crowd(t *testing.T, url string, n int) []*witness {
	t.Helper()
	var all []*witness
	for i := range n {
		c, err := client.Open(strings.Replace(url, "http", "ws", 1)+"/ws", client.Options{Room: "standup", Name: fmt.Sprint("member ", i)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		w := &witness{c: c}
		go w.watch()
		all = append(all, w)
	}
	await(t, "everybody sees everybody", func() bool {
		for _, w := range all {
			if _, count, _ := w.at(); count != n {
				return false
			}
		}
		return true
	})
	return all
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !done(); {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // between looks
	}
}

// freePort is one that nobody listens on at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// checkMoved waits until everybody is on another server than before and holds
// its roster, and demands that nobody was shown leaving meanwhile.
func checkMoved(t *testing.T, all []*witness, before map[*witness]string) {
	t.Helper()
	await(t, "everybody has moved", func() bool {
		for _, w := range all {
			if epoch, _, _ := w.at(); epoch == before[w] {
				return false
			}
		}
		return true
	})
	for i, w := range all {
		_, count, lost := w.at()
		if count != len(all) || len(lost) > 0 {
			t.Errorf("member %d sees %d of %d; %v", i, count, len(all), lost[:min(3, len(lost))])
		}
		if n := w.c.Desyncs(); n > 0 {
			t.Errorf("member %d found its roster wrong %d times", i, n)
		}
	}
}

func epochs(all []*witness) map[*witness]string {
	at := make(map[*witness]string)
	for _, w := range all {
		at[w], _, _ = w.at()
	}
	return at
}

// Two real processes on one port: the first is told to stop, and all its
// clients move to the second without anybody being shown leaving.
func TestASuccessorTakesOver(t *testing.T) {
	t.Parallel()
	dir, addr := t.TempDir(), freePort(t)
	args := []string{"-addr", addr, "-handover", dir, "-drain", "8s", "-grace", "1s"}
	first, url, _ := startProcess(t, args...)
	all := crowd(t, url, 40)
	before := epochs(all)
	startProcess(t, args...)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first ended with %v", err)
	}
	checkMoved(t, all, before)
}

// The same where the next starts only when the first has ended, as under a
// service manager that restarts it.
func TestARestartShowsNobodyLeaving(t *testing.T) {
	t.Parallel()
	dir, addr := t.TempDir(), freePort(t)
	args := []string{"-addr", addr, "-handover", dir, "-drain", "8s", "-grace", "1s"}
	first, url, _ := startProcess(t, args...)
	all := crowd(t, url, 40)
	before := epochs(all)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first ended with %v", err)
	}
	startProcess(t, args...)
	checkMoved(t, all, before)
}

// While people may still come back from a server that was taken over from, it is not known who is
// here, in however many rooms they were; then it is.
func TestWhoIsHereAfterAHandover(t *testing.T) {
	dir := t.TempDir()
	enter := func() (service, *hub.Hub, func()) {
		link := handover.New(dir, slog.New(slog.DiscardHandler))
		rooms, err := server.New(server.Config{Mesh: link.Mesh()})
		if err == nil {
			err = link.Enter(rooms.Hub())
		}
		if err != nil {
			t.Fatal(err)
		}
		return service{rooms: rooms, link: link}, rooms.Hub(), func() { rooms.Hub().Close(); link.Close() }
	}
	before, h, end := enter()
	if _, known := before.here("lobby"); !known {
		t.Error("it is not known who is in the first server's room")
	}
	const rooms = 300 // more than are kept for pages
	for i := range rooms {
		s, err := h.Connect(fmt.Sprint("room-", i), mute{})
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
	}
	if err := before.link.Leave(); err != nil {
		t.Fatal(err)
	}
	end()
	after, _, end := enter()
	defer end()
	for i := range rooms {
		if people, known := after.here(fmt.Sprint("room-", i)); known {
			t.Fatalf("in room %d are %v, and nobody who may come back", i, people)
		}
	}
}

// mute is a client that discards everything.
type mute struct{}

func (mute) Write([][]byte) error           { return nil }
func (mute) Close(shared.CloseCode, string) {}
