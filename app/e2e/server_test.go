//go:build !js

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/netip"
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

// binary returns the path of the program under test.
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

// server is the program under test, and after a restart its successor at the same
// address.
type server struct {
	t     *testing.T
	flags []string
	host  string    // 127.0.0.1:port
	at    string    // URL of the lobby, without a slash at the end
	log   logBuffer // of the program and its predecessors

	process *os.Process
	exited  chan error // receives the result of the process, once
	held    *os.File   // reserves the port while the server is down
}

// startServer runs the program for the duration of the test, with the given flags of
// serve. It must stop in order at the end, without having logged an error.
func startServer(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{t: t, flags: flags, host: "127.0.0.1:0"}
	s.start()
	t.Cleanup(func() {
		if s.process != nil {
			s.stop()
		}
		s.releasePort()
		if log := s.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic") {
			t.Errorf("the server logged an error:\n%s", log)
		}
	})
	return s
}

// address matches the line that the program prints when it listens.
var address = regexp.MustCompile(`(https?)://\S*:(\d+)(\S*)`)

// start starts the program, at the same address as before if there was one.
func (s *server) start() {
	s.t.Helper()
	s.releasePort()
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
	go func() { // reads first, since Wait closes the pipe
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

// stop ends the program like a service manager, and checks that it ends in order.
func (s *server) stop() {
	s.t.Helper()
	if err := s.end(syscall.SIGTERM); err != nil {
		s.t.Errorf("the server ended with %v; its log:\n%s", err, s.log.String())
	}
}

// kill ends the program without warning.
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
		s.reservePort()
		return err
	case <-time.After(patience):
		_ = process.Kill()
		s.t.Fatalf("the server did not end after %v; its log:\n%s", with, s.log.String())
		return nil
	}
}

// reservePort binds the port of a server that is down without listening on it:
// connections are refused, and no other program is given the port. Errors are ignored,
// since the test works without.
func (s *server) reservePort() {
	at, err := netip.ParseAddrPort(s.host)
	if err != nil {
		s.t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return
	}
	syscall.CloseOnExec(fd)
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		_ = syscall.Close(fd)
		return
	}
	s.held = os.NewFile(uintptr(fd), s.host)
}

// releasePort reverts reservePort.
func (s *server) releasePort() {
	_ = s.held.Close() // may be nil
	s.held = nil
}

func (s *server) url(path string) string { return s.at + path }

// socket returns the address for clients.
func (s *server) socket() string { return strings.Replace(s.at, "http", "ws", 1) + "/ws" }

// answer is the answer to a plain GET.
type answer struct {
	status int
	header http.Header
	body   string
}

// get requests a path without a browser, and does not follow redirects.
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

// logBuffer is a buffer that is safe for concurrent use.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *logBuffer) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *logBuffer) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// lastBytes returns the end of a long text.
func lastBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("(%d bytes before)…%s", len(s)-most, s[len(s)-most:])
}
