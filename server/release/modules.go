package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
)

// program is a program of the release, with the settings that decide which modules it has.
type program struct {
	name         string // for people
	goos, goarch string
	path         string // of its package
}

// page is the browser program, which every server embeds.
var page = program{"page", "js", "wasm", "rollcall/app"}

// servers are the programs that are released.
var servers = []program{
	{"linux-amd64", "linux", "amd64", "rollcall/server/cmd/rollcall"},
	{"linux-arm64", "linux", "arm64", "rollcall/server/cmd/rollcall"},
	{"darwin-arm64", "darwin", "arm64", "rollcall/server/cmd/rollcall"},
	{"windows-amd64", "windows", "amd64", "rollcall/server/cmd/rollcall"},
}

// environ returns the environment for compiling p. It overrides every variable of the machine
// that would change the result.
func (p program) environ() []string {
	return []string{"GOOS=" + p.goos, "GOARCH=" + p.goarch, "CGO_ENABLED=0",
		"GOFLAGS=-mod=readonly", "GOWORK=off", "GOAMD64=v1", "GOARM64=v8.0", "GOWASM=", "GOEXPERIMENT="}
}

// module is a module in a program, as go list prints it.
type module struct {
	Path    string
	Version string
	Sum     string
	Dir     string
	Main    bool
}

// golang is the path of the standard library, which is in every program.
const golang = "std"

// modules returns the modules in p, the standard library first.
func (p program) modules() ([]module, error) {
	var found []module
	cmd := exec.Command("go", "list", "-deps", "-json=Module", p.path)
	cmd.Env = append(os.Environ(), p.environ()...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", p.path, err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct{ Module *module }
		err := d.Decode(&listed)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if m := listed.Module; m != nil && !m.Main {
			found = append(found, *m)
		}
	}
	std, err := toolchain()
	return distinct(append(found, std)), err
}

// toolchain returns the standard library of the toolchain as a module.
func toolchain() (module, error) {
	out, err := exec.Command("go", "env", "-json", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return module{}, fmt.Errorf("go env: %w", err)
	}
	var env struct{ GOVERSION, GOROOT string }
	err = json.Unmarshal(out, &env)
	return module{Path: golang, Version: env.GOVERSION, Dir: env.GOROOT}, err
}

// distinct returns each module once, sorted by path, with the standard library first.
func distinct(all []module) []module {
	slices.SortFunc(all, func(a, b module) int {
		if a.Path == b.Path || a.Path != golang && b.Path != golang {
			return cmp.Compare(a.Path, b.Path)
		}
		if a.Path == golang {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(all, func(a, b module) bool { return a.Path == b.Path })
}
