package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// standIns are the packages of the standard library that the program is compiled
// without, and what takes the place of each (go help build, -overlay).
var standIns = map[string]string{
	"net/http": "web/build/nohttp/http.go",
	"regexp":   "web/build/noregexp/regexp.go",
}

// compile builds the program of app for the browser.
//
// -s -w and -trimpath leave out what only a debugger wants. -buildvcs=false, because a
// commit that changes nothing in the program must not make browsers fetch it again.
//
// -gcflags=all=-l (no inlining) is left out: it takes 4% off what is fetched (1.43 to
// 1.37 MB brotli for a small program) and makes all of it slower by 40% (10,000 users
// decoded in 74 ms instead of 52, 60 rows rendered in 58 µs instead of 39).
func compile(goRoot string, dev bool) ([]byte, error) {
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return nil, err
	}
	overlay, err := writeOverlay(goRoot)
	if err != nil {
		return nil, err
	}
	tags := ""
	if dev {
		tags = "dev"
	}
	out := filepath.Join(cacheDir, "app.wasm")
	_, err = goForBrowser("build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-overlay="+overlay, "-tags="+tags, "-o", out, "./app")
	if err != nil {
		return nil, fmt.Errorf("compiling app for the browser: %w", err)
	}
	return os.ReadFile(out)
}

// goForBrowser runs the go command for js/wasm and returns what it prints.
func goForBrowser(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	return cmd.Output()
}

// writeOverlay writes what makes the go command compile the stand-ins, and returns where.
func writeOverlay(goRoot string) (string, error) {
	files := map[string]string{}
	for path, file := range standIns {
		standIn, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		if err := replace(files, filepath.Join(goRoot, "src", filepath.FromSlash(path)), standIn); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		return "", err
	}
	name := filepath.Join(cacheDir, "overlay.json")
	return name, writeIfChanged(name, text)
}

// replace takes all files of the package in dir away and puts one in the place of that
// of its name.
func replace(files map[string]string, dir, standIn string) error {
	replaced, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range replaced {
		files[name] = ""
	}
	name := filepath.Join(dir, filepath.Base(standIn))
	if _, there := files[name]; !there {
		return fmt.Errorf("%s is not in this toolchain", name)
	}
	files[name] = standIn
	return nil
}
