package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
)

// renderWorker puts before the text of the worker what it has to know of this build.
func renderWorker(worker []byte, s *site) []byte {
	var b bytes.Buffer
	for _, c := range []struct {
		name  string
		value any
	}{
		{"version", s.version},
		{"program", s.url("app.js")},
		{"precache", precache(s)},
	} {
		text, err := json.Marshal(c.value)
		if err != nil {
			panic(err) // strings all the way
		}
		fmt.Fprintf(&b, "const %s = %s;\n", c.name, text)
	}
	b.WriteByte('\n')
	b.Write(worker)
	return b.Bytes()
}

// precache returns the URL paths of all that an open page needs. Icons in PNG are
// for the system, which fetches them when it installs the app.
func precache(s *site) []string {
	var urls []string
	for _, url := range s.urls {
		if ext := path.Ext(url); ext != ".png" && ext != ".ico" {
			urls = append(urls, url)
		}
	}
	slices.Sort(urls)
	return urls
}
