//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/api/keys"
	"rollcall/shared"
	"rollcall/shared/api"
)

// BenchmarkTelling is the processor time of a server for each diff that a client is sent, in a
// room of 500 people with 20 changes a second: with nobody who is told what happens outside, and
// with two webhooks and ten streams. One operation is one change.
func BenchmarkTelling(b *testing.B) {
	for _, told := range []bool{false, true} {
		b.Run(fmt.Sprintf("told=%t", told), func(b *testing.B) { benchmarkTelling(b, told) })
	}
}

func benchmarkTelling(b *testing.B, told bool) {
	const people = 500
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	file := func(name, text string) string {
		must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	var posts, events, diffs atomic.Int64
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer endpoint.Close()
	key, err := keys.Add(filepath.Join(dir, "keys"), "bench", []api.Scope{api.ScopeRead})
	must(err)
	args := []string{"serve", "-addr", "localhost:0", "-database", filepath.Join(dir, "rollcall.db")}
	if told {
		file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		hooks := ""
		for _, path := range []string{"/one", "/two"} {
			hooks += "[[webhook]]\nurl = '" + endpoint.URL + path + "'\nsecret-file = 'secret'\nallow-private = true\nnames = true\n"
		}
		args = append(args, "-api-keys-file", filepath.Join(dir, "keys"), "-webhooks-file", file("hooks", hooks))
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stdout, err := cmd.StdoutPipe()
	must(err)
	must(cmd.Start())
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(err)
	url := strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(line, "rollcall is at ")), "/")

	sessions := make([]*websocket.Conn, people)
	for i := range sessions {
		sessions[i], _, err = websocket.Dial(b.Context(), url+"/ws?room=standup", nil)
		must(err)
		defer sessions[i].CloseNow()
		sessions[i].SetReadLimit(-1)
		must(sessions[i].Write(b.Context(), websocket.MessageText, shared.Encode(shared.GotANewUser{Name: fmt.Sprint("name ", i)})))
		go func() {
			for {
				_, text, err := sessions[i].Read(b.Context())
				if err != nil {
					return
				}
				diffs.Add(int64(strings.Count(string(text), "user_updated")))
			}
		}()
	}
	if told {
		for range 10 {
			go func() {
				for range (&api.Client{Server: url, Key: key}).Follow(b.Context(), "standup", "") {
					events.Add(1)
				}
			}()
		}
	}
	time.Sleep(5 * time.Second) // until everybody has the roster, and what happened so far is told
	for told && posts.Load() < 2*(people+1) {
		time.Sleep(100 * time.Millisecond)
	}
	diffs.Store(0)
	before := processorTime(b, cmd.Process.Pid)
	b.ResetTimer()
	for i := range b.N {
		must(sessions[i%people].Write(b.Context(), websocket.MessageText, shared.Encode(shared.UpdateUser{Name: new(fmt.Sprint("name ", i, " of many"))})))
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	b.StopTimer()
	used := processorTime(b, cmd.Process.Pid) - before
	b.ReportMetric(float64(used.Microseconds())/float64(diffs.Load()), "cpu-µs/diff")
	b.ReportMetric(float64(diffs.Load())/float64(b.N), "diffs/op")
	b.ReportMetric(float64(posts.Load()), "posts")
	b.ReportMetric(float64(events.Load()), "events")
}

// processorTime returns the processor time of a process so far, in hundredths of a second
// (proc(5), fields 14 and 15 of stat).
func processorTime(b *testing.B, pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
