package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A site is what browsers may fetch, before compression.
type site struct {
	version string
	files   map[string][]byte // by URL path without the leading slash
	urls    map[string]string // by name
}

func newSite() *site {
	return &site{files: map[string][]byte{}, urls: map[string]string{}}
}

// add serves content under its name at the root of the site, for files that browsers request
// by a fixed name. They can't be cached forever.
func (s *site) add(name string, content []byte) { s.put(name, name, content) }

// addHashed serves content under /web with its hash in the name, so that browsers can cache it
// forever.
func (s *site) addHashed(name string, content []byte) {
	s.put(name, hashedPath(name, content), content)
}

func (s *site) put(name, file string, content []byte) {
	if _, taken := s.urls[name]; taken {
		panic("web/build: two files named " + name) // the sources of web are ours
	}
	s.files[file] = content
	s.urls[name] = "/" + file
}

// url returns the URL path of a file that has been added.
func (s *site) url(name string) string {
	url, ok := s.urls[name]
	if !ok {
		panic("web/build: no file named " + name)
	}
	return url
}

// hashedPath returns web/style.0123456789abcdef.css for style.css.
func hashedPath(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return "web/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
}

// digest returns a hash of the given files that does not depend on their order.
func digest(sets ...map[string][]byte) string {
	h := sha256.New()
	for _, files := range sets {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(h, "%q %d\n", name, len(files[name])) // so that no two sets read the same
			h.Write(files[name])
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
