package keys

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared/api"
)

const sumOfTest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // SHA-256 of "test"

var reads = []api.Scope{api.ScopeRead}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"# a comment\n\n  \n":  "",
		"ci read " + sumOfTest: "ci",
		"ci read " + sumOfTest + "\r\n  b\tread,admin  " + strings.ToUpper(strings.Repeat("ab", 32)) + "\n": "ci b",
		"ci read":                                                     "line 1",
		"#\nci read " + sumOfTest + " more":                           "line 2",
		"ci read " + sumOfTest[1:]:                                    "line 1",
		"ci read " + strings.Repeat("x", 64):                          "line 1",
		"ci write " + sumOfTest:                                       "line 1",
		"ci read, " + sumOfTest:                                       "line 1",
		"ci read,read " + sumOfTest:                                   "line 1",
		"c=i read " + sumOfTest:                                       "line 1",
		strings.Repeat("c", 65) + " read " + sumOfTest:                "line 1",
		"a read " + sumOfTest + "\nb read " + sumOfTest:               "line 2",
		"a read " + sumOfTest + "\na read " + strings.Repeat("0", 64): "line 2",
	} {
		all, err := parse(text)
		var names []string
		for _, k := range all {
			names = append(names, k.Name)
		}
		if got := strings.Join(names, " "); err == nil && got != want || err != nil && (!strings.HasPrefix(err.Error(), want+":") || strings.Contains(err.Error(), sumOfTest[:8])) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestAddedKeysAreFound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	first, err := Add(file, "ci", []api.Scope{api.ScopeRead, api.ScopeAttendance})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	write(t, file, "# by hand\n"+strings.TrimSpace(content(t, file))) // without an end of the last line
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	second, err := Add(file, "dashboard", reads)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	if text := content(t, file); strings.Contains(text, first) || strings.Contains(text, second) || !strings.HasPrefix(text, "# by hand\n") {
		t.Error(text)
	}
	f, err := Open(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	k, ok := f.Find(first)
	if !ok || k.Name != "ci" || !slices.Equal(k.Scopes, []api.Scope{api.ScopeRead, api.ScopeAttendance}) {
		t.Errorf("%+v, %v", k, ok)
	}
	if k, ok := f.Find(second); !ok || k.Name != "dashboard" {
		t.Errorf("%+v, %v", k, ok)
	}
	for _, key := range []string{"", first + "x", first[1:], strings.ToLower(first), "test"} {
		if k, ok := f.Find(key); ok {
			t.Errorf("%q is %s", key, k.Name)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// What can't be added leaves the file as it is.
func TestKeysThatCantBeAdded(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "keys")
	if _, err := Add(file, "ci", reads); err != nil {
		t.Fatal(err)
	}
	before := content(t, file)
	for _, c := range []struct {
		name   string
		scopes []api.Scope
	}{{"ci", reads}, {"", reads}, {"a b", reads}, {"b", nil}, {"b", []api.Scope{"write"}}} {
		if key, err := Add(file, c.name, c.scopes); err == nil || key != "" {
			t.Errorf("%+v: %q, %v", c, key, err)
		}
	}
	write(t, file+".new", "")
	if _, err := Add(file, "b", reads); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("%v", err)
	}
	if err := os.Remove(file + ".new"); err != nil {
		t.Fatal(err)
	}
	if after := content(t, file); after != before {
		t.Errorf("%s\nwas\n%s", after, before)
	}
	write(t, file, "broken")
	if _, err := Add(file, "b", reads); err == nil || content(t, file) != "broken" {
		t.Errorf("%v, %s", err, content(t, file))
	}
	if _, err := Add(filepath.Join(dir, "none", "keys"), "b", reads); err == nil {
		t.Error("in a folder that is not there")
	}
	link := filepath.Join(dir, "link")
	write(t, file, "")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Add(link, "b", reads); err != nil {
		t.Error(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink || !strings.HasPrefix(content(t, file), "b read ") {
		t.Errorf("%v, %v", info, err)
	}
}

// Of those who add keys at once each adds one, or is told that it did not.
func TestKeysAddedAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	var group sync.WaitGroup
	added := make([]string, 20)
	for i := range added {
		group.Go(func() { added[i], _ = Add(file, "k"+string(rune('a'+i)), reads) })
	}
	group.Wait()
	f, err := Open(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, key := range added {
		if key == "" {
			continue
		}
		n++
		if _, ok := f.Find(key); !ok {
			t.Errorf("%s was lost", key)
		}
	}
	if n != len(*f.keys.Load()) {
		t.Errorf("%d were added, the file has %d", n, len(*f.keys.Load()))
	}
}

// A file that changes counts within a second. While it is broken or gone the keys of before
// still count, and the log says so once.
func TestAFileThatChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "keys")
		write(t, file, "a read "+sumOfTest)
		var log bytes.Buffer
		f, err := Open(file, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		nameOf := func() string {
			k, _ := f.Find("test")
			return k.Name
		}
		write(t, file, "b read "+sumOfTest)
		if got := nameOf(); got != "a" {
			t.Errorf("at once it is %q", got)
		}
		after := func(text, want string) {
			t.Helper()
			if text == "" {
				_ = os.Remove(file)
			} else {
				write(t, file, text)
			}
			time.Sleep(checkEvery)
			if got := nameOf(); got != want {
				t.Errorf("%q: it is %q, want %q", text, got, want)
			}
		}
		after("b read "+sumOfTest, "b")
		log.Reset()
		after("c read", "b")
		after("c read nothing", "b")
		after("", "b")
		if got := log.String(); strings.Count(got, "level=WARN") != 1 || strings.Contains(got, sumOfTest) {
			t.Errorf("the log has %s", got)
		}
		after("d admin "+sumOfTest, "d")
		after("# nobody any more\n", "")
		if got := log.String(); strings.Count(got, "were read") != 2 {
			t.Errorf("the log has %s", got)
		}
	})
}

func TestFilesThatCantBeOpened(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "broken"), "x")
	write(t, filepath.Join(dir, "large"), strings.Repeat("#\n", maxBytes))
	for _, name := range []string{"none", ".", "broken", "large"} {
		if _, err := Open(filepath.Join(dir, name), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
