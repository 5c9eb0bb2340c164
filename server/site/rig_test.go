package site

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
)

var discard = slog.New(slog.DiscardHandler)

const hash = "0123456789abcdef"

// build is a build of the browser's program in miniature, in the three ways a
// file can be kept: with and without brotli, and as it is.
func build() fstest.MapFS {
	tree := fstest.MapFS{"version": {Data: []byte("v1")}}
	for _, name := range []string{
		"web/app." + hash + ".wasm", "web/app." + hash + ".js", "web/wasm_exec." + hash + ".js", "web/start." + hash + ".js",
		"web/style." + hash + ".css", "manifest.webmanifest", "embed/rollcall.js",
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
	*wiretest.Server // nil where there is none
	hub              *hub.Hub
	site             *Site
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
	return &rig{hub: c.Hub, site: s}
}

// start serves a site on a socket of its own until the test ends.
func start(t *testing.T, c hub.Config, origins ...string) *rig {
	t.Helper()
	return startOf(t, Config{Hub: hub.New(c), AllowOrigin: origins})
}

func startOf(t *testing.T, c Config) *rig {
	t.Helper()
	r := newRigOf(t, c)
	t.Cleanup(func() {
		r.hub.Close()
		r.site.Wait()
	})
	r.Server = wiretest.Start(t, r.site)
	return r
}

// startPiped is start for a test in a bubble of testing/synctest; see wiretest.StartPiped.
func startPiped(t *testing.T, c Config) (r *rig, stop func()) {
	t.Helper()
	r = newRigOf(t, c)
	s, closeServer := wiretest.StartPiped(t, r.site)
	r.Server = s
	return r, func() {
		closeServer()
		r.hub.Close()
		r.site.Wait()
	}
}

// getAt asks for an address of a host.
func (r *rig) getAt(host, target string) *http.Response {
	req := httptest.NewRequest("GET", target, nil)
	req.Host = host
	w := httptest.NewRecorder()
	r.site.ServeHTTP(w, req)
	return w.Result()
}

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
