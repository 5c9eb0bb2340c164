package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What stands in for a package keeps all that this needs out of the program. A new Go,
// or a new go-app, may bring it back by another way.
func TestProgramLinksNoSockets(t *testing.T) {
	root, err := goRoot()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	file, err := writeOverlay(root)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-overlay="+file, "-deps", "./app")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	listed, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(listed))
	for name := range standIns {
		if !slices.Contains(linked, name) {
			t.Errorf("%s is not linked any more: its stand-in can go", name)
		}
	}
	for _, name := range []string{"net/textproto", "net/http/internal", "crypto/tls", "crypto/x509", "net", "crypto/internal/fips140/nistec", "crypto/internal/fips140/drbg", "crypto/internal/fips140/aes", "mime", "regexp/syntax"} {
		if slices.Contains(linked, name) {
			t.Errorf("%s is linked", name)
		}
	}
}

// A stand-in for a package that this toolchain has elsewhere would be left out in silence.
func TestStandInsReplaceWhatIsThere(t *testing.T) {
	if err := replace(map[string]string{}, t.TempDir(), "http.go"); err == nil {
		t.Error("a package that is not there is replaced")
	}
}
