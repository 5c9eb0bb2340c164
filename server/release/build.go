package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// release builds the last commit twice, and writes the files of the release to out.
func release(out string) (err error) {
	commit, err := output("git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "rollcall-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	tree := filepath.Join(work, "first")
	first, err := buildAt(tree, commit)
	if err != nil {
		return err
	}
	// In a directory of another length, and with an empty cache.
	second, err := buildAt(filepath.Join(work, "the second one"), commit, "GOCACHE="+filepath.Join(work, "cache"))
	if err != nil {
		return err
	}
	if err := same(first, second); err != nil {
		return err
	}
	fmt.Println("built twice, the same both times:")
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := os.Chdir(tree); err != nil { // the lists of modules and licences are those of that commit, too
		return err
	}
	return leave(out, first)
}

// artefact is a binary of the release.
type artefact struct {
	program program
	file    string
	content []byte
}

func (a artefact) name() string {
	name := "rollcall-" + a.program.name
	if a.program.goos == "windows" {
		name += ".exe"
	}
	return name
}

// buildAt clones the commit into a new directory and builds it there.
func buildAt(dir, commit string, env ...string) (made []artefact, err error) {
	if err := in(".", nil, "git", "clone", "-q", "--no-checkout", ".", dir); err != nil {
		return nil, err
	}
	if err := in(dir, nil, "git", "checkout", "-q", "--detach", commit); err != nil {
		return nil, err
	}
	if err := in(dir, env, "go", "run", "./web/build"); err != nil {
		return nil, err
	}
	for _, p := range servers {
		a := artefact{program: p}
		a.file = filepath.Join(dir, "bin", a.name())
		err := in(dir, slices.Concat(p.environ(), env), "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", a.file, p.path)
		if err != nil {
			return nil, err
		}
		if a.content, err = os.ReadFile(a.file); err != nil {
			return nil, err
		}
		made = append(made, a)
	}
	return made, nil
}

// same returns an error unless two builds made identical files.
func same(first, second []artefact) error {
	if len(first) != len(second) {
		return fmt.Errorf("built twice: %d and %d files", len(first), len(second))
	}
	for i, a := range first {
		if b := second[i]; !bytes.Equal(a.content, b.content) {
			return fmt.Errorf("built twice, %s is not the same: %s and %s", a.name(), sum(a.content), sum(b.content))
		}
	}
	return nil
}

// leave writes the binaries, their bills of materials, the licences and the checksums to out.
func leave(out string, made []artefact) error {
	if err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil {
		return err
	}
	var sums strings.Builder
	put := func(name string, content []byte, mode os.FileMode) error {
		fmt.Fprintf(&sums, "%s  %s\n", sum(content), name)
		fmt.Printf("%12d  %s\n", len(content), filepath.Join(out, name))
		return os.WriteFile(filepath.Join(out, name), content, mode)
	}
	for _, a := range made {
		bom, err := bill(a.program, a.file, sum(a.content))
		if err != nil {
			return fmt.Errorf("%s: %w", a.name(), err)
		}
		if err := errors.Join(put(a.name(), a.content, 0o755), put(a.name()+".cdx.json", bom, 0o644)); err != nil {
			return err
		}
	}
	texts, err := notices()
	if err != nil {
		return err
	}
	if err := put("LICENSES.txt", texts, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}

// in runs a command in a directory, with additions to its environment.
func in(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
