package shared_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
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

// checkRead checks that a frame is either refused for a reason that ends the
// session, or taken whole, and that what was taken goes around unchanged.
func checkRead(t *testing.T, read direction, frame []byte) {
	events, err := read(frame)
	var e shared.Error
	switch lines := bytes.Count(frame, []byte{shared.Separator}) + 1; {
	case err == nil && len(events) != lines:
		t.Errorf("%d lines gave %d events", lines, len(events))
	case err != nil && !errors.As(err, &e):
		t.Errorf("the error is %#v", err)
	case err != nil && !slices.Contains([]shared.Code{shared.CodeBadUTF8, shared.CodeBadJSON, shared.CodeBadEvent}, e.Code):
		t.Errorf("the error is %v", err)
	case err != nil && len(events) >= lines:
		t.Errorf("%d lines gave %d events and %v", lines, len(events), err)
	}
	if slowly, slow := read(padded(frame)); !reflect.DeepEqual(slowly, events) || !sameError(slow, err) {
		t.Errorf("read %#v, %v\nbut %#v, %v with a space before each line", events, err, slowly, slow)
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

// padded is a frame that says the same, but is not plain.
func padded(frame []byte) []byte {
	lines := bytes.ReplaceAll(frame, []byte{shared.Separator}, []byte{shared.Separator, ' '})
	return append([]byte{' '}, lines...)
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

// checkName checks raw against the rule for names, said another way.
func checkName(t *testing.T, raw string) {
	shared.Initials(raw) // draws anything
	trimmed := strings.TrimSpace(raw)
	fits := utf8.ValidString(raw) && !strings.ContainsFunc(trimmed, forbidden) && utf8.RuneCountInString(trimmed) <= shared.MaxNameRunes
	name, err := shared.CleanName(raw)
	if err != nil {
		wantCode(t, err, shared.CodeBadName, true)
		if fits && strings.ContainsFunc(trimmed, isPlain) {
			t.Errorf("CleanName(%+q): %v", raw, err)
		}
		return
	}
	if !fits || name != trimmed {
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

// isPlain holds for characters that leave ink beyond doubt.
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

const corpora = "testdata/fuzz" // where go test looks for them

// fewestSeeds is how many seeds a target has at least.
const fewestSeeds = 5

// corpus checks that f's seeds are there, and when f is done that each of them
// ran: the target tells by calling the function that corpus returns.
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

// A corpus whose target has another name, or none, is run by nobody.
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
