package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Of what the program links, TLS would be the largest part, and of no use. A new Go
// may bring it back by another way.
func TestProgramLinksNoTLS(t *testing.T) {
	root, err := goRoot()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	replaced, err := filepath.Glob(filepath.Join(root, "src", "crypto", "tls", "*.go"))
	if err != nil || len(replaced) < 10 {
		t.Fatalf("the sources of crypto/tls: %v, %v", replaced, err)
	}
	standIn, err := filepath.Abs("web/build/notls/tls.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(overlay(replaced, standIn))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-overlay="+file, "-tags="+tags, "-deps", "./app")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	listed, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(listed))
	if !slices.Contains(linked, "net/http") {
		t.Error("net/http is not linked any more: all this can go")
	}
	for _, name := range []string{"crypto/x509", "crypto/rsa", "crypto/ecdsa", "crypto/internal/fips140/nistec"} {
		if slices.Contains(linked, name) {
			t.Errorf("%s is linked", name)
		}
	}
}
