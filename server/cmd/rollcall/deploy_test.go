//go:build deploy

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"

	"rollcall/shared"
)

const (
	hostName = "rollcall.example.com" // in the examples
	here     = "127.0.0.9"            // where the client of these tests sits
)

// front is a proxy in front of a server of its own.
type front struct {
	tls, plain string // where it listens
	log        func() string
}

// behind starts the real program as the example's comment asks for, and a proxy in
// front of it with the example from the documents, in which only addresses and files are
// replaced by those of this test.
func behind(t *testing.T, example string, replace func(f front, cert, key string) []string, proxy func(dir, config string) *exec.Cmd) front {
	t.Helper()
	f := front{tls: freePort(t), plain: freePort(t)}
	var back string
	back, f.log = realProgram(t)
	text, err := os.ReadFile(filepath.Join("../../../docs/deploy", example))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key := writePair(t, dir, hostName)
	config := string(text)
	pairs := append(replace(f, cert, key), "127.0.0.1:8000", back)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(config, pairs[i]) {
			t.Fatalf("%s does not say %q", example, pairs[i])
		}
		config = strings.ReplaceAll(config, pairs[i], pairs[i+1])
	}
	file := filepath.Join(dir, example)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, proxy(dir, file))
	await(t, example+" listens", func() bool {
		c, err := net.Dial("tcp", f.tls)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return f
}

// realProgram starts bin/rollcall, and returns where it is and what it has logged.
func realProgram(t *testing.T) (addr string, log func() string) {
	t.Helper()
	bin := os.Getenv("ROLLCALL_BIN")
	if bin == "" {
		t.Fatal("ROLLCALL_BIN is not set: run make deployed")
	}
	cmd := exec.Command(bin, "serve", "-addr", "127.0.0.1:0", "-base", "/rollcall/", "-trusted-proxy", "127.0.0.1/32", "-host", hostName, "-log-level", "debug")
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()   // the process has its own
	cmd.Env = []string{} // ROLLCALL_BIN is no setting
	cmd.Stderr = file
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run(t, cmd)
	at, err := url.Parse(announced(t, stdout))
	if err != nil {
		t.Fatal(err)
	}
	return "127.0.0.1:" + at.Port(), func() string {
		said, err := os.ReadFile(file.Name())
		if err != nil {
			t.Error(err)
		}
		return string(said)
	}
}

// run starts a process that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
}

// client is one that sits here and finds the site at the proxy.
func (f front) client() *http.Client {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		at := f.tls
		if strings.HasSuffix(addr, ":80") {
			at = f.plain
		}
		return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(here)}}).DialContext(ctx, network, at)
	}
	return &http.Client{
		Timeout:       within,
		Transport:     &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// visit asks for an address, as one who says to be somebody else.
func (f front) visit(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = forged()
	res, err := f.client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// forged is what a client may pretend.
func forged() http.Header {
	return http.Header{
		"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Host": {"evil.test"}, "X-Forwarded-Proto": {"http"}, "Forwarded": {"for=203.0.113.9"},
	}
}

// check is all that must work through any proxy.
func (f front) check(t *testing.T) {
	t.Helper()
	f.checkPages(t)
	f.checkSocket(t)
}

func (f front) checkPages(t *testing.T) {
	t.Helper()
	res, page := f.visit(t, "https://"+hostName+"/rollcall/r/standup")
	if res.StatusCode != http.StatusOK || !strings.Contains(page, `data-base="/rollcall/"`) {
		t.Errorf("the page: %s\n%s", res.Status, page)
	}
	if res.Header.Get("Strict-Transport-Security") == "" || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("the page's headers: %v", res.Header)
	}
	program := addressOf(page, "app.", ".wasm")
	if res, body := f.visit(t, "https://"+hostName+program); res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "\x00asm") {
		t.Errorf("the program at %q: %s, %d bytes", program, res.Status, len(body))
	}
	if res, _ := f.visit(t, "https://"+hostName+"/r/standup"); res.Header.Get("Content-Security-Policy") != "" {
		t.Errorf("what is not under the path comes here too: %s", res.Status)
	}
	if res, _ := f.visit(t, "http://"+hostName+"/rollcall/"); res.StatusCode/100 != 3 || !strings.HasPrefix(res.Header.Get("Location"), "https://"+hostName) {
		t.Errorf("by http: %s to %s", res.Status, res.Header.Get("Location"))
	}
}

