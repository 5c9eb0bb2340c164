package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
)

// renderWorker returns the worker's source after the constants of this build.
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

// precache returns the URL paths of the files that an open page needs. That leaves out the PNG
// icons, which the system fetches when it installs the app.
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
