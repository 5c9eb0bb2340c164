package server

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestExampleSizes bounds what a program takes that imports Rollcall: the stripped
// example programs, for linux/amd64. The page is about 3 MB of mount; where it has not
// been built, mount is smaller.
func TestExampleSizes(t *testing.T) {
	for name, most := range map[string]int64{"bot": 7_200_000, "mount": 14_000_000} {
		program := filepath.Join(t.TempDir(), name)
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, module+"/docs/examples/"+name)
		build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", name, err, out)
		}
		file, err := os.Stat(program)
		if err != nil {
			t.Fatal(err)
		}
		if file.Size() > most {
			t.Errorf("%s has %d bytes, more than %d: what does it import now?", name, file.Size(), most)
		}
	}
}
