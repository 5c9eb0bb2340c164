package handover

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rollcall/server/hub"
	"rollcall/shared"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mute is a peer that takes everything.
type mute struct{}

func (mute) Write([][]byte) error           { return nil }
func (mute) Close(shared.CloseCode, string) {}

// start returns a hub that has entered a handover in dir, and what ends both.
func start(t *testing.T, dir string) (*hub.Hub, *Link, func()) {
	t.Helper()
	l := New(dir, slog.New(slog.DiscardHandler))
	h := hub.New(hub.Config{Mesh: l.Mesh()})
	if err := l.Enter(h); err != nil {
		t.Fatal(err)
	}
	return h, l, func() { h.Close(); l.Close() }
}

func join(t *testing.T, h *hub.Hub, name string) *hub.Session {
	t.Helper()
	s, err := h.Connect("lobby", mute{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: "the-secret-key-of-" + name}))
	return s
}

func await(t *testing.T, h *hub.Hub, names ...string) {
	t.Helper()
	want, _ := json.Marshal(names)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) { // between looks
		shown := []string{}
		for _, u := range h.View("lobby", 10).Users {
			shown = append(shown, u.Name)
		}
		slices.Sort(shown)
		got, _ := json.Marshal(shown)
		if string(got) == string(want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("shown: %s, want %s", got, want)
		}
	}
}

func TestTwoShowTheUnion(t *testing.T) {
	dir := t.TempDir()
	old, oldLink, endOld := start(t, dir)
	join(t, old, "Ada")
	next, nextLink, endNext := start(t, dir)
	defer endNext()
	bo := join(t, next, "Bo")
	await(t, next, "Ada", "Bo")
	await(t, old, "Ada", "Bo")
	if !oldLink.Linked() || !nextLink.Linked() {
		t.Error("not linked")
	}
	bo.Receive(shared.Encode(shared.Leave{}))
	await(t, old, "Ada")
	join(t, next, "Ada") // has moved
	join(t, next, "Cy")
	endOld()
	await(t, next, "Ada", "Cy")
	for nextLink.Linked() {
		time.Sleep(time.Millisecond) // between looks
	}
	join(t, next, "Ada").Receive(shared.Encode(shared.Leave{})) // is not held for the old one's sake
	await(t, next, "Cy")
}

func TestAFileServesOnceAndSoon(t *testing.T) {
	dir := t.TempDir()
	left := func() {
		h, l, end := start(t, dir)
		join(t, h, "Ada")
		if err := l.Leave(); err != nil {
			t.Fatal(err)
		}
		end()
	}
	left()
	h, _, end := start(t, dir)
	join(t, h, "Bo")
	await(t, h, "Ada", "Bo")
	end()
	h, _, end = start(t, dir) // the file has served
	join(t, h, "Bo")
	await(t, h, "Bo")
	end()

	left()
	file := filepath.Join(dir, "rooms")
	past := time.Now().Add(-2 * freshFor)
	if err := os.Chtimes(file, past, past); err != nil {
		t.Fatal(err)
	}
	h, _, end = start(t, dir)
	join(t, h, "Bo")
	await(t, h, "Bo")
	end()

	for _, broken := range []string{"", "{", `{"node":"x"}`} {
		if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		h, _, end := start(t, dir)
		join(t, h, "Bo")
		await(t, h, "Bo")
		end()
	}
}
