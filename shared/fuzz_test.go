package shared_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"rollcall/shared"
)

func FuzzReadClient(f *testing.F) {
	ran := corpus(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		ran(t)
		checkRead(t, toServer, frame)
	})
}

func FuzzReadServer(f *testing.F) {
	ran := corpus(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		ran(t)
		checkRead(t, toClient, frame)
	})
}

// checkRead checks that read either rejects the frame with a code that ends the
// session or reads all of it, that the fast parser and encoding/json agree, and that
// the events survive encoding and reading again.
func checkRead(t *testing.T, read direction, frame []byte) {
	events, err := read(frame)
	var e shared.Error
	rest, _ := bytes.CutSuffix(frame, []byte{shared.Separator})
	switch lines := bytes.Count(rest, []byte{shared.Separator}) + 1; {
	case err == nil && len(events) != lines:
		t.Errorf("%d lines gave %d events", lines, len(events))
	case err != nil && !errors.As(err, &e):
		t.Errorf("the error is %#v", err)
	case err != nil && !slices.Contains([]shared.Code{shared.CodeBadUTF8, shared.CodeBadJSON, shared.CodeBadEvent}, e.Code):
		t.Errorf("the error is %v", err)
	case err != nil && len(events) >= lines:
		t.Errorf("%d lines gave %d events and %v", lines, len(events), err)
	}
	if other, otherErr := read(padded(frame)); !reflect.DeepEqual(other, events) || !sameError(otherErr, err) {
		t.Errorf("read %#v, %v\nbut %#v, %v with a space before each line", events, err, other, otherErr)
	}
	if len(events) == 0 {
		return
	}
	encoded := shared.Encode(events...)
	if bytes.ContainsAny(encoded, "<>&") || !utf8.Valid(encoded) {
		t.Errorf("the events encode to %q", encoded)
	}
	if again := mustRead(t, read, encoded); !reflect.DeepEqual(again, events) {
		t.Errorf("read %#v\nthen %#v", events, again)
	}
}

// padded returns a frame of the same meaning that only encoding/json can read: it
// has a space before each line.
func padded(frame []byte) []byte {
	rest, closed := bytes.CutSuffix(frame, []byte{shared.Separator})
	lines := append([]byte{' '}, bytes.ReplaceAll(rest, []byte{shared.Separator}, []byte{shared.Separator, ' '})...)
	if closed {
		lines = append(lines, shared.Separator)
	}
	return lines
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

func FuzzCleanName(f *testing.F) {
	ran := corpus(f)
	f.Fuzz(func(t *testing.T, raw string) {
		ran(t)
		checkName(t, raw)
	})
}

// checkName checks CleanName(raw) against the rule for names, which it states in
// another way.
func checkName(t *testing.T, raw string) {
	shared.Initials(raw) // must not panic
	tidied := spaces.ReplaceAllString(strings.TrimSpace(raw), " ")
	never := func(r rune) bool { return forbidden(r) && !contextual(r) }
	fits := utf8.ValidString(raw) && !strings.ContainsFunc(tidied, never) && !heaps.MatchString(tidied) &&
		utf8.RuneCountInString(tidied) <= shared.MaxNameRunes
	name, err := shared.CleanName(raw)
	if err != nil {
		wantCode(t, err, shared.CodeBadName, true)
		if fits && !strings.ContainsFunc(tidied, contextual) && strings.ContainsFunc(tidied, isPlain) {
			t.Errorf("CleanName(%+q): %v", raw, err)
		}
		return
	}
	if !fits || name != tidied {
		t.Errorf("CleanName(%+q) = %+q", raw, name)
	}
	if again, err := shared.CleanName(name); again != name || err != nil {
		t.Errorf("CleanName(%+q) = %+q, %v: not a fixed point", name, again, err)
	}
	if note, err := shared.CleanNote(name); note != name || err != nil {
		t.Errorf("the name %+q is no note: %v", name, err)
	}
	if face := shared.Initials(name); face == "" || !utf8.ValidString(face) {
		t.Errorf("the face of %+q is %+q", name, face)
	}
}

// heaps matches more marks on a letter than allowed, with any joiners among them.
var heaps = regexp.MustCompile(`([\p{Mn}\p{Me}][\x{200c}\x{200d}]*){7}`)

// isPlain reports whether r is a printable ASCII character, and so surely visible.
func isPlain(r rune) bool { return r > ' ' && r < 0x7f }

func FuzzRoster(f *testing.F) {
	ran := corpus(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		ran(t)
		pick := func(n int) int {
			if len(choices) == 0 {
				return 0
			}
			c := int(choices[0]) % n
			choices = choices[1:]
			return c
		}
		w := newTwins()
		for len(choices) > 0 {
			w.apply(t, w.event(pick))
		}
	})
}

// corpora is the folder in which go test looks for the seeds of all targets.
const corpora = "testdata/fuzz"

// fewestSeeds is the least number of seeds of a target.
const fewestSeeds = 5

// corpus checks that f has enough seeds and, when f is done, that each of them ran.
// The target must call the function that corpus returns.
func corpus(f *testing.F) func(*testing.T) {
	f.Helper()
	seeds, err := os.ReadDir(filepath.Join(corpora, f.Name()))
	if err != nil {
		f.Fatal(err)
	}
	if len(seeds) < fewestSeeds {
		f.Fatalf("%s has %d seeds, want at least %d", f.Name(), len(seeds), fewestSeeds)
	}
	ran := map[string]bool{}
	filtered := strings.Contains(flag.Lookup("test.run").Value.String(), "/") || flag.Lookup("test.fuzz").Value.String() != ""
	f.Cleanup(func() {
		for _, seed := range seeds {
			if !filtered && !ran[f.Name()+"/"+seed.Name()] {
				f.Errorf("the seed %s did not run", seed.Name())
			}
		}
	})
	return func(t *testing.T) { ran[t.Name()] = true }
}

// Every corpus has a target of its name, without which its seeds would never run.
func TestEveryCorpusHasItsTarget(t *testing.T) {
	var targets, dirs []string
	for _, file := range parsed(t, func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		for name := range functions(file) {
			if strings.HasPrefix(name, "Fuzz") {
				targets = append(targets, name)
			}
		}
	}
	entries, err := os.ReadDir(corpora)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		dirs = append(dirs, entry.Name())
	}
	slices.Sort(targets)
	if !slices.Equal(targets, dirs) {
		t.Errorf("the targets are %q, the corpora %q", targets, dirs)
	}
}
