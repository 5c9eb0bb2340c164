package site

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

var discard = slog.New(slog.DiscardHandler)

const hash = "0123456789abcdef"

// build is a build of the browser's program in miniature, in the three ways a
// file can be kept: with and without brotli, and as it is.
func build() fstest.MapFS {
	tree := fstest.MapFS{"version": {Data: []byte("v1")}}
	for _, name := range []string{
		"web/app." + hash + ".wasm", "web/app." + hash + ".js", "web/wasm_exec." + hash + ".js", "web/start." + hash + ".js", "web/rehearse." + hash + ".js",
		"web/style." + hash + ".css", "manifest.webmanifest",
	} {
		tree[name+".gz"] = &fstest.MapFile{Data: zip(plain(name))}
		tree[name+".br"] = &fstest.MapFile{Data: []byte("brotli of " + name)}
	}
	tree["app-worker.js.gz"] = &fstest.MapFile{Data: zip(plain("app-worker.js"))}
	for _, name := range []string{"web/icon." + hash + ".svg", "web/apple-touch-icon." + hash + ".png", "favicon.ico"} {
		tree[name] = &fstest.MapFile{Data: []byte(plain(name))}
	}
	return tree
}

// plain is the content of a file of build.
func plain(name string) string { return strings.Repeat("the content of "+name+"\n", 100) }

func zip(content string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	return b.Bytes()
}

// rig is a site on a network.
type rig struct {
	t    testing.TB
	hub  *hub.Hub
	site *Site
	dial func() (net.Conn, error)
	url  string // where there is one
}

func newRig(t *testing.T, c hub.Config, origins ...string) *rig {
	t.Helper()
	return newRigOf(t, Config{Hub: hub.New(c), AllowOrigin: origins})
}

func newRigOf(t *testing.T, c Config) *rig {
	t.Helper()
	c.Build, c.Log = build(), discard
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, hub: c.Hub, site: s}
}

// start serves a site on a socket of its own until the test ends.
func start(t *testing.T, c hub.Config, origins ...string) *rig {
	t.Helper()
	return startOf(t, Config{Hub: hub.New(c), AllowOrigin: origins})
}

func startOf(t *testing.T, c Config) *rig {
	t.Helper()
	r := newRigOf(t, c)
	srv := httptest.NewServer(r.site)
	t.Cleanup(func() {
		srv.Close()
		r.hub.Close()
		r.site.Wait()
	})
	r.url = srv.URL
	r.dial = dialer(srv)
	return r
}

// within bounds what a test waits for on a socket.
const within = 20 * time.Second

func dialer(srv *httptest.Server) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		c, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err == nil {
			err = c.SetDeadline(time.Now().Add(within))
		}
		return c, err
	}
}

// startPiped is start for a test inside a synctest bubble: the network is
// pipes in memory. The result stops the site.
func startPiped(t *testing.T, c hub.Config) (r *rig, stop func()) {
	t.Helper()
	return startPipedOf(t, Config{Hub: hub.New(c)})
}

func startPipedOf(t *testing.T, c Config) (r *rig, stop func()) {
	t.Helper()
	r = newRigOf(t, c)
	dial, closeServer := servePiped(r.site)
	r.dial = dial
	return r, func() {
		closeServer()
		r.hub.Close()
		r.site.Wait()
	}
}

// servePiped serves h on pipes.
func servePiped(h http.Handler) (dial func() (net.Conn, error), stop func()) {
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: h}
	var serving sync.WaitGroup
	serving.Go(func() { _ = srv.Serve(l) })
	return l.dial, func() {
		_ = srv.Close()
		serving.Wait()
	}
}

// pipeListener is a network of pipes in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial() (net.Conn, error) {
	near, far := net.Pipe()
	l.conns <- far
	return near, near.SetDeadline(time.Now().Add(3 * time.Hour)) // of the bubble's time; no test waits as long
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// get asks the handler for an address, as it stands on the wire.
func (r *rig) get(method, target string, header ...string) *http.Response {
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.site.ServeHTTP(w, req)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// eventually waits until ok, for what only the scheduler or the kernel delays.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// resident is a hub.Peer that takes everything.
type resident struct{}

func (resident) Write([][]byte) error               { return nil }
func (resident) Close(_ shared.CloseCode, _ string) {}
