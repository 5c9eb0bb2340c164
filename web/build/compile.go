package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// compile builds the program of app for the browser.
//
// -s -w and -trimpath leave out what only a debugger wants. -buildvcs=false,
// because a commit that changes nothing in the program must not make browsers
// fetch it again.
//
// -gcflags=all=-l (no inlining) is left out: it takes 4% off what is fetched (1.43
// to 1.37 MB brotli) and makes the program a third slower (10,000 users decoded in
// 74 ms instead of 52, 60 rows rendered in 58 µs instead of 39). Without inlining in
// net and crypto alone, whose speed matters to nobody, it grows to 1.47 MB.
func compile(dev bool) ([]byte, error) {
	out := filepath.Join(cacheDir, "app.wasm")
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return nil, err
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out}
	if dev {
		args = append(args, "-tags=dev")
	}
	cmd := exec.Command("go", append(args, "./app")...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compiling app for the browser: %w", err)
	}
	return os.ReadFile(out)
}

// glueCode returns Go's browser glue and leaves it at the top of the tree. It comes
// from the toolchain that compiles the program (go run puts that first in PATH):
// one of another version starts a program that soon crashes.
func glueCode() ([]byte, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("asking for GOROOT: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js")
	glue, err := os.ReadFile(source)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the Go toolchain is incomplete: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return glue, writeIfChanged("wasm_exec.js", glue)
}
