package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// samples is a value for each setting, as a flag takes it, that is not the default.
var samples = map[string]string{
	"addr":              "localhost:1",
	"allow-origin":      "https://one.test",
	"grace":             "7s",
	"max-rooms":         "7",
	"max-sessions":      "7",
	"max-room-sessions": "7",
	"log-bytes":         "4096",
	"log-level":         "WARN",
}

// settingsOf is every setting of a command but the name of the file.
func settingsOf(t *testing.T, command string) (flags []*kong.Flag) {
	t.Helper()
	parser, err := kong.New(new(commands), defaults, kong.DefaultEnvars(envPrefix))
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range parser.Model.Children {
		if node.Name != command {
			continue
		}
		for _, flag := range node.Flags {
			if flag.Name != "config" {
				flags = append(flags, flag)
			}
		}
	}
	return flags
}

// effective is the value and the origin that the program prints for a setting.
func effective(t *testing.T, name string, args ...string) (value, from string) {
	t.Helper()
	got := runToEnd(t, nil, append([]string{"config"}, args...)...)
	if got.code != exitOK || got.stderr != "" {
		t.Fatalf("%q: %+v", args, got)
	}
	for line := range strings.Lines(got.stdout) {
		if rest, ok := strings.CutPrefix(line, name+" = "); ok {
			value, from, _ := strings.Cut(rest, "# ")
			return strings.TrimSpace(value), strings.TrimSpace(from)
		}
	}
	t.Fatalf("%q: nothing of %s: %s", args, name, got.stdout)
	return "", ""
}

func fileOf(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "rollcall.toml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A setting has one name, whichever way it is given, and counts in one order.
func TestEverySettingThreeWays(t *testing.T) {
	settings := settingsOf(t, "serve")
	if len(settings) != len(samples) {
		t.Errorf("%d settings, samples for %d", len(settings), len(samples))
	}
	for _, flag := range settings {
		t.Run(flag.Name, func(t *testing.T) {
			sample, ok := samples[flag.Name]
			if !ok {
				t.Fatal("no sample")
			}
			usual, from := effective(t, flag.Name)
			if from != "default" {
				t.Errorf("%s without a word of it", from)
			}
			given, from := effective(t, flag.Name, "-"+flag.Name+"="+sample)
			if given == usual || from != "flag" {
				t.Errorf("%s, usually %s, is %s by the flag, from %s", flag.Name, usual, given, from)
			}
			file := fileOf(t, flag.Name+" = "+given)
			if got, from := effective(t, flag.Name, "-config", file); got != given || from != "file" {
				t.Errorf("the file: %s from %s", got, from)
			}
			t.Setenv("ROLLCALL_"+strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")), sample)
			if got, from := effective(t, flag.Name); got != given || from != "environment" {
				t.Errorf("the environment: %s from %s", got, from)
			}
			other := fileOf(t, flag.Name+" = "+usual)
			if got, from := effective(t, flag.Name, "-config", other); got != given || from != "environment" {
				t.Errorf("the environment over a file: %s from %s", got, from)
			}
			if flag.IsSlice() {
				return // an empty list can't be written as a flag
			}
			if got, from := effective(t, flag.Name, "-config", file, "-"+flag.Name+"="+strings.Trim(usual, `"`)); got != usual || from != "flag" {
				t.Errorf("the flag over both: %s from %s", got, from)
			}
		})
	}
}

func TestTheFileMayBeNamedInTheEnvironment(t *testing.T) {
	t.Setenv("ROLLCALL_CONFIG", fileOf(t, "grace = '7s'"))
	if got, from := effective(t, "grace"); got != `"7s"` || from != "file" {
		t.Errorf("%s from %s", got, from)
	}
	r := startProgram(t)
	if end := r.stop(); end.code != exitOK {
		t.Errorf("%+v", end)
	}
}

// What is printed says the same when it is read.
func TestConfigPrintsAConfiguration(t *testing.T) {
	var args []string
	for name, sample := range samples {
		args = append(args, "-"+name+"="+sample)
	}
	args = append(args, `-allow-origin=a\,b.test`)
	printed := runToEnd(t, nil, append([]string{"config"}, args...)...)
	again := runToEnd(t, nil, "config", "-config", fileOf(t, printed.stdout))
	if strings.ReplaceAll(printed.stdout, "# flag", "# file") != again.stdout || again.code != exitOK {
		t.Errorf("printed\n%s%s\nread\n%s%s", printed.stdout, printed.stderr, again.stdout, again.stderr)
	}
	var values map[string]any
	if _, err := toml.Decode(printed.stdout, &values); err != nil || len(values) != len(samples) {
		t.Errorf("%v, %v", values, err)
	}
}

// What is wrong with a file or with a variable's name is one line, which says where.
func TestWrongSources(t *testing.T) {
	for content, want := range map[string]string{
		"graec = '7s'":              `rollcall.toml: there is no setting "graec"`,
		"config = 'x.toml'":         `rollcall.toml: there is no setting "config"`,
		"max_rooms = 7":             `rollcall.toml: there is no setting "max_rooms"`,
		"grace = ":                  "rollcall.toml: toml: line 1",
		"grace = '1s'\ngrace='2s'":  "rollcall.toml: toml: line 2",
		"grace = 7":                 "--grace",
		"grace = 'soon'":            "--grace",
		"grace = '61m'":             "--grace: 1h1m0s",
		"max-rooms = 1.5":           "rollcall.toml: max-rooms is not",
		"[max-rooms]\nn = 1":        "rollcall.toml: max-rooms is not",
		"addr = ['localhost:1']":    "rollcall.toml: addr is one value",
		"allow-origin = [1]":        "rollcall.toml: allow-origin is a list of strings",
		"allow-origin = 'https://'": "--allow-origin",
	} {
		got := runToEnd(t, nil, "config", "-config", fileOf(t, content))
		if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v, want %q", content, got, want)
		}
	}
	if got := runToEnd(t, nil, "serve", "-config", "nowhere.toml"); got.code != exitUsage || !strings.Contains(got.stderr, "nowhere.toml") {
		t.Errorf("no file: %+v", got)
	}
	t.Setenv("ROLLCALL_GRAEC", "7s")
	for _, command := range []string{"serve", "config"} {
		if got := runToEnd(t, nil, command); got.code != exitUsage || !strings.Contains(got.stderr, "ROLLCALL_GRAEC") {
			t.Errorf("%s: %+v", command, got)
		}
	}
}

func TestNoPasswordIsPrinted(t *testing.T) {
	for in, want := range map[string]string{
		"https://x:secret@a.test/": "https://x:xxxxx@a.test/",
		"nats://:secret@a.test":    "nats://:xxxxx@a.test",
		"https://a.test/":          "https://a.test/",
		"localhost:8000":           "localhost:8000",
		"%":                        "%",
	} {
		if got := withoutPassword(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
