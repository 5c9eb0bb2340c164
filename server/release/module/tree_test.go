package main

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// otherPath is what these tests publish the module as.
const otherPath = "example.test/you/roll.call"

func TestRenamed(t *testing.T) {
	const ours, theirs = "rollcall", otherPath // a text in which both stand is not renamed itself
	for _, c := range []struct{ name, text, want string }{
		{"a.go", "package a\n\nimport \"OURS/shared\"\n", "package a\n\nimport \"THEIRS/shared\"\n"},
		{"a.go", "package a\n\nimport (\n\t\"OURS/web\"\n\n\t\"z.test/z\"\n)\n", "package a\n\nimport (\n\t\"THEIRS/web\"\n\n\t\"z.test/z\"\n)\n"},
		{"a.go", "package a\n\nvar base = \"/OURS/web/\" // bin/OURS/app, OURS/websites, OURS.test/web\n", ""},
		{"go.mod", "module OURS\n\ngo 1.26.0\n", "module THEIRS\n\ngo 1.26.0\n"},
		{"go.mod", "module OURS/bench\n\nrequire (\n\tOURS v0.0.0\n)\n\nreplace OURS => ../\n", "module THEIRS/bench\n\nrequire (\n\tTHEIRS v0.0.0\n)\n\nreplace THEIRS => ../\n"},
		{"a.md", "`OURS/server` is one; `server/cmd/OURS/` and OURS are not", "`THEIRS/server` is one; `server/cmd/OURS/` and OURS are not"},
	} {
		fill := strings.NewReplacer("OURS", ours, "THEIRS", theirs).Replace
		if c.want == "" {
			c.want = c.text
		}
		got, err := newRenaming(ours, theirs).text(c.name, []byte(fill(c.text)))
		if err != nil || string(got) != fill(c.want) {
			t.Errorf("%s: %q, %v", fill(c.text), got, err)
		}
	}
}

// The tree as another module: every import of every package leads somewhere, and the go
// command takes it from a directory as from a proxy, with the page in it.
func TestTheModuleUnderAnotherPath(t *testing.T) {
	tree, out := filepath.Join(t.TempDir(), "tree"), t.TempDir()
	if err := moduleTree("../../..", tree, otherPath); err != nil {
		t.Fatal(err)
	}
	if err := moduleTree("../../..", tree, otherPath); err == nil {
		t.Error("it is written over")
	}
	dist := filepath.Join(tree, "web/dist")
	if err := os.WriteFile(filepath.Join(dist, "version"), []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	list := exec.Command("go", "list", "-test", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...")
	list.Dir = tree
	packages, err := list.CombinedOutput()
	now, _ := modulePath("../../..")
	if err != nil || strings.Contains(string(packages), "\n"+now+"/") || !strings.Contains(string(packages), "\n"+otherPath+"/server/cmd/rollcall\n") {
		t.Fatalf("%v, of packages\n%s", err, packages)
	}
	if err := proxy(out, tree, "v0.1.0", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(filepath.Join(out, otherPath, "@v", "v0.1.0.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		names = append(names, strings.TrimPrefix(f.Name, otherPath+"@v0.1.0/"))
	}
	for name, want := range map[string]bool{"go.mod": true, "LICENSE": true, "web/dist/version": true, "server/server.go": true, "bench/go.mod": false, "web/build/tools/go.mod": false, "wasm_exec.js": false} {
		if slices.Contains(names, name) != want {
			t.Errorf("%s is in the zip: %v", name, !want)
		}
	}
	download := exec.Command("go", "mod", "download", otherPath+"@latest")
	download.Dir = t.TempDir()
	download.Env = append(os.Environ(), "GOFLAGS=-modcacherw", "GOMODCACHE="+t.TempDir(), "GOPROXY=file://"+out, "GOSUMDB=off")
	if said, err := download.CombinedOutput(); err != nil {
		t.Errorf("the go command does not take it: %v, %s", err, said)
	}
}
