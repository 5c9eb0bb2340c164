package web

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Files are the files of one build. They never change, so any number of
// goroutines may use them.
type Files struct {
	version string
	assets  map[string]Asset  // by URL path
	urls    map[string]string // URL path by name
}

// versionFile is written last by a build and removed first by the next, so a
// tree that has it is complete.
const versionFile = "version"

// Read returns the files of a tree such as a build leaves in web/dist. The error wraps
// [ErrNotBuilt] if the tree has no complete build.
func Read(tree fs.FS) (*Files, error) {
	version, err := fs.ReadFile(tree, versionFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("web: %w", ErrNotBuilt)
	}
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	f := &Files{
		version: strings.TrimSpace(string(version)),
		assets:  map[string]Asset{},
		urls:    map[string]string{},
	}
	err = fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || file == versionFile || entry.Name() == ".gitkeep" {
			return err
		}
		form, err := openForm(tree, file)
		if err != nil {
			return err
		}
		return f.add(file, form)
	})
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	for _, a := range f.assets {
		if a.Raw == nil && a.Gzip == nil {
			return nil, fmt.Errorf("web: %s has no form that every client can read", a.Path)
		}
	}
	return f, nil
}

// add adds a file, which may be one of several forms of an asset.
func (f *Files) add(file string, form *Form) error {
	a := f.assets["/"+trimCoding(file)]
	if a.Path == "" {
		var err error
		if a, err = newAsset(file); err != nil {
			return err
		}
		name := nameOf(a.Path)
		if other, taken := f.urls[name]; taken {
			return fmt.Errorf("two files for %s: %s and %s", name, other, a.Path)
		}
		f.urls[name] = a.Path
	}
	a, err := a.with(file, form)
	f.assets[a.Path] = a
	return err
}

// Get returns the asset at a URL path.
func (f *Files) Get(path string) (Asset, bool) {
	a, ok := f.assets[path]
	return a, ok
}

// URL returns the URL path of a file by its name among the sources, such as "style.css". It
// panics if there is none, since a page that names a missing file is a bug of this program.
func (f *Files) URL(name string) string {
	url, ok := f.urls[name]
	if !ok {
		panic(fmt.Sprintf("web: a page asks for %q, which no build made", name))
	}
	return url
}

// Version returns a hash of all files and page templates of the build. Builds of the same
// sources with the same toolchain have the same version.
func (f *Files) Version() string { return f.version }

// nameOf returns the name of the source of what is served at a URL path: its
// base without the hash.
func nameOf(urlPath string) string {
	base := path.Base(urlPath)
	stem, ext := strings.TrimSuffix(base, path.Ext(base)), path.Ext(base)
	if hash := hashIn(base); hash != "" {
		stem = strings.TrimSuffix(stem, "."+hash)
	}
	return stem + ext
}
