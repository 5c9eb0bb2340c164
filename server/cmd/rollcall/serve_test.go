package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// within bounds what a test waits for.
const within = time.Minute

// build is a build of the browser's program in miniature.
func build() fstest.MapFS {
	tree := fstest.MapFS{"version": {Data: []byte("v1")}}
	for _, name := range []string{
		"web/app.0123456789abcdef.wasm", "web/app.0123456789abcdef.js", "web/start.0123456789abcdef.js", "web/wasm_exec.0123456789abcdef.js",
		"web/style.0123456789abcdef.css", "web/icon.0123456789abcdef.svg", "web/apple-touch-icon.0123456789abcdef.png",
		"web/attendance.0123456789abcdef.css", "web/attendance.0123456789abcdef.js", "manifest.webmanifest", "app-worker.js",
	} {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(name))
		_ = w.Close()
		tree[name+".gz"] = &fstest.MapFile{Data: b.Bytes()}
	}
	return tree
}

// announced reads the address that the program says it is at.
func announced(t *testing.T, stdout io.Reader) string {
	t.Helper()
	line, err := bufio.NewReader(stdout).ReadString('\n') // which is stdout itself, if that is buffered
	url, ok := strings.CutPrefix(line, "rollcall is at ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}
	return strings.TrimSpace(url)
}

// running is the program at work in this process.
type running struct {
	url    string
	stdout *bufio.Reader // what else the program says there
	stop   func() ran
}

func startProgram(t *testing.T, args ...string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var stderr bytes.Buffer
	p := &program{ctx: ctx, stdout: w, stderr: &stderr, build: build()}
	code := make(chan int, 1)
	go func() {
		code <- p.run(append([]string{"serve", "-addr", "127.0.0.1:0"}, args...))
		_ = w.Close()
	}()
	t.Cleanup(cancel)
	stdout := bufio.NewReader(r)
	return running{announced(t, stdout), stdout, func() ran {
		cancel()
		return ran{code: <-code, stderr: stderr.String()}
	}}
}

func (r running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	client := &http.Client{Timeout: within, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(r.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (r running) join(t *testing.T, room, name string) *websocket.Conn {
	t.Helper()
	return r.joinAs(t, room, shared.GotANewUser{Name: name})
}

func (r running) joinAs(t *testing.T, room string, join shared.GotANewUser) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, r.url+"/ws?room="+room, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	if err := ws.Write(ctx, websocket.MessageText, shared.Encode(join)); err != nil {
		t.Fatal(err)
	}
	return ws
}

func read(t *testing.T, ws *websocket.Conn) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	_, message, err := ws.Read(ctx)
	return string(message), err
}

func TestServeUntilStopped(t *testing.T) {
	r := startProgram(t, "--grace", "10s")
	if status, body := r.get(t, "/healthz"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d, %q", status, body)
	}
	ws := r.join(t, "standup", "Ada")
	if got, err := read(t, ws); err != nil || !strings.HasPrefix(got, `{"event":"existing_users"`) {
		t.Fatalf("%s, %v", got, err)
	}
	if status, body := r.get(t, "/r/standup"); status != http.StatusOK || !strings.Contains(body, "Ada") {
		t.Errorf("/r/standup: %d, %s", status, body)
	}
	stopped := make(chan ran)
	go func() { stopped <- r.stop() }()
	if got, err := read(t, ws); err != nil || !strings.Contains(got, `"code":"stopping"`) {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := read(t, ws); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("%v", err)
	}
	if end := <-stopped; end.code != exitOK || strings.Count(end.stderr, "session ended") != 1 || strings.Contains(end.stderr, "level=WARN") {
		t.Errorf("%+v", end)
	}
	if c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://")); err == nil {
		_ = c.Close()
		t.Error("it still listens")
	}
}

func TestSettingsAreObeyed(t *testing.T) {
	t.Setenv("ROLLCALL_MAX_SESSIONS", "1")
	t.Setenv("ROLLCALL_GRACE", "10m")
	t.Setenv("ROLLCALL_ALLOW_ORIGIN", "https://one.test,https://two.test")
	r := startProgram(t, "-grace", "1ms", "-log-level", "debug")
	for origin, want := range map[string]int{"https://two.test": http.StatusSwitchingProtocols, "https://three.test": http.StatusForbidden} {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		ws, res, err := websocket.Dial(ctx, r.url+"/ws?room=x", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if res == nil || res.StatusCode != want {
			t.Errorf("from %s: %v, %v", origin, res, err)
		}
		if err == nil {
			_ = ws.Close(websocket.StatusNormalClosure, "")
		}
		cancel()
	}
	ada := joined(t, r)
	refused := r.join(t, "standup", "Grace")
	if got, err := read(t, refused); err != nil || !strings.Contains(got, `"code":"server_full"`) {
		t.Errorf("%s, %v", got, err)
	}
	_ = ada.Close(websocket.StatusNormalClosure, "")
	joined(t, r) // alone again: the flag's grace has gone before the environment's
	if end := r.stop(); end.code != exitOK || !strings.Contains(end.stderr, "three.test") {
		t.Errorf("%+v", end)
	}
}

// joined connects until there is a place and nobody else is in the room.
func joined(t *testing.T, r running) *websocket.Conn {
	t.Helper()
	for end := time.Now().Add(within); ; {
		ws := r.join(t, "standup", "Ada")
		got, err := read(t, ws)
		if err == nil && strings.Count(got, `"name"`) == 1 {
			return ws
		}
		if time.Now().After(end) {
			t.Fatalf("%s, %v", got, err)
		}
		_ = ws.CloseNow()
	}
}

// oneConn is a listener that accepts one connection, over a pipe.
type oneConn chan net.Conn

func (l oneConn) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l oneConn) Close() error   { return nil }
func (l oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// Who does not finish what it began to say is cut, and what it said meanwhile costs little.
func TestSlowAndLongRequests(t *testing.T) {
	const get = "GET /ws?room=standup HTTP/1.1\r\nHost: x\r\n"
	for name, c := range map[string]struct {
		send   string
		answer string
		took   time.Duration
	}{
		"nothing":             {"", "", headerWithin},
		"half a handshake":    {get + "Upgrade: websocket\r\n", "", headerWithin},
		"half a body":         {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", "HTTP/1.1 204 No Content", requestWithin},
		"idle after a page":   {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 204 No Content", idleWithin},
		"headers without end": {get + "X: " + strings.Repeat("x", 2*maxHeaderBytes), "HTTP/1.1 431 Request Header Fields Too Large", 0},
		"garbage":             {"\x16\x03\x01\x02\x00\r\n\r\n", "HTTP/1.1 400 Bad Request", 0},
		"OPTIONS *":           {"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 204 No Content", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusNoContent)
			}), slog.New(slog.DiscardHandler))
			l := make(oneConn, 1)
			near, far := net.Pipe()
			l <- far
			close(l)
			var serving sync.WaitGroup
			serving.Go(func() { _ = srv.Serve(l) })
			began := time.Now()
			go func() { _, _ = io.WriteString(near, c.send) }()
			answer, _ := io.ReadAll(near)
			if line, _, _ := strings.Cut(string(answer), "\r\n"); line != c.answer {
				t.Errorf("%s: %q, want %q", name, line, c.answer)
			}
			if took := time.Since(began); took > c.took+time.Second || took < c.took {
				t.Errorf("%s: ended after %v, want %v", name, took, c.took)
			}
			_ = srv.Close()
			serving.Wait()
		})
	}
}

