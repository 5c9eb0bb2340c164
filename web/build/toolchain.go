package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goRoot returns the directory of the toolchain that compiles the program: go run puts
// it first in PATH.
func goRoot() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("asking for GOROOT: %w", err)
	}
	return strings.TrimSpace(string(root)), nil
}

// glueCode returns Go's browser glue and leaves it at the top of the tree. That of
// another toolchain would start a program that soon crashes.
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
