package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goRoot returns the GOROOT of the toolchain that compiles the program, which go run puts first
// in PATH.
func goRoot() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("asking for GOROOT: %w", err)
	}
	return strings.TrimSpace(string(root)), nil
}

// glueCode returns the toolchain's wasm_exec.js, and copies it to the root of the source tree.
// With that of another toolchain the program would soon crash.
func glueCode(goRoot string) ([]byte, error) {
	glue, err := os.ReadFile(filepath.Join(goRoot, "lib", "wasm", "wasm_exec.js"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the Go toolchain is incomplete: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return glue, writeIfChanged("wasm_exec.js", glue)
}