// process is the program as a process of its own.
func startProcess(t *testing.T, args ...string) (cmd *exec.Cmd, url string, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command(os.Args[0], append([]string{"serve", "-addr", "localhost:0"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stdout, stderr := begin(t, cmd)
	return cmd, announced(t, stdout), stderr
}

// begin starts cmd, which ends with the test at the latest.
func begin(t *testing.T, cmd *exec.Cmd) (stdout io.Reader, stderr *bytes.Buffer) {
	t.Helper()
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return stdout, stderr
}

func TestASignalStopsTheProcess(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, url, stderr := startProcess(t)
		ws := running{url: url}.join(t, "standup", "Ada")
		if _, err := read(t, ws); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, ws); err != nil || !strings.Contains(got, `"code":"stopping"`) {
			t.Errorf("%v: %s, %v", sig, got, err)
		}
		if _, err := read(t, ws); websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("%v: %v", sig, err)
		}
		if err := cmd.Wait(); err != nil || strings.Count(stderr.String(), "session ended") != 1 {
			t.Errorf("%v: %v, %s", sig, err, stderr)
		}
	}
}

func TestASecondSignalEndsTheProcessAtOnce(t *testing.T) {
	cmd, url, _ := startProcess(t)
	addr := strings.TrimPrefix(url, "http://")
	slow, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"); err != nil { // which stopping waits for
		t.Fatal(err)
	}
	r := running{url: url}
	r.get(t, "/healthz") // by now the slow one has been accepted
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(within); ; time.Sleep(time.Millisecond) { // until the first is being obeyed
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_ = c.Close()
		if time.Now().After(end) {
			t.Fatal("it still listens")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v", cmd.ProcessState)
	}
}

func TestTheProcessExitsAsTheProgramSays(t *testing.T) {
	for line, want := range map[string]int{"version": exitOK, "serve -nope": exitUsage, "serve -addr 192.0.2.1:1": exitFailure} {
		cmd := exec.Command(os.Args[0], strings.Fields(line)...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s: %v, want %d", line, err, want)
		}
	}
}

// A connection that was never used, as browsers open them, keeps nobody waiting.
func TestUnusedConnectionsDoNotDelayStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		l := make(oneConn, 1)
		near, far := net.Pipe()
		l <- far
		var serving sync.WaitGroup
		serving.Go(func() { _ = srv.Serve(l) })
		synctest.Wait()
		began := time.Now()
		close(l)
		serving.Wait()
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took >= time.Second {
			t.Errorf("stopping took %v", took)
		}
		_ = near.Close()
	})
}
