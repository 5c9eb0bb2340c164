package web

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const hash = "0123456789abcdef"

func tree(files map[string]string) fstest.MapFS {
	t := fstest.MapFS{".gitkeep": {}, "version": {Data: []byte("v1\n")}}
	for name, content := range files {
		t[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return t
}

func text(t *testing.T, f *Form) string {
	t.Helper()
	content, err := io.ReadAll(f.Open())
	if err != nil || int64(len(content)) != f.Size() {
		t.Errorf("a form of %d bytes reads as %d: %v", f.Size(), len(content), err)
	}
	return string(content)
}

func TestReadGivesEveryFormUnderItsURLPath(t *testing.T) {
	f, err := Read(tree(map[string]string{
		"web/style." + hash + ".css.br":    "br of css",
		"web/style." + hash + ".css.gz":    "gz of css",
		"web/icon-192." + hash + ".png":    "png",
		"web/wasm_exec." + hash + ".js.gz": "gz of js",
		"app-worker.js.gz":                 "worker",
	}))
	if err != nil {
		t.Fatal(err)
	}
	css, ok := f.Get("/web/style." + hash + ".css")
	if !ok || text(t, css.Brotli) != "br of css" || text(t, css.Gzip) != "gz of css" || css.Raw != nil {
		t.Errorf("css: %+v, %v", css, ok)
	}
	if css.ETag != `"`+hash+`"` || !css.Immutable || css.Type != "text/css; charset=utf-8" {
		t.Errorf("css: %s %v %s", css.ETag, css.Immutable, css.Type)
	}
	png, ok := f.Get("/web/icon-192." + hash + ".png")
	if !ok || text(t, png.Raw) != "png" || png.Gzip != nil || png.Brotli != nil || png.Type != "image/png" {
		t.Errorf("png: %+v, %v", png, ok)
	}
	worker, ok := f.Get("/app-worker.js")
	if !ok || worker.Immutable || worker.Type != "text/javascript; charset=utf-8" {
		t.Errorf("worker: %+v, %v", worker, ok)
	}
	if f.Version() != "v1" {
		t.Errorf("version %q", f.Version())
	}
	for _, path := range []string{"/version", "/.gitkeep", "/web/style.css", "/web/style." + hash + ".css.br", "/"} {
		if a, ok := f.Get(path); ok {
			t.Errorf("%s is served: %+v", path, a)
		}
	}
}

func TestURLNamesTheContent(t *testing.T) {
	f, err := Read(tree(map[string]string{
		"web/style." + hash + ".css.gz": "",
		"web/icon-192." + hash + ".png": "",
		"manifest.webmanifest.gz":       "",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"style.css":            "/web/style." + hash + ".css",
		"icon-192.png":         "/web/icon-192." + hash + ".png",
		"manifest.webmanifest": "/manifest.webmanifest",
	} {
		if got := f.URL(name); got != want {
			t.Errorf("URL(%q) = %q, want %q", name, got, want)
		}
	}
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "missing.css") {
			t.Errorf("URL of a missing file: recovered %q", r)
		}
	}()
	f.URL("missing.css")
}

func TestETagOfAFixedPathFollowsTheContent(t *testing.T) {
	etag := func(content string) string {
		f, err := Read(tree(map[string]string{"app-worker.js.gz": content, "app-worker.js.br": "the same"}))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := f.Get("/app-worker.js")
		if len(a.ETag) != 18 || a.ETag[0] != '"' || a.ETag[17] != '"' {
			t.Errorf("ETag %s", a.ETag)
		}
		return a.ETag
	}
	one, again, two := etag("one"), etag("one"), etag("two")
	if one != again || one == two {
		t.Errorf("the ETags of one, one and two are %s, %s and %s", one, again, two)
	}
}

func TestReadRefusesWhatIsNoBuild(t *testing.T) {
	for name, c := range map[string]struct {
		tree fstest.MapFS
		want string
	}{
		"a fresh clone":       {fstest.MapFS{".gitkeep": {}}, ErrNotBuilt.Error()},
		"an unfinished build": {fstest.MapFS{"web/app." + hash + ".js": {}}, ErrNotBuilt.Error()},
		"two of one name": {tree(map[string]string{
			"web/app." + hash + ".js":          "",
			"web/app." + "fedcba9876543210.js": "",
		}), "two files for app.js"},
		"an unknown type":   {tree(map[string]string{"web/notes." + hash + ".txt": ""}), "unknown type"},
		"brotli on its own": {tree(map[string]string{"web/app." + hash + ".js.br": ""}), "no form"},
	} {
		_, err := Read(c.tree)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if c.want == ErrNotBuilt.Error() && !errors.Is(err, ErrNotBuilt) {
			t.Errorf("%s: %v is not ErrNotBuilt", name, err)
		}
	}
}

// The embedded tree is empty in a fresh clone and complete after make; both are fine.
func TestAssets(t *testing.T) {
	f, err := Read(Assets())
	if errors.Is(err, ErrNotBuilt) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app.wasm", "app.js", "wasm_exec.js", "start.js", "style.css", "manifest.webmanifest", "app-worker.js"} {
		if a, ok := f.Get(f.URL(name)); !ok || a.Gzip == nil || a.Brotli == nil {
			t.Errorf("%s is missing, or is not compressed", name)
		}
	}
}

func TestTemplatesArePages(t *testing.T) {
	pages, err := fs.Glob(Templates(), "*")
	if err != nil || !slices.Equal(pages, []string{"embed.html", "notfound.html", "page.html"}) {
		t.Errorf("%v, %v", pages, err)
	}
}
