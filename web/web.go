// Package web embeds what browsers get: the page templates, and the files that
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
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed *.html
var templates embed.FS

// ErrNotBuilt is what Read returns where there is no complete build.
var ErrNotBuilt = errors.New("the browser program has not been built: run make")

// Assets returns the embedded files, for Read. A program that does not call it has
// none of them in it.
func Assets() fs.FS {
	tree, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a valid one
	}
	return tree
}

// Templates returns the html/template sources page.html, notfound.html and embed.html.
// They call a function asset that is to be Files.URL.
func Templates() fs.FS { return templates }
