package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// mit is our own licence, which is as many others are.
func mit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	mpl  = "This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not distributed with this file, You can obtain one at http://mozilla.org/MPL/2.0/."
	agpl = "This program is free software: you can redistribute it and/or modify it under the terms of the GNU Affero General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
)

func TestLicences(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		names string // of the licences
		wrong string // in the error
	}{
		"ours":                   {map[string]string{"LICENSE": mit(t)}, "MIT", ""},
		"in British":             {map[string]string{"licence.md": mit(t), "README.md": agpl}, "MIT", ""},
		"with a notice":          {map[string]string{"LICENSE": mit(t), "NOTICE": "Made by somebody."}, "MIT", ""},
		"none":                   {map[string]string{"README.md": mit(t)}, "", "no licence"},
		"one of its own":         {map[string]string{"LICENSE": "Whoever uses this owes me a favour."}, "", "known licence"},
		"with a condition added": {map[string]string{"LICENSE": mit(t) + strings.Repeat("Nobody may use this on a Monday, or for what I do not like. ", 20)}, "", "known licence"},
		"copyleft":               {map[string]string{"COPYING": agpl}, "", "AGPL-3.0"},
		"of files":               {map[string]string{"LICENSE": mpl}, "", "MPL-2.0"},
		"two, one of which is":   {map[string]string{"LICENSE-MIT": mit(t), "LICENSE-MPL": mpl}, "", "MPL-2.0"},
	} {
		dir := t.TempDir()
		for file, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l, err := licenceOf(module{Path: "example.test/m", Version: "v1.0.0", Dir: dir})
		if c.wrong == "" && (err != nil || strings.Join(l.names, " ") != c.names || !bytes.Contains(l.text, []byte("Permission is hereby granted"))) {
			t.Errorf("%s: %q, %v", name, l.names, err)
		}
		if notice := c.files["NOTICE"]; !bytes.Contains(l.text, []byte(notice)) {
			t.Errorf("%s: the notice is not given on", name)
		}
		if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong) || !strings.Contains(err.Error(), "example.test/m")) {
			t.Errorf("%s: %v, want %q", name, err, c.wrong)
		}
	}
}

// Every module that a program has in it may be passed on, and a text that was reviewed is
// one of theirs.
func TestLicencesOfOurModules(t *testing.T) {
	all, err := everybody()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, m := range all {
		if _, err := licenceOf(m); err != nil {
			t.Error(err)
		}
		files, err := filepath.Glob(filepath.Join(m.Dir, "LICENSE*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[fmt.Sprintf("%x", sha256.Sum256(text))] = true
		}
	}
	for sum := range reviewed {
		if !texts[sum] {
			t.Errorf("no module has the text %s any more", sum)
		}
	}
}

func TestModulesOfEachProgram(t *testing.T) {
	for _, c := range []struct {
		program
		with, without string
	}{
		{page, "github.com/maxence-charriere/go-app/v10", "github.com/alecthomas/kong"},
		{servers[0], "github.com/alecthomas/kong", "github.com/maxence-charriere/go-app/v10"},
		{servers[0], "github.com/prometheus/procfs", "github.com/chromedp/chromedp"},
		{servers[0], "github.com/nats-io/nats-server/v2", "pgregory.net/rapid"},
	} {
		found, err := c.modules()
		if err != nil {
			t.Fatal(err)
		}
		has := func(path string) bool {
			return slices.ContainsFunc(found, func(m module) bool { return m.Path == path && m.Version != "" && m.Dir != "" })
		}
		if found[0].Path != golang || !has(c.with) || has(c.without) {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}

func TestABinaryOfSomethingElse(t *testing.T) {
	info := &debug.BuildInfo{Deps: []*debug.Module{{Path: "a.test", Version: "v1.0.0"}}}
	if err := agree(info, []module{{Path: golang, Version: "go1.26.0"}, {Path: "a.test", Version: "v1.0.0"}}); err != nil {
		t.Error(err)
	}
	for _, listed := range [][]module{{}, {{Path: "a.test", Version: "v1.0.1"}}, {{Path: "a.test", Version: "v1.0.0"}, {Path: "b.test", Version: "v1.0.0"}}} {
		if agree(info, listed) == nil {
			t.Errorf("%v is taken for what it was made of", listed)
		}
	}
}

func TestBuiltTwice(t *testing.T) {
	one := []artefact{{program: servers[0], content: []byte("a")}, {program: servers[3], content: []byte("b")}}
	other := []artefact{{program: servers[0], content: []byte("a")}, {program: servers[3], content: []byte("c")}}
	if err := same(one, one); err != nil {
		t.Error(err)
	}
	if err := same(one, other); err == nil || !strings.Contains(err.Error(), "rollcall-windows-amd64.exe is not the same") {
		t.Errorf("%v", err)
	}
	if same(one, one[:1]) == nil {
		t.Error("a file that is missing is not missed")
	}
}

func TestComponent(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "LICENSE"), []byte(mit(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := component(module{Path: "a.test/b", Version: "v1.2.3", Sum: "h1:AAEC", Dir: dir}, true, true)
	if err != nil {
		t.Fatal(err)
	}
	if c.PackageURL != "pkg:golang/a.test/b@v1.2.3" || (*c.Licenses)[0].License.ID != "MIT" || (*c.Hashes)[0].Value != "000102" || len(*c.Properties) != 2 {
		t.Errorf("%+v", c)
	}
	c, err = component(module{Path: golang, Version: "go1.26.8", Dir: dir}, false, true)
	if err != nil || c.PackageURL != "pkg:golang/std@1.26.8" || c.Hashes != nil || !slices.Equal(*c.Properties, []cdx.Property{{Name: "rollcall:in", Value: "page"}}) {
		t.Errorf("%+v, %v", c, err)
	}
}
