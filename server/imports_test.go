package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is who may import whom, beside the standard library: a package of
// ours by its path, a module of others with all its packages. Both ends stand
// on shared and never see each other.
var mayImport = map[string][]string{
	"rollcall/shared":          {},
	"rollcall/shared/words":    {},
	"rollcall/shared/client":   {"rollcall/shared", "github.com/coder/websocket"},
	"rollcall/app/ui":          {"rollcall/shared", "rollcall/shared/client", "rollcall/shared/words", "github.com/maxence-charriere/go-app/v10", "rsc.io/qr"},
	"rollcall/app":             {"rollcall/app/ui", "github.com/maxence-charriere/go-app/v10"},
	"rollcall/server/certs":    {"golang.org/x/crypto"},
	"rollcall/server/entry":    {"rollcall/shared", "github.com/golang-jwt/jwt/v5", "github.com/MicahParks/keyfunc/v3", "github.com/MicahParks/jwkset"},
	"rollcall/server/hub":      {"rollcall/shared", "golang.org/x/text"},
	"rollcall/server/cluster":  {"rollcall/server/hub", "rollcall/shared", "github.com/nats-io/nats.go", "github.com/nats-io/nats-server/v2"},
	"rollcall/server/site":     {"rollcall/server/entry", "rollcall/server/hub", "rollcall/shared", "rollcall/shared/words", "rollcall/web", "github.com/coder/websocket", "golang.org/x/sys", "golang.org/x/text", "golang.org/x/time"},
	"rollcall/server":          {"rollcall/server/certs", "rollcall/server/cluster", "rollcall/server/entry", "rollcall/server/handover", "rollcall/server/hub", "rollcall/server/site", "rollcall/server/watch", "rollcall/shared", "github.com/alecthomas/kong", "github.com/BurntSushi/toml", "golang.org/x/sys"},
	"rollcall/server/watch":    {"rollcall/server/hub", "rollcall/shared", "github.com/prometheus/client_golang"},
	"rollcall/web":             {},
	"rollcall/web/build":       {"github.com/andybalholm/brotli", "github.com/maxence-charriere/go-app/v10"},
	"rollcall/server/handover": {"rollcall/server/hub", "rollcall/shared"},
	"rollcall/server/release":  {"github.com/CycloneDX/cyclonedx-go", "github.com/google/licensecheck"},

	// What tests of several packages share. No program has it; see TestEndsDoNotMeet.
	"rollcall/shared/client/pipetest": {"rollcall/shared", "rollcall/shared/client"},
}

// targets are what the module is compiled for, as settings of the go command.
var targets = map[string][]string{
	"native":  nil,
	"browser": {"GOOS=js", "GOARCH=wasm"},
}

// listed is a package as `go list -json` tells of it.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// violations are the imports that mayImport does not allow. A package without
// a rule may import the standard library only.
func violations(packages []listed) (found []string) {
	for _, p := range packages {
		for _, path := range p.Imports {
			if !allows(mayImport[p.ImportPath], path) {
				found = append(found, p.ImportPath+" imports "+path)
			}
		}
	}
	return found
}

func allows(allowed []string, path string) bool {
	ours := path == "rollcall" || strings.HasPrefix(path, "rollcall/")
	if host, _, _ := strings.Cut(path, "/"); !ours && !strings.Contains(host, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		return path == a || !ours && strings.HasPrefix(path, a+"/")
	})
}

func TestWhoImportsWhom(t *testing.T) {
	for target, settings := range targets {
		packages := list(t, settings, "./...")
		for _, v := range violations(packages) {
			t.Errorf("%s: %s", target, v)
		}
		for path := range mayImport {
			if target == "native" && !slices.ContainsFunc(packages, func(p listed) bool { return p.ImportPath == path }) {
				t.Errorf("mayImport has a rule for %s, which is not there", path)
			}
		}
	}
}

// The rule itself must be able to fail.
func TestAForbiddenImportIsFound(t *testing.T) {
	for _, c := range []struct {
		from, to  string
		forbidden bool
	}{
		{"rollcall/shared", "strings", false},
		{"rollcall/shared", "net/http", false},
		{"rollcall/shared", "github.com/coder/websocket", true},
		{"rollcall/shared", "rollcall/shared/client", true},
		{"rollcall/shared/client", "rollcall/server/hub", true},
		{"rollcall/app/ui", "github.com/maxence-charriere/go-app/v10/pkg/app", false},
		{"rollcall/app/ui", "github.com/maxence-charriere/go-app/v100", true},
		{"rollcall/app/ui", "rollcall/server/hub", true},
		{"rollcall/app", "rollcall/server", true},
		{"rollcall/server/hub", "rollcall/server/site", true},
		{"rollcall/server/hub", "github.com/coder/websocket", true},
		{"rollcall/server/site", "rollcall/app/ui", true},
		{"rollcall/server", "rollcall/web", true},
		{"rollcall/web", "rollcall/shared", true},
		{"rollcall/new", "strings", false},
		{"rollcall/new", "rollcall/shared", true},
	} {
		found := violations([]listed{{ImportPath: c.from, Imports: []string{"fmt", c.to}}})
		if got := len(found) > 0; got != c.forbidden {
			t.Errorf("%s importing %s: %q", c.from, c.to, found)
		}
	}
}

// Neither program links anything of the other end, however indirectly.
func TestEndsDoNotMeet(t *testing.T) {
	for _, c := range []struct {
		program, target string
		without         []string
	}{
		{"./app", "browser", []string{"rollcall/server", "rollcall/web", "rollcall/shared/client/pipetest", "github.com/alecthomas/kong", "html/template"}},
		{"./server", "native", []string{"rollcall/app", "rollcall/shared/client", "github.com/maxence-charriere/go-app/v10"}},
	} {
		links := list(t, targets[c.target], "-deps", c.program)
		if len(links) < 100 {
			t.Errorf("%s links %d packages only", c.program, len(links))
		}
		for _, p := range links {
			for _, path := range c.without {
				if p.ImportPath == path || strings.HasPrefix(p.ImportPath, path+"/") {
					t.Errorf("%s links %s", c.program, p.ImportPath)
				}
			}
		}
	}
}

// list asks the go command for packages of the module.
func list(t *testing.T, settings []string, args ...string) (packages []listed) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), settings...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.Bytes())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
