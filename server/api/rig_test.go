package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rollcall/server/api/keys"
	"rollcall/server/attendance"
	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// sink is a peer that reads everything.
type sink struct{}

func (sink) Write([][]byte) error           { return nil }
func (sink) Close(shared.CloseCode, string) {}

// enter lets somebody into a room, with a key made of the name, and returns their id.
func enter(t testing.TB, h *hub.Hub, room, name string) (id string) {
	t.Helper()
	key := "long-enough-for-" + strings.ReplaceAll(name, " ", "-")
	s, err := h.Connect(room, sink{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: key}))
	return shared.MemberID(key)
}

// log is a log that may be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// rig is an API with a hub, a database, a key for each scope, and a token for each of those
// in tokens.
type rig struct {
	*API
	t          testing.TB
	hub        *hub.Hub
	store      *store.Store
	keys       map[api.Scope]string
	tokensLock sync.Mutex // for those that a test withdraws
	tokens     map[string]Grant
	log        *log
}

// emptyDatabase is the file of a database, which takes longer to make than to copy.
var emptyDatabase = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "rig")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "rollcall.db")
	s, err := store.Open(context.Background(), name)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return text
})

// inMemory returns a directory of the test in memory, where the system has one: on a busy disk
// each of many files may take seconds to reach it.
func inMemory(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "rig")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func newRig(t testing.TB, nodes *Nodes) *rig {
	t.Helper()
	dir := inMemory(t)
	file := filepath.Join(dir, "keys")
	r := &rig{t: t, hub: hub.New(hub.Config{}), keys: make(map[api.Scope]string), tokens: make(map[string]Grant), log: new(log)}
	t.Cleanup(r.hub.Close)
	for _, scope := range []api.Scope{api.ScopeRead, api.ScopeAttendance, api.ScopeModerate, api.ScopeAdmin} {
		key, err := keys.Add(file, "for-"+string(scope), []api.Scope{scope})
		if err != nil {
			t.Fatal(err)
		}
		r.keys[scope] = key
	}
	to := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	known, err := keys.Open(file, to)
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(dir, "rollcall.db")
	if err := os.WriteFile(database, emptyDatabase(), 0o600); err != nil {
		t.Fatal(err)
	}
	if r.store, err = store.Open(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.store.Close() })
	roll := attendance.NewRoll(r.store)
	r.API = New(Config{Base: "/", Keys: known, Nodes: nodes, Log: to, Attendance: &Attendance{
		Write: roll.Write, Occupancy: roll.Occupancy, Expected: roll.Expected, SetExpected: roll.SetExpected, SetMark: roll.SetMark,
		Kept: 24 * time.Hour,
	}, Erase: r.store.Erase, Token: func(token string) (Grant, error) {
		r.tokensLock.Lock()
		defer r.tokensLock.Unlock()
		g, ok := r.tokens[token]
		if !ok {
			return g, fmt.Errorf("no token")
		}
		return g, nil
	}})
	r.Start(r.hub)
	t.Cleanup(r.Stop)
	return r
}

// withdraw has a token be valid no more while streams may look at it.
func (r *rig) withdraw(token string) {
	r.tokensLock.Lock()
	defer r.tokensLock.Unlock()
	delete(r.tokens, token)
}

// get makes a call with a key or a token; "" is none.
func (r *rig) get(path, key string) *http.Response { return r.do(http.MethodGet, path, key, "") }

func (r *rig) do(method, path, key, body string) *http.Response {
	return r.sends(method, path, key, "application/json", strings.NewReader(body))
}

// sends makes a call with a body of any kind.
func (r *rig) sends(method, path, key, kind string, body io.Reader) *http.Response {
	req := httptest.NewRequest(method, "/api/v1/"+path, body)
	req.Header.Set("Content-Type", kind)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Result()
}

// into makes a call with the key for reading, and decodes the answer.
func into[T any](t testing.TB, r *rig, path string) (answer T) {
	t.Helper()
	res := r.get(path, r.keys[api.ScopeRead])
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// problemOf decodes a problem.
func problemOf(t testing.TB, res *http.Response) (p api.Problem) {
	t.Helper()
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Status != res.StatusCode || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s, %q with %+v", res.Status, res.Header.Get("Content-Type"), p)
	}
	return p
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
