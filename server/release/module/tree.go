package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// generated are the directories and files that a build leaves in a source tree, which a
// copy of it does not get.
var generated = []string{".git", ".cache", "bin", "wasm_exec.js", "bench/audit/node_modules"}

// renaming gives the module another path.
type renaming struct {
	to         string
	importPath *regexp.Regexp // a package of ours in any text, and what is before it: not a slash, as in a URL or a file
	inGoMod    *regexp.Regexp // the module itself
}

func newRenaming(from, to string) renaming {
	from = regexp.QuoteMeta(from)
	return renaming{
		to:         to,
		importPath: regexp.MustCompile(`(^|[^\w/.-])` + from + `/(app|bench|docs|server|shared|web)\b`),
		inGoMod:    regexp.MustCompile(`(?m)(^|\s)` + from + `(\s|$)`),
	}
}

// moduleTree copies the source tree from a directory to another, which must be empty or
// not be there, as a module with the given path.
func moduleTree(from, to, path string) error {
	if err := module.CheckPath(path); err != nil {
		return err
	}
	if present, _ := os.ReadDir(to); len(present) > 0 {
		return fmt.Errorf("%s is not empty", to)
	}
	destination, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	now, err := modulePath(from)
	if err != nil {
		return err
	}
	r := newRenaming(now, path)
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		here, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		file := filepath.ToSlash(rel)
		built := strings.HasPrefix(file, "web/dist/") && file != "web/dist/.gitkeep"
		switch left := built || slices.Contains(generated, file) || here == destination; {
		case left && entry.IsDir():
			return filepath.SkipDir
		case left || entry.IsDir():
			return nil
		}
		return r.copy(name, filepath.Join(to, rel))
	})
}

// copy copies a file, and renames the module if it is a text.
func (r renaming) copy(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !bytes.ContainsRune(content, 0) { // a text
		if content, err = r.text(filepath.Base(from), content); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, info.Mode().Perm()))
}

// text returns the text of a file with the module renamed.
func (r renaming) text(name string, text []byte) ([]byte, error) {
	after := r.importPath.ReplaceAll(text, []byte("${1}"+r.to+"/${2}"))
	switch {
	case name == "go.mod":
		return r.inGoMod.ReplaceAll(after, []byte("${1}"+r.to+"${2}")), nil
	case strings.HasSuffix(name, ".go") && !bytes.Equal(after, text):
		return format.Source(after) // imports are sorted by path
	}
	return after, nil
}

// modulePath returns the path of the module in a directory.
func modulePath(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return modfile.ModulePath(text), err
}
