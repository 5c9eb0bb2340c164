package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the table of the settings into docs/operating.md")

const (
	operating  = "../../../docs/operating.md"
	tableBegin = "<!-- settings: made by go test ./server/cmd/rollcall -run TestSettingsTable -update -->\n"
	tableEnd   = "<!-- end of settings -->\n"
)

// settingsTable is every setting as people read of it.
func settingsTable(settings []*kong.Flag) string {
	var table strings.Builder
	group := ""
	for _, f := range settings {
		if f.Group.Title != group {
			group = f.Group.Title
			fmt.Fprintf(&table, "\n| %s | default | |\n|---|---|---|\n", group)
		}
		usual := f.Default
		if usual != "" {
			usual = "`" + usual + "`"
		}
		help := strings.TrimSuffix(f.Help, " ("+f.Default+")")
		fmt.Fprintf(&table, "| `-%s` %s | %s | %s |\n", f.Name, f.PlaceHolder, usual, strings.ReplaceAll(help, "--", "-"))
	}
	return table.String() + "\n"
}

// What the documents say of the settings is what the program has.
func TestSettingsTable(t *testing.T) {
	text, err := os.ReadFile(operating)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	said, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		t.Fatalf("%s has no place for them", operating)
	}
	want := settingsTable(settingsOf(t, "serve"))
	if *update {
		if err := os.WriteFile(operating, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if said != want {
		t.Errorf("%s is not what the program says; go test ./server/cmd/rollcall -run TestSettingsTable -update", operating)
	}
}

// The examples say nothing that the program does not understand.
func TestExamplesAreUnderstood(t *testing.T) {
	const file = "../../../docs/deploy/rollcall.toml"
	for name, want := range map[string]string{"base": `"/rollcall/"`, "admin": `"127.0.0.1:9100"`} {
		if value, from := effective(t, name, "-config", file); value != want || from != "file" {
			t.Errorf("%s: %s is %s from %s", file, name, value, from)
		}
	}
	unit, err := os.ReadFile("../../../docs/deploy/rollcall.service")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(unit), "ExecStart=/usr/local/bin/rollcall serve ")
	line, _, _ = strings.Cut(line, "\n")
	args := strings.Fields(strings.NewReplacer("/etc/rollcall.toml", file, "${RUNTIME_DIRECTORY}", "/run/rollcall").Replace(line))
	if value, from := effective(t, "handover", args...); value != `"/run/rollcall"` || from != "flag" {
		t.Errorf("the unit's %q: -handover is %s from %s", args, value, from)
	}
}

// The log lines that the guide names are those that the program writes.
func TestLogLinesOfTheGuide(t *testing.T) {
	text, err := os.ReadFile(operating)
	if err != nil {
		t.Fatal(err)
	}
	_, guide, ok := strings.Cut(string(text), "## At three in the morning")
	if !ok {
		t.Fatal("the guide is gone")
	}
	source := sources(t)
	for _, line := range []string{
		"handshake refused", "the keys of tokens can't be read", "the keys of the API can't be read, the old ones stay", "linked with the server that runs", "what the last server left can't be used",
		"the new certificate can't be used, the old one stays", "stopped without having told every connection", "the link to the other nodes is down",
		"a node is lost", "crashed",
	} {
		if !strings.Contains(guide, line) || !strings.Contains(source, line) {
			t.Errorf("%q is in the guide: %t, in the program: %t", line, strings.Contains(guide, line), strings.Contains(source, line))
		}
	}
}

// sources is the text of the program, without its tests.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Join("../..", path))
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
