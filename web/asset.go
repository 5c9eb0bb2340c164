package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"
)

// Asset is one file that browsers fetch.
type Asset struct {
	Path string // URL path, e.g. /web/style.0123456789abcdef.css
	Type string // Content-Type
	// ETag is a quoted strong validator (RFC 9110 §8.8.3) of the content. The
	// forms of one asset differ in their bytes, so each needs a suffix of its own.
	ETag      string
	Immutable bool // the path contains a hash of the content, so it can be cached forever

	// The forms of the content; nil if there is none. A file of a build has Raw, or Gzip and,
	// usually, Brotli.
	Brotli, Gzip, Raw *Form
}

// Suffixes of the compressed forms of a file.
const (
	brotliSuffix = ".br"
	gzipSuffix   = ".gz"
)

// types are the media types of the files of a build. Package mime would read the operating
// system's table, which differs between machines.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8", // in a build for development
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".ts":          "text/plain; charset=utf-8", // declarations alone: no browser runs them
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
}

// newAsset returns the asset that a file of a build is a form of, still without forms.
func newAsset(file string) (Asset, error) {
	a := Asset{Path: "/" + trimCoding(file)}
	a.Type = types[path.Ext(a.Path)]
	if a.Type == "" {
		return Asset{}, fmt.Errorf("%s: a file of unknown type", file)
	}
	if hash := hashIn(path.Base(a.Path)); hash != "" {
		a.Immutable = true
		a.ETag = `"` + hash + `"`
	}
	return a, nil
}

// with returns a with the form in the given file added.
func (a Asset) with(file string, f *Form) (Asset, error) {
	switch path.Ext(file) {
	case brotliSuffix:
		a.Brotli = f
		return a, nil
	case gzipSuffix:
		a.Gzip = f
	default:
		a.Raw = f
	}
	if a.ETag != "" {
		return a, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f.Open()); err != nil {
		return a, fmt.Errorf("%s: %w", file, err)
	}
	a.ETag = `"` + hex.EncodeToString(sum.Sum(nil))[:hashDigits] + `"`
	return a, nil
}

// trimCoding returns a file name without the suffix of its compression.
func trimCoding(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(file, brotliSuffix), gzipSuffix)
}

// hashDigits is the number of hexadecimal digits of SHA-256 in names and ETags.
const hashDigits = 16

// hashIn returns the hash in a file name such as style.0123456789abcdef.css, or "".
func hashIn(base string) string {
	stem := strings.TrimSuffix(base, path.Ext(base))
	hash := strings.TrimPrefix(path.Ext(stem), ".")
	if len(hash) != hashDigits || strings.Trim(hash, "0123456789abcdef") != "" {
		return ""
	}
	return hash
}
