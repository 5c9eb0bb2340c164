package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// versionFile tells package web that a tree is complete: it is removed before the tree changes
// and written last.
const versionFile = "version"

// writeTree makes dir contain exactly the given files, of which one is versionFile, besides an
// existing .gitkeep. If it is interrupted, the tree has no versionFile.
func writeTree(dir string, files map[string][]byte) error {
	stale, err := staleFiles(dir, files)
	if err != nil {
		return err
	}
	if len(stale) == 0 && allSame(dir, files) {
		return nil
	}
	version := filepath.Join(dir, versionFile)
	if err := os.Remove(version); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range stale {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for name, content := range files {
		if name == versionFile {
			continue
		}
		if err := writeIfChanged(filepath.Join(dir, name), content); err != nil {
			return err
		}
	}
	return writeIfChanged(version, files[versionFile])
}

// staleFiles returns the paths in dir of files that are not among those given.
func staleFiles(dir string, files map[string][]byte) ([]string, error) {
	var stale []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if _, wanted := files[filepath.ToSlash(name)]; !wanted && name != ".gitkeep" {
			stale = append(stale, path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the first build into dir
	}
	return stale, err
}

func allSame(dir string, files map[string][]byte) bool {
	for name, content := range files {
		if !same(filepath.Join(dir, name), content) {
			return false
		}
	}
	return true
}

// same reports whether a file holds content.
func same(name string, content []byte) bool {
	info, err := os.Stat(name)
	if err != nil || info.Size() != int64(len(content)) {
		return false
	}
	now, err := os.ReadFile(name)
	return err == nil && bytes.Equal(now, content)
}

// writeIfChanged leaves a file alone that has the content already, so that its date
// tells when it changed. A reader sees the old content or the new, never a part.
func writeIfChanged(name string, content []byte) error {
	if same(name, content) {
		return nil
	}
	for _, dir := range []string{filepath.Dir(name), cacheDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	// Not beside the file: web/dist is embedded whole.
	tmp, err := os.CreateTemp(cacheDir, "*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
