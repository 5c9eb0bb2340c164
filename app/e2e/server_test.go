//go:build !js

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for anything that must happen. It is for a
// machine with much else to do: what is fine takes a fraction of it.
const patience = time.Minute

// binary is the program under test.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ROLLCALL_BIN")
	if path == "" {
		path = filepath.Join("..", "..", "bin", "rollcall")
	} else if !filepath.IsAbs(path) {
		t.Fatalf("ROLLCALL_BIN is %q, which is not an absolute path", path)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no program to test, run make build: %v", err)
	}
	return path
}

// server is one running program and, over restarts, its successors on the same
// address.
type server struct {
	t     *testing.T
	flags []string
	host  string // 127.0.0.1:port
	at    string // the address of its lobby, without a slash at the end
	log   record // of all of them

	process *os.Process
	exited  chan error // gets the process's end, once
}

// startServer starts the program with the given flags of serve. When the test
// ends it must stop in order, and must not have logged an error.
func startServer(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{t: t, flags: flags, host: "127.0.0.1:0"}
	s.start()
	t.Cleanup(func() {
		if s.process != nil {
			s.stop()
		}
		if log := s.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic") {
			t.Errorf("the server logged an error:\n%s", log)
		}
	})
	return s
}

// address is in the line that the program prints when it listens.
var address = regexp.MustCompile(`(https?)://\S*:(\d+)(\S*)`)

// start starts the program on the address that it had before, if any.
func (s *server) start() {
	s.t.Helper()
	cmd := exec.Command(binary(s.t), append([]string{"serve", "-addr", s.host}, s.flags...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "ROLLCALL_") })
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stderr = &s.log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.process, s.exited = cmd.Process, make(chan error, 1)
	said := make(chan string, 1)
	go func() { // Wait closes the pipe, so it comes after the reading
		out := bufio.NewReader(stdout)
		line, _ := out.ReadString('\n')
		said <- line
		_, _ = io.Copy(&s.log, out)
		s.exited <- cmd.Wait()
	}()
	select {
	case line := <-said:
		said := address.FindStringSubmatch(line)
		if said == nil {
			s.t.Fatalf("the server said %q instead of its address; its log:\n%s", line, s.log.String())
		}
		s.host = "127.0.0.1:" + said[2]
		s.at = said[1] + "://" + s.host + said[3]
	case <-time.After(patience):
		_ = s.process.Kill()
		s.t.Fatal("the server did not say where it is")
	}
}

// stop asks the program to end, as a service manager does, and wants it to end
// in order.
func (s *server) stop() {
	s.t.Helper()
	if err := s.end(syscall.SIGTERM); err != nil {
		s.t.Errorf("the server ended with %v; its log:\n%s", err, s.log.String())
	}
}

// kill ends the program without a word to anybody.
func (s *server) kill() {
	s.t.Helper()
	if err := s.end(syscall.SIGKILL); err == nil {
		s.t.Error("the server had ended before it was killed")
	}
}

func (s *server) end(with os.Signal) error {
	s.t.Helper()
	process := s.process
	s.process = nil
	if err := process.Signal(with); err != nil {
		s.t.Fatalf("the server is gone: %v; its log:\n%s", err, s.log.String())
	}
	select {
	case err := <-s.exited:
		return err
	case <-time.After(patience):
		_ = process.Kill()
		s.t.Fatalf("the server did not end after %v; its log:\n%s", with, s.log.String())
		return nil
	}
}

func (s *server) url(path string) string { return s.at + path }

// socket is the address that the typed client joins at.
func (s *server) socket() string { return strings.Replace(s.at, "http", "ws", 1) + "/ws" }

// answer is what a plain GET gives.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks for a path without a browser and without following redirects.
func (s *server) get(path string) answer {
	s.t.Helper()
	client := http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Get(s.url(path))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	client.CloseIdleConnections()
	return answer{res.StatusCode, res.Header, string(body)}
}

// record is a buffer that may be read while it is written to.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// tail is the end of a text that may be long.
func tail(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("(%d bytes before)…%s", len(s)-most, s[len(s)-most:])
}
