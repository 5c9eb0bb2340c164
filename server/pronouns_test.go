package server

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fieldFiles bounds how many files a field of a member touches, beside tests and words.
const fieldFiles = 8

// fieldSources are the parts of the module that a field of a member concerns.
var fieldSources = []string{"go.mod", "go.sum", "app", "docs/openapi.json", "server", "shared", "web"}

// The example of docs/CONTRIBUTING.md, a new field of a member, is a patch. It applies to
// this tree, touches a few files, all of which are named there, and builds for both targets;
// and its tests see the field travel from a client to the others.
//
// If the patch does not apply any more, write the change again and save it with
// git diff -U2 > server/testdata/pronouns.patch.
func TestAFieldOfAMember(t *testing.T) {
	patch, err := os.ReadFile("testdata/pronouns.patch")
	if err != nil {
		t.Fatal(err)
	}
	patch = bytes.ReplaceAll(patch, []byte(`"rollcall/`), []byte(`"`+module+`/`))
	files := filesOf(string(patch))
	if len(files) == 0 || len(files) > fieldFiles {
		t.Errorf("it touches %d files: %s", len(files), files)
	}
	guide, err := os.ReadFile("../docs/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !bytes.Contains(guide, []byte("`"+file+"`")) {
			t.Errorf("docs/CONTRIBUTING.md does not name %s", file)
		}
	}
	tree := t.TempDir()
	for _, source := range fieldSources {
		if err := copySources(filepath.Join("..", source), filepath.Join(tree, source)); err != nil {
			t.Fatal(err)
		}
	}
	native, browser := []string{"CGO_ENABLED=0"}, []string{"GOOS=js", "GOARCH=wasm"}
	for _, step := range []struct {
		env     []string
		command string
	}{
		{nil, "git apply -C1 -"}, // -C1: what is around a change may have changed
		{native, "go vet ./shared/... ./server/hub ./server/site ./server/cmd/rollcall"},
		{browser, "go vet ./app ./app/ui ./shared/..."},
		{native, "go test ./shared ./shared/i18n ./shared/client ./server/hub -run User|Golden|Codes?|Plain|Pronouns|Words|Languages"},
	} {
		args := strings.Fields(step.command)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Stdin = tree, bytes.NewReader(patch)
		// Without paths in what is built, the next run finds it in Go's cache. The
		// ceiling has git take the tree for one of its own, wherever it is.
		cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "GOWORK=off", "GIT_CEILING_DIRECTORIES="+filepath.Dir(tree))
		cmd.Env = append(cmd.Env, step.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step.command, err, out)
		}
	}
}

// filesOf returns the Go files that a patch touches, beside tests and words.
func filesOf(patch string) (files []string) {
	for line := range strings.Lines(patch) {
		file, ok := strings.CutPrefix(strings.TrimSpace(line), "+++ b/")
		if ok && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "shared/i18n/") {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// copySources copies a file or a directory, without what a build leaves in web/dist.
func copySources(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		if entry.IsDir() {
			return os.MkdirAll(at, 0o755)
		}
		if filepath.Base(filepath.Dir(name)) == "dist" && entry.Name() != ".gitkeep" {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(at, content, 0o644)
	})
}
