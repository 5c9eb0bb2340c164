// Mutants tests the model: it plants bugs, one at a time, in a copy of the module, and
// checks that the model finds each, in new schedules or in its regressions. A bug is a
// patch in server/model/testdata/mutations: a line that describes it, and a diff. Run it
// from the module's root:
//
//	go run ./server/model/mutants [name...]
//
// It prints how many schedules were needed to find each bug, and fails if one was not
// found. It also fails if a patch does not apply or compile, or if the model fails
// without a bug, as then the results would mean nothing.
package main

import (
	"bytes"
	"cmp"
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
	patience = "3m" // limit for each test, so that bugs that make a server hang are found, too
)

// needed has the files and directories of the module that the model needs.
var needed = []string{
	"go.mod", "go.sum", "shared", "server/hub", "server/cluster", "server/notice", "server/transport/wiretest", "server/model",
}

// testOf returns the name of the test that has to find the bug of a patch.
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

// most maps each test to the number of schedules that it plays for each bug.
var most = map[string]string{"TestSchedules": "10000", "TestMeshSchedules": "9000"}

var errNotFound = errors.New("not found in all schedules")

// try plants the bug of a patch, or none if patch is empty, and returns how the tests
// found it.
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
	for _, test := range []string{test, "TestRegressions"} { // rare bugs are found only by their regressions
		out, err := command(filepath.Join(dir, "server/model"), "../../model.test", "-test.run=^"+test+"$",
			"-test.timeout="+patience, "-schedules="+cmp.Or(most[test], "1"), "-tries=0", "-seeds")
		if err != nil {
			return verdict(out)
		}
	}
	return "", errNotFound
}

var (
	failure    = regexp.MustCompile(`schedule (\d+), seed \d+: (.*)`)
	regression = regexp.MustCompile(`--- FAIL: TestRegressions/(\S+)`)
)

// verdict returns the number of schedules after which a test failed and its error, or
// the regression that failed.
func verdict(out []byte) (string, error) {
	if m := failure.FindSubmatch(out); m != nil {
		return fmt.Sprintf("%5s  %.150s", m[1], m[2]), nil
	}
	if m := regression.FindSubmatch(out); m != nil {
		return fmt.Sprintf("      by %s", m[1]), nil
	}
	played := bytes.Count(out, []byte("seed ")) // every seed is printed before its schedule is played
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
