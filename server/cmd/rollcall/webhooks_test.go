//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/server/cli"
	"rollcall/server/store/storetest"
	"rollcall/shared"
	"rollcall/shared/api"
)

// hooked is an endpoint of a test, which keeps a table of who is in the room standup.
type hooked struct {
	mu     sync.Mutex
	status int
	table  map[string]shared.User
	said   []string
}

func (h *hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var e api.Event
	body, _ := io.ReadAll(r.Body)
	if h.status != http.StatusOK || json.Unmarshal(body, &e) != nil {
		w.WriteHeader(h.status)
		return
	}
	switch e.Type {
	case api.MemberJoined, api.MemberUpdated:
		h.table[e.Data.Member.ID] = *e.Data.Member
	case api.MemberLeft:
		delete(h.table, e.Data.Member.ID)
	}
	h.said = append(h.said, fmt.Sprint(e.Type, " ", e.Data.Reason))
}

func (h *hooked) set(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// names waits until the table has so many people.
func (h *hooked) has(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		h.mu.Lock()
		if len(h.table) == n {
			h.mu.Unlock()
			return
		}
		said := fmt.Sprint(h.table, h.said)
		h.mu.Unlock()
		if time.Now().After(end) {
			t.Fatalf("not %d: %s", n, said)
		}
	}
}

// A server that is killed while an endpoint is down, and one that is stopped, leave nobody in
// the table of the endpoint who is not there.
func TestWebhooksOverCrashes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, database string) {
		h := &hooked{status: http.StatusOK, table: make(map[string]shared.User)}
		srv := httptest.NewServer(h)
		defer srv.Close()
		file := hooksFile(t, srv.URL)
		args := []string{"-database", database, "-webhooks-file", file}
		process, url, _ := startProcess(t, args...)
		running{url: url}.joinAs(t, "standup", shared.GotANewUser{Name: "Ada"})
		h.has(t, 1)
		h.set(http.StatusServiceUnavailable)
		running{url: url}.joinAs(t, "standup", shared.GotANewUser{Name: "Bo"})
		time.Sleep(200 * time.Millisecond) // so that it may be in the database, or not: both must do
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = process.Wait()
		h.set(http.StatusOK)
		r := startProgram(t, args...)
		h.has(t, 0)
		r.joinAs(t, "standup", shared.GotANewUser{Name: "Cy"})
		h.has(t, 1)
		if end := r.stop(); end.code != exitOK {
			t.Errorf("%+v", end)
		}
		h.has(t, 0)
		if said := strings.Join(h.said, "\n"); !strings.Contains(said, "member.left node_lost") || !strings.Contains(said, "member.left closed") {
			t.Error(said)
		}
	})
}

// hooksFile writes a file with one endpoint.
func hooksFile(t *testing.T, url string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "webhooks.toml")
	for name, text := range map[string]string{
		file: "[[webhook]]\nurl = '" + url + "'\nsecret-file = 'secret'\nallow-private = true\nnames = true\n", filepath.Join(dir, "secret"): "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// The commands say what waits, try an endpoint, and begin again with one that has ended.
func TestTheCommandsAboutWebhooks(t *testing.T) {
	h := &hooked{status: http.StatusGone, table: make(map[string]shared.User)}
	srv := httptest.NewServer(h)
	defer srv.Close()
	database, file := storetest.File(t), hooksFile(t, srv.URL)
	r := startProgram(t, "-database", database, "-webhooks-file", file)
	flags := " -webhooks-file " + file
	r.joinAs(t, "standup", shared.GotANewUser{Name: "Ada"})
	says := func(line string, code int, want string) {
		t.Helper()
		for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
			got := runToEnd(t, nil, strings.Fields(line+flags)...)
			if got.code == code && strings.Contains(got.stdout+got.stderr, want) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %+v", line, got)
			}
		}
	}
	says("webhooks list -o csv -database "+database, exitOK, srv.URL+",ended,0,\n")
	says("webhooks test "+srv.URL, cli.ExitFailure, "410 Gone")
	says("webhooks test https://elsewhere.example", cli.ExitFailure, "no endpoint with this address")
	h.set(http.StatusOK)
	says("webhooks test "+srv.URL, exitOK, "acknowledged")
	says("webhooks retry "+srv.URL+" -database "+database, exitOK, "")
	says("webhooks list -o csv -database "+database, exitOK, srv.URL+",active,0,\n")
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		h.mu.Lock()
		said := strings.Join(h.said, "\n")
		h.mu.Unlock()
		if strings.Contains(said, api.AttendanceGap) {
			break
		}
		if time.Now().After(end) {
			t.Fatal(said)
		}
	}
}

func TestWebhooksThatMakeNoSense(t *testing.T) {
	file := hooksFile(t, "http://127.0.0.1:1/")
	for want, args := range map[string][]string{
		"--webhooks-file needs --database": {"-webhooks-file", file},
		"no such file":                     {"-webhooks-file", "/nowhere", "-database", storetest.File(t)},
	} {
		got := runToEnd(t, nil, append([]string{"serve", "-addr", "127.0.0.1:0"}, args...)...)
		if got.code == exitOK || !strings.Contains(got.stderr, want) {
			t.Errorf("%q: %+v", args, got)
		}
	}
}
