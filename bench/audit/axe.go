package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// axeResult is what axe found in every state of the page.
type axeResult struct {
	Version string
	Large   int // people in the large room
	States  []axeState
}

// axeState is the page in one state and theme, as package e2e writes it.
type axeState struct {
	State, Theme string
	Passes       int
	Violations   []violation
	Incomplete   []violation
}

type violation struct {
	Rule, Help string
	Nodes      []string
}

// axe has the browser test that walks through every state run axe in each. The
// test fails where axe finds something; what it found is then in the results.
func (s settings) axe() (*axeResult, error) {
	folder, err := os.MkdirTemp("", "axe")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	found := filepath.Join(folder, "axe.json")
	test := exec.Command("go", "test", "-count=1", "-timeout=20m", "-run=^TestEveryStateIsAccessible$", "./app/e2e",
		"-axe", filepath.Join(s.bench, "audit", "node_modules", "axe-core", "axe.min.js"),
		"-findings", found, "-large", fmt.Sprint(s.large))
	test.Dir = s.root
	test.Env = append(os.Environ(), "ROLLCALL_BIN="+s.binary)
	output, failed := test.CombinedOutput()
	text, err := os.ReadFile(found)
	if err != nil {
		return nil, fmt.Errorf("the browser test wrote nothing: %w\n%s", errors.Join(failed, err), output)
	}
	if failed != nil {
		fmt.Fprintf(os.Stderr, "%s\n", output)
	}
	r := &axeResult{Large: s.large}
	if err := json.Unmarshal(text, &r.States); err != nil {
		return nil, err
	}
	r.Version, err = s.installed("axe-core")
	return r, err
}

// Violations is how many there are over all states.
func (r *axeResult) Violations() (n int) {
	for _, s := range r.States {
		n += len(s.Violations)
	}
	return n
}

// installed is the version of a Node package.
func (s settings) installed(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(s.bench, "audit", "node_modules", name, "package.json"))
	if err != nil {
		return "", fmt.Errorf("run npm ci: %w", err)
	}
	var manifest struct{ Version string }
	err = json.Unmarshal(text, &manifest)
	return manifest.Version, err
}

func version(binary string) (string, error) {
	out, err := exec.Command(binary, "version").Output()
	if err != nil {
		return "", fmt.Errorf("%s version: %w", binary, err)
	}
	return firstLine(string(out)), nil
}
