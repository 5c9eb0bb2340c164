// Package report makes a document of results: prose from a template, tables
// and pictures from the figures, and a verdict on each target. Nothing in it
// is written by hand, so nothing in it can be older than the figures.
package report

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"rollcall/bench/result"
	"rollcall/bench/subject"
)

// Document is the name of the document, pictures that of the directory of what
// it shows.
const (
	Document = "benchmarks.md"
	pictures = "pictures"
)

//go:embed *.tmpl
var files embed.FS

// document is what the template is filled with.
type document struct {
	book *book

	result.File
	N       string // members of the largest room that everybody is compared in
	Small   bool   // it is not the room that the targets speak of
	Targets []target
	Wins    []win

	Storms, Quiets, Leaves, Rooms, Memories []string
	Slow, Resume, Growth                    string
	Flat                                    map[string]string
}

// targetRoom is the members of the room that the targets speak of.
const targetRoom = 3000

func newDocument(file result.File) (*document, error) {
	b := &book{file: file}
	d := &document{book: b, File: file, N: count(b.largest()), Small: b.largest() != targetRoom, Targets: b.targets()}
	for _, n := range file.Plan.Sizes {
		d.Storms = append(d.Storms, d.table(storm, n))
		d.Quiets = append(d.Quiets, d.table(quiet, n))
		d.Leaves = append(d.Leaves, d.table(leave, n))
		if n == b.largest() {
			d.Memories = append(d.Memories, d.table(rested, n))
		} else {
			d.Memories = append(d.Memories, d.table(roomMemory, n))
		}
	}
	for _, n := range file.Plan.Many {
		d.Rooms = append(d.Rooms, d.table(rooms, n))
		d.Memories = append(d.Memories, d.table(roomsMemory, n))
	}
	d.Slow, d.Resume, d.Growth = d.slow(), d.resume(), d.growth()
	d.Flat = map[string]string{"diff": d.flat("quiet.cpu_per_diff_us"), "memory": d.flat("memory.joined_kb")}
	if len(b.missing) > 0 {
		return nil, fmt.Errorf("the results lack %d figures, the first of them %s", len(b.missing), b.missing[0])
	}
	return d, nil
}

// Write makes the document and its pictures in a directory. If the results are
// not complete, it fails and changes nothing.
func Write(file result.File, dir string) error {
	d, err := newDocument(file)
	if err != nil {
		return err
	}
	parts, err := d.draw()
	if err != nil {
		return err
	}
	if parts[Document], err = fill("benchmarks.md.tmpl", d); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, pictures), 0o777); err != nil {
		return err
	}
	for name, text := range parts {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// fill executes one of the templates.
func fill(name string, data any) (string, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"count":   count,
		"percent": func(share float64) string { return plain(share*100) + "%" },
		"join":    strings.Join,
	}).ParseFS(files, name)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = t.Execute(&text, data)
	return text.String(), err
}

// Rollcall, SocketIO and Centrifuge are the versions compared.
func (d *document) Rollcall() string   { return d.Versions[subject.NameRollcall] }
func (d *document) SocketIO() string   { return d.Versions[subject.NameSocketIO] }
func (d *document) Centrifuge() string { return d.Versions[subject.NameCentrifuge] }
