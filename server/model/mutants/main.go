// Mutants plants bugs, one at a time, in a copy of the module, and demands that
// the model finds each. A bug is a patch in server/model/testdata/mutations: a
// line that says what is wrong, and a diff. Run it from the module's root:
//
//	go run ./server/model/mutants [name...]
//
// It prints how many schedules each took, and fails if a bug was not found. It
// also fails if a patch no longer applies or compiles, or if the model finds
// something without any bug planted: both would prove nothing.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	patches  = "server/model/testdata/mutations"
	patience = "3m" // for each bug: one that makes a server hang is found too
)

// needed is what of the module the model is made of.
var needed = []string{"go.mod", "go.sum", "shared", "server/hub", "server/cluster", "server/model"}

// testOf is the test that has to find the bug of a patch.
func testOf(patch string) string {
	if strings.HasPrefix(filepath.Base(patch), "mesh-") {
		return "TestMeshSchedules"
	}
	return "TestSchedules"
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(only []string) error {
	files, err := filepath.Glob(filepath.Join(patches, "*.patch"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s has %d patches: %v", patches, len(files), err)
	}
	if len(only) > 0 {
		files = slices.DeleteFunc(files, func(file string) bool {
			return !slices.Contains(only, strings.TrimSuffix(filepath.Base(file), ".patch"))
		})
	}
	var failed []string
	proven := map[string]bool{}
	for _, file := range files {
		if test := testOf(file); !proven[test] {
			proven[test] = true
			if found, err := try("", test); err == nil {
				return fmt.Errorf("without any bug: %s", found)
			} else if !errors.Is(err, errNotFound) {
				return err
			}
		}
		name := strings.TrimSuffix(filepath.Base(file), ".patch")
		found, err := try(file, testOf(file))
		if err != nil {
			failed = append(failed, name)
			found = err.Error()
		}
		fmt.Printf("%-32s %s\n", name, found)
	}
	if len(failed) > 0 {
		return fmt.Errorf("not found: %s", strings.Join(failed, ", "))
	}
	return nil
}

// most is how many schedules there are for each bug.
var most = map[string]string{"TestSchedules": "10000", "TestMeshSchedules": "2000"}

var errNotFound = errors.New("not found in all schedules")

// try plants one bug, or none, and returns how the test found it.
func try(patch, test string) (found string, err error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	for _, part := range needed {
		if err := copyTo(dir, part); err != nil {
			return "", err
		}
	}
	if patch != "" {
		out, err := command(dir, "git", "apply", filepath.Join(dir, patch))
		if err != nil {
			return "", fmt.Errorf("the patch does not apply: %s", out)
		}
	}
	if out, err := command(dir, "go", "test", "-c", "-o", "model.test", "./server/model"); err != nil {
		return "", fmt.Errorf("it does not compile: %s", out)
	}
	out, err := command(filepath.Join(dir, "server/model"), "../../model.test", "-test.run=^"+test+"$",
		"-test.timeout="+patience, "-schedules="+most[test], "-tries=0", "-seeds")
	if err == nil {
		return "", errNotFound
	}
	return verdict(out)
}

var failure = regexp.MustCompile(`schedule (\d+), seed \d+: (.*)`)

// verdict says after how many schedules a test failed, and with what.
func verdict(out []byte) (string, error) {
	if m := failure.FindSubmatch(out); m != nil {
		return fmt.Sprintf("%5s  %.150s", m[1], m[2]), nil
	}
	played := bytes.Count(out, []byte("seed ")) // each is printed before it is played
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte("panic: ")) {
			return fmt.Sprintf("%5d  %.150s", played, bytes.TrimSpace(line)), nil
		}
	}
	return "", fmt.Errorf("the test failed otherwise: %.2000s", out)
}

func command(dir, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	return c.CombinedOutput()
}

// copyTo copies a file or a directory of the module to dir.
func copyTo(dir, path string) error {
	to := filepath.Join(dir, path)
	if info, err := os.Stat(path); err != nil {
		return err
	} else if info.IsDir() {
		return os.CopyFS(to, os.DirFS(path))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o666)
}
