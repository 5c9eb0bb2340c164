//go:build unix

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// socket is a listening socket that a service manager keeps, at an address.
func socket(t *testing.T) (f *os.File, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // the file is of its own
	f, err = l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, l.Addr().String()
}

// passed is the program as a service manager starts it: with sockets from file 3 on,
// how many there are, and its own process in the environment, which the manager knows
// as late as this shell does.
func passed(t *testing.T, sockets []*os.File, fds string, args ...string) (cmd *exec.Cmd, stdout io.Reader, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0], "serve"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LISTEN_FDS="+fds)
	cmd.ExtraFiles = sockets
	stdout, stderr = begin(t, cmd)
	return cmd, stdout, stderr
}

// A server that is passed its socket serves there, whatever -addr says. Who connects
// while it is restarted waits, and is answered by the next.
func TestASocketOfTheServiceManager(t *testing.T) {
	t.Parallel()
	f, addr := socket(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0") // which -addr names
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	start := func() *exec.Cmd {
		cmd, stdout, _ := passed(t, []*os.File{f}, "1", "-addr", taken.Addr().String(), "-handover", t.TempDir())
		if _, port, _ := net.SplitHostPort(addr); !strings.HasSuffix(announced(t, stdout), ":"+port) {
			t.Errorf("it is not at %s", addr)
		}
		return cmd
	}
	first := start()
	if status, _ := (running{url: "http://" + addr}).get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	between, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatalf("between the two: %v", err)
	}
	defer between.Close()
	if _, err := io.WriteString(between, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	start()
	if answer, err := io.ReadAll(between); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
		t.Errorf("who came between the two was told %q, %v", answer, err)
	}
}

// Sockets that would be left alone are not: nobody would answer there.
func TestTooManySocketsOfTheServiceManager(t *testing.T) {
	one, _ := socket(t)
	two, _ := socket(t)
	cmd, _, stderr := passed(t, []*os.File{one, two}, "2", "-addr", "127.0.0.1:0")
	defer time.AfterFunc(within, func() { _ = cmd.Process.Kill() }).Stop() // if it should serve
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailure || !strings.Contains(stderr.String(), "passes 2 sockets") {
		t.Errorf("%v, %s", err, stderr)
	}
}
