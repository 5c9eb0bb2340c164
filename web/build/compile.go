package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// tags of the program. Without HTTP/2, which is the browser's, net/http needs of
// crypto/tls no more than package notls has.
const tags = "nethttpomithttp2"

// compile builds the program of app for the browser.
//
// -s -w and -trimpath leave out what only a debugger wants. -buildvcs=false, because a
// commit that changes nothing in the program must not make browsers fetch it again. The
// overlay leaves out TLS.
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
	tags := tags
	if dev {
		tags += ",dev"
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

// writeOverlay writes what makes the go command compile package notls for crypto/tls
// (go help build, -overlay), and returns where.
func writeOverlay(goRoot string) (string, error) {
	replaced, err := filepath.Glob(filepath.Join(goRoot, "src", "crypto", "tls", "*.go"))
	if err != nil {
		return "", err
	}
	standIn, err := filepath.Abs("web/build/notls/tls.go")
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(overlay(replaced, standIn))
	if err != nil {
		return "", err
	}
	name := filepath.Join(cacheDir, "overlay.json")
	return name, writeIfChanged(name, text)
}

// overlay takes all files of a package away and puts one in the place of tls.go.
func overlay(replaced []string, standIn string) map[string]map[string]string {
	files := map[string]string{}
	for _, name := range replaced {
		if strings.HasSuffix(name, string(filepath.Separator)+"tls.go") {
			files[name] = standIn
		} else {
			files[name] = ""
		}
	}
	return map[string]map[string]string{"Replace": files}
}
