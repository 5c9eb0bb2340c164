// Package web holds what browsers get: the page templates, and the files that
// `go run ./web/build` makes out of the browser program, the style sheet, the
// icons and the worker.
//
// The build leaves those files in web/dist as a picture of the site: the file
// dist/web/app.0123456789abcdef.wasm.br is the brotli form of the URL path
// /web/app.0123456789abcdef.wasm. Nothing else describes them. They are
// embedded, so a program that serves them needs no files beside it; a fresh
// clone has none of them and still compiles.
package web

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed *.html
var templates embed.FS

// ErrNotBuilt is what Load and Read return where there is no complete build.
var ErrNotBuilt = errors.New("the browser program has not been built: run make")

// Load returns the embedded files. The error is ErrNotBuilt where the binary
// was compiled without a build.
func Load() (*Files, error) {
	tree, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return Read(tree)
}

// Templates returns the html/template sources page.html and notfound.html.
// They call a function asset that is to be Files.URL.
func Templates() fs.FS { return templates }
