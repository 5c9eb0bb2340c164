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

// front stands before a server as a proxy does, and can make its worker another
// version's, as after a new release.
type front struct {
	*server  // for tabs; it is the one behind that starts and stops
	newer    atomic.Bool
	bytes    atomic.Int64 // of the bodies that went through, as they were sent
	programs atomic.Int64 // how often the program did
}

func behindFront(t *testing.T, s *server) *front {
	t.Helper()
	f := &front{}
	to := &url.URL{Scheme: "http", Host: s.host}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			if r.In.URL.Path == workerPath {
				r.Out.Header.Set("Accept-Encoding", "identity")
				r.Out.Header.Del("If-None-Match") // the server knows nothing of the newer one
			}
		},
		ModifyResponse: f.rewrite,
	}
	listener := httptest.NewServer(proxy)
	t.Cleanup(listener.Close)
	f.server = &server{t: t, at: listener.URL}
	return f
}

const workerPath = "/app-worker.js"

// release has the worker be another version's from now on.
func (f *front) release() { f.newer.Store(true) }

// takeBack has it be the server's own again.
func (f *front) takeBack() { f.newer.Store(false) }

var versionInWorker = regexp.MustCompile(`(const version = "[^"]*)"`)

func (f *front) rewrite(r *http.Response) error {
	if r.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	r.Body = counted{r.Body, &f.bytes}
	if strings.HasSuffix(r.Request.URL.Path, ".wasm") {
		f.programs.Add(1)
	}
	if r.Request.URL.Path != workerPath || !f.newer.Load() {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close()
	body = versionInWorker.ReplaceAll(body, []byte(`$1-newer"`))
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Del("Content-Length")
	r.Header.Del("ETag")
	return nil
}

// counted is a body that counts what is read of it.
type counted struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}
