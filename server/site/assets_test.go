package site

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"rollcall/server/hub"
)

const (
	wasmPath = "/web/app." + hash + ".wasm"
	iconPath = "/web/icon." + hash + ".svg"
)

func TestAFileInEachOfItsForms(t *testing.T) {
	r := newRig(t, hub.Config{})
	for _, c := range []struct{ path, accept, coding, body, etag string }{
		{wasmPath, "br, gzip", "br", "brotli of web/app." + hash + ".wasm", `"` + hash + `-br"`},
		{wasmPath, "gzip", "gzip", string(zip(plain("web/app." + hash + ".wasm"))), `"` + hash + `-gzip"`},
		{wasmPath, "identity", "", plain("web/app." + hash + ".wasm"), `"` + hash + `"`},
		{wasmPath, "", "", plain("web/app." + hash + ".wasm"), `"` + hash + `"`},
		{iconPath, "br, gzip", "", plain("web/icon." + hash + ".svg"), `"` + hash + `"`},
		{"/app-worker.js", "br", "", plain("app-worker.js"), ""},
		{"/app-worker.js", "br, gzip", "gzip", string(zip(plain("app-worker.js"))), ""},
		{"/manifest.webmanifest", "br", "br", "brotli of manifest.webmanifest", ""},
		{"/favicon.ico", "br", "", plain("favicon.ico"), ""},
	} {
		name := c.path + " as " + c.accept
		res := r.get("GET", c.path, "Accept-Encoding", c.accept)
		if got := body(t, res); res.StatusCode != http.StatusOK || got != c.body {
			t.Errorf("%s: %s, %q", name, res.Status, got)
		}
		h := res.Header
		if h.Get("Content-Encoding") != c.coding || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: encoding %q, Vary %q", name, h.Get("Content-Encoding"), h.Get("Vary"))
		}
		if got := h.Get("Content-Length"); got != strconv.Itoa(len(c.body)) {
			t.Errorf("%s: Content-Length %s of %d", name, got, len(c.body))
		}
		if got := h.Get("ETag"); c.etag != "" && got != c.etag || len(got) < 18 {
			t.Errorf("%s: ETag %s, want %s", name, got, c.etag)
		}
		head := r.get("HEAD", c.path, "Accept-Encoding", c.accept)
		if got := body(t, head); got != "" || head.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: %s, %q", name, head.Status, got)
		}
		for _, field := range []string{"Content-Length", "Content-Encoding", "Content-Type", "ETag", "Cache-Control"} {
			if got, want := head.Header.Get(field), h.Get(field); got != want {
				t.Errorf("HEAD %s: %s is %q, with GET %q", name, field, got, want)
			}
		}
	}
}

func TestHowLongAFileKeeps(t *testing.T) {
	r := newRig(t, hub.Config{})
	for path, want := range map[string][2]string{
		wasmPath:                {"public, max-age=31536000, immutable", "application/wasm"},
		iconPath:                {"public, max-age=31536000, immutable", "image/svg+xml"},
		"/app-worker.js":        {"no-cache", "text/javascript; charset=utf-8"},
		"/manifest.webmanifest": {"no-cache", "application/manifest+json"},
		"/favicon.ico":          {"no-cache", "image/x-icon"},
		"/shell":                {"no-cache", "text/html; charset=utf-8"},
	} {
		h := r.get("GET", path).Header
		if got := [2]string{h.Get("Cache-Control"), h.Get("Content-Type")}; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// A client that has one form of a file and asks for another gets that one.
func TestNotModified(t *testing.T) {
	r := newRig(t, hub.Config{})
	br, gz, raw := `"`+hash+`-br"`, `"`+hash+`-gzip"`, `"`+hash+`"`
	for _, c := range []struct {
		have, accept string
		want         int
	}{
		{br, "br", http.StatusNotModified},
		{gz, "gzip", http.StatusNotModified},
		{raw, "identity", http.StatusNotModified},
		{"W/" + br, "br", http.StatusNotModified},
		{`"other", ` + br, "br", http.StatusNotModified},
		{"*", "br", http.StatusNotModified},
		{gz, "br", http.StatusOK},
		{raw, "br", http.StatusOK},
		{br, "identity", http.StatusOK},
		{`"other"`, "br", http.StatusOK},
		{strings.Trim(br, `"`), "br", http.StatusOK},
	} {
		res := r.get("GET", wasmPath, "Accept-Encoding", c.accept, "If-None-Match", c.have)
		if res.StatusCode != c.want {
			t.Errorf("has %s, accepts %s: %s", c.have, c.accept, res.Status)
		}
		if c.want == http.StatusNotModified && (body(t, res) != "" || res.Header.Get("ETag") == "" ||
			res.Header.Get("Vary") == "" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable")) {
			t.Errorf("has %s, accepts %s: %v", c.have, c.accept, res.Header)
		}
	}
}

func TestNoFormIsAcceptable(t *testing.T) {
	r := newRig(t, hub.Config{})
	res := r.get("GET", iconPath, "Accept-Encoding", "br, identity;q=0")
	if res.StatusCode != http.StatusNotAcceptable || res.Header.Get("Content-Encoding") != "" {
		t.Errorf("%s, %v", res.Status, res.Header)
	}
}

// The uncompressed form of a large file is rarely requested. If it is requested often,
// the file must still be unpacked only once.
func TestAFileIsUnpackedOnce(t *testing.T) {
	r := newRig(t, hub.Config{})
	a, _ := r.site.files.Get(wasmPath)
	one, err := r.site.form(a, identity)
	if err != nil {
		t.Fatal(err)
	}
	two, err := r.site.form(a, identity)
	if err != nil || one != two {
		t.Errorf("unpacked again, %v", err)
	}
}

func TestABuildThatIsBroken(t *testing.T) {
	tree := build()
	tree["web/app."+hash+".wasm.gz"].Data = []byte("no gzip")
	s, err := New(Config{Hub: hub.New(hub.Config{}), Build: tree, Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{site: s}
	if res := r.get("GET", wasmPath); res.StatusCode != http.StatusInternalServerError || res.Header.Get("ETag") != "" {
		t.Errorf("%s, %v", res.Status, res.Header)
	}
	delete(tree, "web/style."+hash+".css.gz")
	delete(tree, "web/style."+hash+".css.br")
	if _, err := New(Config{Hub: hub.New(hub.Config{}), Build: tree, Log: discard}); err == nil || !strings.Contains(err.Error(), "style.css") {
		t.Errorf("a page without its style: %v", err)
	}
}
