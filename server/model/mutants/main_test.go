package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needed has the directories of all packages that the model's test is made of, as it
// would not compile without, and no others.
func TestNeeded(t *testing.T) {
	const dirs = `{{with .Module}}{{if .Main}}{{.Dir}}|{{$.Dir}}{{end}}{{end}}`
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", dirs, "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"go.mod": true, "go.sum": true}
	for line := range strings.Lines(string(out)) {
		root, dir, _ := strings.Cut(strings.TrimSpace(line), "|")
		part, err := filepath.Rel(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(needed, func(n string) bool {
			return part == n || strings.HasPrefix(part, n+string(filepath.Separator))
		})
		if i < 0 {
			t.Errorf("the model needs %s, which no copy has", part)
			continue
		}
		used[needed[i]] = true
	}
	for _, n := range needed {
		if !used[n] {
			t.Errorf("every copy has %s, which the model does not need", n)
		}
	}
}
