package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// standIns maps packages of the standard library to the files that replace them in the program
// (go help build, -overlay). Those of cryptography save 62 KB of what a first visit loads.
var standIns = map[string]string{
	"crypto/aes":    "web/build/noaes/aes.go",
	"crypto/cipher": "web/build/nocipher/cipher.go",
	"crypto/md5":    "web/build/nomd5/md5.go",
	"crypto/rand":   "web/build/norand/rand.go",
	"crypto/sha1":   "web/build/nosha1/sha1.go",
	"crypto/sha256": "web/build/onlysha256/sha256.go",
	"log/slog":      "web/build/noslog/logger.go",
	"net/http":      "web/build/nohttp/http.go",
	"regexp":        "web/build/noregexp/regexp.go",
}

// seldom are packages that the program uses a few times in a visit, or that spend their time
// in others: neither a roster is read nor the page rendered by them.
var seldom = []string{"encoding/...", "fmt", "reflect", "time", "net/url", "rsc.io/...", "./shared/i18n"}

// compile builds the program of app for the browser.
//
// -s, -w and -trimpath omit what only a debugger needs. -buildvcs=false, because a commit that
// does not change the program must not make browsers fetch it again.
//
// -gcflags=all=-l (no inlining) is not used: it makes all of the program slower by 40%
// (10,000 users decoded in 74 ms instead of 52, 60 rows rendered in 58 µs instead of 39).
// It is used for seldom alone, which saves 33 KB of the 1,290 KB that a first visit would load.
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
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-overlay=" + overlay, "-tags=" + tags, "-o", out}
	for _, packages := range seldom {
		args = append(args, "-gcflags="+packages+"=-l")
	}
	_, err = goForBrowser(append(args, "./app")...)
	if err != nil {
		return nil, fmt.Errorf("compiling app for the browser: %w", err)
	}
	return os.ReadFile(out)
}

// goForBrowser runs the go command for js/wasm and returns its output.
func goForBrowser(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	return cmd.Output()
}

// writeOverlay writes the overlay file for the stand-ins, and returns its path.
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

// replace adds to an overlay that standIn replaces all files of the package in dir. It fails if
// the package has no file of standIn's name.
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
