package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// mayImport is who may import whom, beside the standard library: a package of
// ours by its path, a module of others with all its packages. Both ends stand
// on shared and never see each other.
var mayImport = map[string][]string{
	"rollcall/shared":                {},
	"rollcall/shared/i18n":           {},
	"rollcall/shared/client":         {"rollcall/shared", "github.com/coder/websocket"},
	"rollcall/shared/roomname":       {"rollcall/shared", "golang.org/x/text"},
	"rollcall/shared/api":            {"rollcall/shared"},
	"rollcall/app/ui":                {"rollcall/shared", "rollcall/shared/client", "rollcall/shared/i18n", "github.com/maxence-charriere/go-app/v10", "rsc.io/qr"},
	"rollcall/app":                   {"rollcall/app/ui", "github.com/maxence-charriere/go-app/v10"},
	"rollcall/server/certs":          {"golang.org/x/crypto"},
	"rollcall/server/events":         {"rollcall/server/hub", "rollcall/shared", "rollcall/shared/api"},
	"rollcall/server/api":            {"rollcall/server/api/keys", "rollcall/server/events", "rollcall/server/hub", "rollcall/shared", "rollcall/shared/api", "rollcall/shared/roomname", "github.com/danielgtaylor/huma/v2", "golang.org/x/time"},
	"rollcall/server/api/keys":       {"rollcall/shared/api"},
	"rollcall/server/cli":            {"rollcall/server/api/keys", "rollcall/server/attendance", "rollcall/server/store", "rollcall/server/webhook", "rollcall/shared", "rollcall/shared/api", "rollcall/shared/client", "rollcall/shared/roomname"},
	"rollcall/server/auth":           {"rollcall/shared", "github.com/golang-jwt/jwt/v5", "github.com/MicahParks/jwkset"},
	"rollcall/server/hosts":          {"rollcall/server/notice"},
	"rollcall/server/hub":            {"rollcall/server/hub/feed", "rollcall/server/hub/stats", "rollcall/shared", "golang.org/x/text"},
	"rollcall/server/hub/feed":       {"rollcall/shared"},
	"rollcall/server/hub/stats":      {"rollcall/shared"},
	"rollcall/server/cluster":        {"rollcall/server/hub", "rollcall/server/notice", "rollcall/shared", "github.com/nats-io/nats.go", "github.com/nats-io/nats-server/v2"},
	"rollcall/server/notice":         {},
	"rollcall/server/sink":           {},
	"rollcall/server/site":           {"rollcall/server/hosts", "rollcall/server/hub", "rollcall/server/notice", "rollcall/server/transport", "rollcall/shared", "rollcall/shared/i18n", "rollcall/shared/roomname", "rollcall/web", "golang.org/x/text"},
	"rollcall/server/transport":      {"rollcall/server/hub", "rollcall/server/notice", "rollcall/shared", "github.com/coder/websocket", "golang.org/x/sys", "golang.org/x/time"},
	"rollcall/server":                {"rollcall/server/hosts", "rollcall/server/hub", "rollcall/server/site", "rollcall/shared"},
	"rollcall/server/cmd/rollcall":   {"rollcall/server", "rollcall/server/api", "rollcall/server/api/keys", "rollcall/server/attendance", "rollcall/server/auth", "rollcall/server/certs", "rollcall/server/cli", "rollcall/server/cluster", "rollcall/server/events", "rollcall/server/handover", "rollcall/server/hosts", "rollcall/server/keeper", "rollcall/server/metrics", "rollcall/server/roll", "rollcall/server/sink", "rollcall/server/store", "rollcall/server/webhook", "rollcall/shared", "rollcall/shared/api", "rollcall/shared/roomname", "rollcall/web", "github.com/alecthomas/kong", "github.com/BurntSushi/toml", "golang.org/x/sys"},
	"rollcall/server/metrics":        {"rollcall/server/hub", "rollcall/server/hub/stats", "rollcall/shared", "github.com/prometheus/client_golang"},
	"rollcall/web":                   {},
	"rollcall/web/build":             {"rollcall/shared", "rollcall/shared/i18n", "github.com/andybalholm/brotli", "github.com/maxence-charriere/go-app/v10"},
	"rollcall/server/handover":       {"rollcall/server/hub", "rollcall/server/notice", "rollcall/shared", "golang.org/x/sys"},
	"rollcall/server/store":          {"rollcall/shared", "github.com/pressly/goose/v3", "github.com/jackc/pgx/v5", "modernc.org/sqlite"},
	"rollcall/server/attendance":     {"rollcall/server/hub", "rollcall/server/notice", "rollcall/server/store", "rollcall/shared", "rollcall/shared/api", "golang.org/x/text"},
	"rollcall/server/roll":           {"rollcall/server/attendance", "rollcall/server/site", "rollcall/shared", "rollcall/shared/api", "rollcall/shared/i18n"},
	"rollcall/server/webhook":        {"rollcall/server/events", "rollcall/server/hub", "rollcall/server/notice", "rollcall/server/store", "rollcall/shared", "rollcall/shared/api", "github.com/BurntSushi/toml"},
	"rollcall/server/keeper":         {"rollcall/server/hub", "rollcall/server/notice", "rollcall/server/store", "rollcall/shared"},
	"rollcall/server/release":        {"github.com/CycloneDX/cyclonedx-go", "github.com/google/licensecheck"},
	"rollcall/docs/examples/bot":     {"rollcall/shared", "rollcall/shared/client"},
	"rollcall/docs/examples/copy":    {"rollcall/shared", "rollcall/shared/api"},
	"rollcall/docs/examples/browser": {"rollcall/shared", "rollcall/shared/client"},
	"rollcall/docs/examples/mount":   {"rollcall/server", "rollcall/web"},

	"rollcall/server/release/module": {"golang.org/x/mod"},

	// What tests drive browsers with.
	"rollcall/app/e2e/engines": {"github.com/coder/websocket"},

	// What tests of several packages share. No program has it; see TestEndsDoNotMeet.
	"rollcall/shared/client/pipetest":    {"rollcall/shared", "rollcall/shared/client"},
	"rollcall/server/transport/wiretest": {"rollcall/shared"},
	"rollcall/server/store/storetest":    {},
}