// addressOf is the address in a page that contains begin and ends with end.
func addressOf(page, begin, end string) string {
	for quoted := range strings.SplitSeq(page, `"`) {
		if strings.Contains(quoted, begin) && strings.HasSuffix(quoted, end) {
			return quoted
		}
	}
	return ""
}

// checkSocket joins from a page of the site, stays for longer than a proxy may think is
// idle, and looks who the server takes it for.
func (f front) checkSocket(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*within)
	defer cancel()
	dial := func(origin string) (*websocket.Conn, *http.Response, error) {
		header := forged()
		header.Set("Origin", origin)
		return websocket.Dial(ctx, "wss://"+hostName+"/rollcall/ws?room=standup", &websocket.DialOptions{HTTPClient: f.client(), HTTPHeader: header})
	}
	if _, res, err := dial("https://evil.test"); err == nil || res == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %v, %v", res, err)
	}
	ws, _, err := dial("https://" + hostName)
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.Write(ctx, websocket.MessageText, shared.Encode(shared.GotANewUser{Name: "Ada"})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"event":"existing_users"`, `{"event":"heartbeat"`} {
		if _, got, err := ws.Read(ctx); err != nil || !strings.HasPrefix(string(got), want) {
			t.Fatalf("%s, %v, want %s", got, err, want)
		}
	}
	_ = ws.Close(websocket.StatusNormalClosure, "")
	line := func() string {
		for line := range strings.Lines(f.log()) {
			if strings.Contains(line, "session ended") {
				return line
			}
		}
		return ""
	}
	await(t, "the session has ended", func() bool { return line() != "" })
	if !strings.Contains(line(), "remote="+here) {
		t.Errorf("the client is at %s, the server says: %s", here, line())
	}
	if strings.Contains(f.log(), "203.0.113.9") {
		t.Errorf("the server believed the client:\n%s", f.log())
	}
}

func TestBehindNginx(t *testing.T) {
	f := behind(t, "nginx.conf", func(f front, cert, key string) []string {
		return []string{
			"listen 443 ssl http2", "listen " + f.tls + " ssl http2", "listen 80", "listen " + f.plain,
			"/etc/ssl/rollcall/cert.pem", cert, "/etc/ssl/rollcall/key.pem", key, "/var/log/nginx/rollcall.log", "/dev/stderr",
		}
	}, func(dir, config string) *exec.Cmd {
		main := fmt.Sprintf("daemon off; pid %[1]s/pid; error_log stderr; events {} http { access_log off; client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e; include %[2]s; }", dir, config)
		file := filepath.Join(dir, "main.conf")
		if err := os.WriteFile(file, []byte(main), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command("nginx", "-e", "stderr", "-p", dir, "-c", file)
	})
	f.check(t)
	if res, _ := f.visit(t, "https://evil.test/rollcall/"); res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("under another name, which nginx hands on: %s", res.Status)
	}
}

func TestBehindCaddy(t *testing.T) {
	f := behind(t, "Caddyfile", func(f front, cert, key string) []string {
		_, plain, _ := net.SplitHostPort(f.plain)
		_, tls, _ := net.SplitHostPort(f.tls)
		return []string{
			hostName + " {", fmt.Sprintf("{\n\tadmin off\n\thttp_port %s\n\thttps_port %s\n\tdefault_bind 127.0.0.1\n}\n%s {\n\ttls %s %s", plain, tls, hostName, cert, key),
		}
	}, func(dir, config string) *exec.Cmd {
		cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", config)
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		cmd.Stderr = io.Discard
		return cmd
	})
	f.check(t)
	if res, _ := f.visit(t, "https://"+hostName+"/rollcall"); res.StatusCode/100 != 3 || res.Header.Get("Location") != "/rollcall/" {
		t.Errorf("/rollcall: %s to %s", res.Status, res.Header.Get("Location"))
	}
}
