package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// publish leaves a version of the last commit, as a module with the given path and with
// its page built, in a directory that the go command takes for a module proxy.
func publish(out, path, version string) (err error) {
	if err := module.Check(path, version); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "rollcall-module-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	commit, tree := filepath.Join(work, "commit"), filepath.Join(work, "module")
	if err := run(".", nil, "git", "clone", "-q", ".", commit); err != nil {
		return err
	}
	if err := moduleTree(commit, tree, path); err != nil {
		return err
	}
	if err := buildPage(tree); err != nil {
		return err
	}
	committed, err := exec.Command("git", "log", "-1", "--format=%cI").Output()
	if err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	when, err := time.Parse(time.RFC3339, strings.TrimSpace(string(committed)))
	if err != nil {
		return err
	}
	return proxy(out, tree, version, when)
}

// buildPage builds the page in a tree, and takes away what else a build leaves there.
func buildPage(tree string) error {
	if err := run(tree, nil, "go", "run", "./web/build"); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(filepath.Join(tree, ".cache")), os.RemoveAll(filepath.Join(tree, "wasm_exec.js")))
}

// proxy writes a version of the module in a tree to out, in the layout of a module proxy
// (golang.org/ref/mod#goproxy-protocol). Everything in the tree is in its zip, except
// the modules that are nested in it.
func proxy(out, tree, version string, when time.Time) (err error) {
	path, err := modulePath(tree)
	if err != nil {
		return err
	}
	escaped, err := module.EscapePath(path)
	if err != nil {
		return err
	}
	dir := filepath.Join(out, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{version, when.UTC()})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"list": []byte(version + "\n"), version + ".info": info, version + ".mod": mod} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	packed, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, packed.Close()) }()
	if err := zip.CreateFromDir(packed, module.Version{Path: path, Version: version}, tree); err != nil {
		return fmt.Errorf("%s: %w", packed.Name(), err)
	}
	return nil
}