// module is the path of the module, whatever it is published as.
var module = path.Dir(reflect.TypeFor[Config]().PkgPath())

// targets are what the module is compiled for, as settings of the go command.
var targets = map[string][]string{
	"native":  nil,
	"browser": {"GOOS=js", "GOARCH=wasm"},
}

// ours are the packages that are compiled for each target.
var ours = map[string][]string{
	"native":  {"./..."},
	"browser": {"./app", "./app/ui/...", "./shared/...", "./docs/examples/browser"},
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
	ours := path == module || strings.HasPrefix(path, module+"/")
	if host, _, _ := strings.Cut(path, "/"); !ours && !strings.Contains(host, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		return path == a || !ours && strings.HasPrefix(path, a+"/")
	})
}

func TestWhoImportsWhom(t *testing.T) {
	var all []listed
	for target, settings := range targets {
		packages := list(t, settings, ours[target]...)
		for _, v := range violations(packages) {
			t.Errorf("%s: %s", target, v)
		}
		all = append(all, packages...)
	}
	for path := range mayImport {
		if !slices.ContainsFunc(all, func(p listed) bool { return p.ImportPath == path }) {
			t.Errorf("mayImport has a rule for %s, which is not there", path)
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
		{"rollcall/server/site", "github.com/coder/websocket", true},
		{"rollcall/server/transport", "rollcall/server/site", true},
		{"rollcall/server", "rollcall/web", true},
		{"rollcall/server", "rollcall/server/store", true},
		{"rollcall/server/hub", "rollcall/server/attendance", true},
		{"rollcall/server/store", "rollcall/server/hub", true},
		{"rollcall/web", "rollcall/shared", true},
		{"rollcall/server/new", "strings", false},
		{"rollcall/server/new", "rollcall/shared", true},
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
		{"./server/cmd/rollcall", "native", []string{"rollcall/app", "rollcall/shared/client/pipetest", "rollcall/server/transport/wiretest", "github.com/maxence-charriere/go-app/v10"}},
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

// A program that mounts the library compiles no database, broker, API, flag or TOML
// package, and one that has the client alone compiles one module beside ours.
func TestWhatAnImporterCompiles(t *testing.T) {
	for _, c := range []struct {
		path, target string
		modules      []string
	}{
		{"./server", "native", []string{"github.com/coder/websocket", "golang.org/x/sys", "golang.org/x/text", "golang.org/x/time"}},
		{"./shared/client", "native", []string{"github.com/coder/websocket"}},
		{"./shared/api", "native", nil},
		{"./shared/client", "browser", nil}, // which has a WebSocket of its own
	} {
		compiled := list(t, targets[c.target], "-deps", c.path)
		of := func(module string) func(listed) bool {
			return func(p listed) bool { return p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/") }
		}
		for _, p := range compiled {
			if !p.Standard && !of(module)(p) && !slices.ContainsFunc(c.modules, func(m string) bool { return of(m)(p) }) {
				t.Errorf("%s: %s compiles %s", c.target, c.path, p.ImportPath)
			}
		}
		for _, m := range c.modules {
			if !slices.ContainsFunc(compiled, of(m)) {
				t.Errorf("%s: %s does not compile %s any more", c.target, c.path, m)
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
