package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"sync"

	"github.com/andybalholm/brotli"
)

// levels are the compression levels.
type levels struct{ brotli, gzip int }

var (
	best = levels{brotli: brotli.BestCompression, gzip: gzip.BestCompression}
	fast = levels{brotli: 2, gzip: gzip.BestSpeed}
)

// A coder makes one compressed form of a file.
type coder struct {
	suffix string
	level  int
	open   func(w io.Writer, level int) (io.WriteCloser, error)
}

func (l levels) coders() []coder {
	return []coder{
		{".br", l.brotli, func(w io.Writer, level int) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, level), nil
		}},
		{".gz", l.gzip, func(w io.Writer, level int) (io.WriteCloser, error) {
			return gzip.NewWriterLevel(w, level)
		}},
	}
}

// compress returns the forms in which the files of s are served, by path with the suffix of
// the form. Images that are already compressed stay unchanged. Each other file has a brotli
// and a gzip form; the server can unpack the latter for clients that accept neither.
func compress(s *site, l levels, cacheDir string) (map[string][]byte, error) {
	forms := map[string][]byte{}
	var (
		mu   sync.Mutex // guards forms and errs
		errs []error
		wg   sync.WaitGroup
	)
	for name, url := range s.urls {
		file := url[1:]
		content := s.files[file]
		if ext := path.Ext(name); ext == ".png" || ext == ".ico" {
			mu.Lock()
			forms[file] = content
			mu.Unlock()
			continue
		}
		for _, c := range l.coders() {
			wg.Go(func() {
				form, err := c.cached(name, content, cacheDir)
				mu.Lock()
				defer mu.Unlock()
				forms[file+c.suffix] = form
				errs = append(errs, err)
			})
		}
	}
	wg.Wait()
	return forms, errors.Join(errs...)
}

// cached returns the result of encode, which it caches in a file after a key that identifies
// the input. The file is replaced when the content changes, so the cache does not grow.
func (c coder) cached(name string, content []byte, cacheDir string) ([]byte, error) {
	kept := filepath.Join(cacheDir, fmt.Sprintf("%s-%d%s", name, c.level, c.suffix))
	key := c.key(content)
	if form, err := os.ReadFile(kept); err == nil && bytes.HasPrefix(form, key[:]) {
		return form[len(key):], nil
	}
	if len(content) > 1<<20 && c.level == brotli.BestCompression {
		fmt.Fprintf(os.Stderr, "web/build: compressing %s, some 20 s, once for each content\n", name)
	}
	form, err := c.encode(content)
	if err != nil {
		return nil, fmt.Errorf("compressing %s: %w", name, err)
	}
	return form, writeIfChanged(kept, append(key[:], form...))
}

func (c coder) key(content []byte) [sha256.Size]byte {
	sum := sha256.Sum256(content)
	return sha256.Sum256(fmt.Appendf(nil, "%s %d %x", c.suffix, c.level, sum))
}

func (c coder) encode(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := c.open(&b, c.level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
