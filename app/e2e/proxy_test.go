//go:build !js

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// proxy is a proxy in front of a server, which can turn the worker into that of another
// version, like a new release.
type proxy struct {
	*server   // the address for tabs; the server behind it starts and stops
	updated   atomic.Bool
	unlimited atomic.Bool
	bytes     atomic.Int64      // of the bodies, as they were sent
	programs  atomic.Int64      // requests for the program
	rest      chan struct{}     // closed when the second half of the program may pass; nil if it may at once
	hold      func(path string) // returns when the answer to a request may pass; nil if it may at once
}

func behindProxy(t *testing.T, s *server) *proxy {
	t.Helper()
	f := &proxy{}
	to := &url.URL{Scheme: "http", Host: s.host}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			if isRewritten(r.In.URL.Path) {
				r.Out.Header.Set("Accept-Encoding", "identity")
				r.Out.Header.Del("If-None-Match") // the server does not know the newer version
			}
		},
		ModifyResponse: f.rewrite,
		FlushInterval:  -1,
	}
	listener := httptest.NewServer(proxy)
	t.Cleanup(listener.Close)
	f.server = &server{t: t, at: listener.URL}
	return f
}

const workerPath = "/app-worker.js"

// isRewritten reports whether a path is that of a script that the proxy may change.
func isRewritten(path string) bool {
	return path == workerPath || strings.HasPrefix(path, "/web/start.")
}

// publishUpdate makes the worker that of another version.
func (f *proxy) publishUpdate() { f.updated.Store(true) }

// withdrawUpdate makes it the server's own again.
func (f *proxy) withdrawUpdate() { f.updated.Store(false) }

var versionInWorker = regexp.MustCompile(`(const version = "[^"]*)"`)

// raiseLimits raises the limits of the page's scripts to an hour: how long the worker
// waits for the server before it opens a page from its cache, and how long the program
// may be rehearsed. On a busy machine they would be over although nothing is wrong.
func (f *proxy) raiseLimits() { f.unlimited.Store(true) }

var limitInScript = regexp.MustCompile(`(const (?:patience|longest)) = \d+`)

func (f *proxy) rewrite(r *http.Response) error {
	if r.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	if f.hold != nil {
		f.hold(r.Request.URL.Path)
	}
	r.Body = countingBody{r.Body, &f.bytes}
	if strings.HasSuffix(r.Request.URL.Path, ".wasm") {
		f.programs.Add(1)
		if f.rest != nil {
			r.Body = &heldBody{ReadCloser: r.Body, left: int(r.ContentLength / 2), rest: f.rest}
		}
	}
	newer, slow := f.updated.Load() && r.Request.URL.Path == workerPath, f.unlimited.Load()
	if !isRewritten(r.Request.URL.Path) || !newer && !slow {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close()
	if newer {
		body = versionInWorker.ReplaceAll(body, []byte(`$1-newer"`))
	}
	if slow {
		body = limitInScript.ReplaceAll(body, []byte(`$1 = 3600000`))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Del("Content-Length")
	r.Header.Del("ETag")
	return nil
}

// countingBody counts what is read from a body.
type countingBody struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (c countingBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// heldBody is a body of which some bytes pass at once, and the rest when that channel is closed.
type heldBody struct {
	io.ReadCloser
	left int
	rest <-chan struct{}
}

func (h *heldBody) Read(p []byte) (int, error) {
	if h.left == 0 {
		<-h.rest
		return h.ReadCloser.Read(p)
	}
	n, err := h.ReadCloser.Read(p[:min(len(p), h.left)])
	h.left -= n
	return n, err
}
