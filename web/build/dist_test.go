package main

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestWriteTreeLeavesNothingStale(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{".gitkeep", "version", "web/old.js.br", "old.js"} {
		if err := writeIfChanged(filepath.Join("dist", name), []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string][]byte{"version": []byte("2"), "web/new.js.br": []byte("new"), "favicon.ico": []byte("icon")}
	if err := writeTree("dist", files); err != nil {
		t.Fatal(err)
	}
	want := append(slices.Collect(maps.Keys(files)), ".gitkeep")
	slices.Sort(want)
	if got := tree(t, "dist"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for name, content := range files {
		if !same(filepath.Join("dist", name), content) {
			t.Errorf("%s is not what was written", name)
		}
	}
}

func TestWriteTreeLeavesAnUnchangedTreeAlone(t *testing.T) {
	t.Chdir(t.TempDir())
	files := map[string][]byte{"version": []byte("1"), "a.js": []byte("a")}
	if err := writeTree("dist", files); err != nil {
		t.Fatal(err)
	}
	longAgo := time.Unix(1e9, 0)
	for name := range files {
		if err := os.Chtimes(filepath.Join("dist", name), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeTree("dist", files); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if info, err := os.Stat(filepath.Join("dist", name)); err != nil || !info.ModTime().Equal(longAgo) {
			t.Errorf("%s was written again: %v", name, err)
		}
	}
}

// A build that stops halfway must not pass for one.
func TestWriteTreeStoppedHalfwayHasNoVersion(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := writeTree("dist", map[string][]byte{"version": []byte("1"), "a.js": []byte("a")}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("dist/b.js/in-the-way", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeTree("dist", map[string][]byte{"version": []byte("2"), "b.js": []byte("b")}); err == nil {
		t.Fatal("a file was written in the place of a directory")
	}
	if _, err := os.Stat("dist/version"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a version: %v", err)
	}
}
