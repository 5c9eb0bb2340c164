package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"rollcall/web"
)

// What is built must be what package web reads: the two share no code but the tree.
func TestBuildIsReadBack(t *testing.T) {
	s := assembled(t, sources(t), bytes.Repeat(program, 1000))
	t.Chdir(t.TempDir())
	files, err := compress(s, fast, cacheDir)
	if err != nil {
		t.Fatal(err)
	}
	files["version"] = []byte(s.version + "\n")
	if err := writeTree(distDir, files); err != nil {
		t.Fatal(err)
	}
	built, err := web.Read(os.DirFS(distDir))
	if err != nil {
		t.Fatal(err)
	}
	if built.Version() != s.version {
		t.Errorf("version %q, want %q", built.Version(), s.version)
	}
	for name, url := range s.urls {
		if built.URL(name) != url {
			t.Errorf("%s is at %s, want %s", name, built.URL(name), url)
		}
		a, ok := built.Get(url)
		if !ok {
			t.Errorf("nothing at %s", url)
			continue
		}
		if a.Immutable != strings.HasPrefix(url, "/web/") {
			t.Errorf("%s: immutable is %v", url, a.Immutable)
		}
		want := s.files[url[1:]]
		for form, got := range map[string][]byte{"raw": content(t, a.Raw), "gzip": gunzip(t, content(t, a.Gzip)), "brotli": unbrotli(t, content(t, a.Brotli))} {
			if got != nil && !bytes.Equal(got, want) {
				t.Errorf("the %s form of %s is not its content", form, url)
			}
		}
		if plain := strings.HasSuffix(url, ".png") || strings.HasSuffix(url, ".ico"); plain != (a.Raw != nil) || plain == (a.Brotli != nil) {
			t.Errorf("%s has the wrong forms", url)
		}
	}
}

// content of a form, nil if there is none.
func content(t *testing.T, f *web.Form) []byte {
	t.Helper()
	if f == nil {
		return nil
	}
	return readAll(t, f.Open())
}

func gunzip(t *testing.T, form []byte) []byte {
	t.Helper()
	if form == nil {
		return nil
	}
	r, err := gzip.NewReader(bytes.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r)
}

func unbrotli(t *testing.T, form []byte) []byte {
	t.Helper()
	if form == nil {
		return nil
	}
	return readAll(t, brotli.NewReader(bytes.NewReader(form)))
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestCompressOncePerContent(t *testing.T) {
	t.Chdir(t.TempDir())
	c := fast.coders()[0]
	first, err := c.cached("app.wasm", []byte("one"), cacheDir)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(cacheDir + "/app.wasm*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	saved, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	// A mark in what was kept shows whether it is used.
	if err := os.WriteFile(kept[0], append(saved, '!'), 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := c.cached("app.wasm", []byte("one"), cacheDir)
	if err != nil || string(again) != string(first)+"!" {
		t.Errorf("compressed the same content twice: %v", err)
	}
	other, err := c.cached("app.wasm", []byte("two"), cacheDir)
	if err != nil || string(unbrotli(t, other)) != "two" {
		t.Errorf("other content gave %q, %v", other, err)
	}
	if kept, err = filepath.Glob(cacheDir + "/*"); err != nil || len(kept) != 1 {
		t.Errorf("the cache grows: %v, %v", kept, err)
	}
}

func TestKeyNamesTheWholeInput(t *testing.T) {
	key := func(l levels, form int, content string) string {
		k := l.coders()[form].key([]byte(content))
		return string(k[:])
	}
	keys := map[string]bool{
		key(best, 0, "a"): true, key(best, 0, "b"): true,
		key(best, 1, "a"): true, key(fast, 0, "a"): true, key(fast, 1, "a"): true,
	}
	if len(keys) != 5 {
		t.Errorf("5 inputs have %d keys", len(keys))
	}
}
