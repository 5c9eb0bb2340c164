package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// sample is a value of a setting, as a flag takes it, that is not the default,
// and the flags that it can't do without.
type sample struct {
	value string
	with  []string
}

var samples = map[string]sample{
	"addr":                    {value: "localhost:1"},
	"base":                    {value: "/rollcall/"},
	"host":                    {value: "a.test"},
	"allow-origin":            {value: "https://one.test"},
	"trusted-proxy":           {value: "10.0.0.0/8"},
	"proxy-says":              {value: "forwarded"},
	"tls-cert":                {"cert.pem", []string{"-tls-key=key.pem"}},
	"tls-key":                 {"key.pem", []string{"-tls-cert=cert.pem"}},
	"acme-host":               {"a.test", []string{"-acme-dir=certs"}},
	"acme-dir":                {value: "certs"},
	"acme-url":                {value: "https://ca.test/dir"},
	"hsts":                    {value: "1h0m0s"},
	"auth":                    {"jwt", []string{"-jwt-jwks=keys.json"}},
	"jwt-hmac-secret-file":    {"secret", []string{"-auth=jwt"}},
	"jwt-jwks":                {"keys.json", []string{"-auth=jwt"}},
	"jwt-issuer":              {"a.test", []string{"-auth=jwt", "-jwt-jwks=keys.json"}},
	"jwt-audience":            {"rollcall", []string{"-auth=jwt", "-jwt-jwks=keys.json"}},
	"api-keys-file":           {value: "keys"},
	"grace":                   {value: "7s"},
	"away-after":              {value: "2m0s"},
	"public-names":            {value: "true"},
	"badges":                  {value: "true"},
	"max-sessions":            {value: "7"},
	"max-room-sessions":       {value: "7"},
	"log-level":               {value: "WARN"},
	"nats":                    {value: "nats://127.0.0.1:4222"},
	"nats-credentials":        {"node.creds", []string{"-nats=nats://127.0.0.1:4222"}},
	"nats-ca":                 {"ca.pem", []string{"-nats=nats://127.0.0.1:4222"}},
	"nats-cert":               {"cert.pem", []string{"-nats=nats://127.0.0.1:4222", "-nats-key=key.pem"}},
	"nats-key":                {"key.pem", []string{"-nats=nats://127.0.0.1:4222", "-nats-cert=cert.pem"}},
	"cluster":                 {"127.0.0.1:6222", []string{"-cluster-secret-file=secret"}},
	"join":                    {"one.test:6222", []string{"-cluster=127.0.0.1:6222", "-cluster-secret-file=secret"}},
	"cluster-secret-file":     {"secret", []string{"-cluster=127.0.0.1:6222"}},
	"database":                {value: "rollcall.db"},
	"webhooks-file":           {"webhooks.toml", []string{"-database=rollcall.db"}},
	"attendance":              {"true", []string{"-database=rollcall.db"}},
	"attendance-keep":         {value: "48h0m0s"},
	"attendance-names":        {value: "false"},
	"cluster-name":            {value: "ours"},
	"admin":                   {value: "127.0.0.1:9100"},
	"log-format":              {value: "json"},
	"max-address-connections": {value: "7"},
	"exempt":                  {value: "10.0.0.0/8"},
	"drain":                   {value: "7s"},
	"handover":                {value: "next"},
}

// settingsOf is every setting of a command but the name of the file.
func settingsOf(t *testing.T, command string) (flags []*kong.Flag) {
	t.Helper()
	parser, err := kong.New(new(commands), defaults(), kong.DefaultEnvars(envPrefix))
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

// printed is the configuration that the program prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	got := runToEnd(t, nil, append([]string{"config"}, args...)...)
	if got.code != exitOK || got.stderr != "" {
		t.Fatalf("%q: %+v", args, got)
	}
	return got.stdout
}

// valueIn is the value and the origin of a setting in a configuration that was printed;
// empty if it is not there.
func valueIn(configuration, name string) (value, from string) {
	for line := range strings.Lines(configuration) {
		if rest, ok := strings.CutPrefix(line, name+" = "); ok {
			value, from, _ := strings.Cut(rest, "# ")
			return strings.TrimSpace(value), strings.TrimSpace(from)
		}
	}
	return "", ""
}

// effective is the value and the origin that the program prints for a setting.
func effective(t *testing.T, name string, args ...string) (value, from string) {
	t.Helper()
	configuration := printed(t, args...)
	if value, from = valueIn(configuration, name); from == "" {
		t.Fatalf("%q: nothing of %s: %s", args, name, configuration)
	}
	return value, from
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
	if len(settings) > 45 {
		t.Errorf("%d settings: they were to be 45 at most, a limit that no operator has asked for is a constant", len(settings))
	}
	if len(settings) != len(samples) {
		t.Errorf("%d settings, samples for %d", len(settings), len(samples))
	}
	defaults := printed(t)
	for _, flag := range settings {
		t.Run(flag.Name, func(t *testing.T) {
			sample, ok := samples[flag.Name]
			if !ok {
				t.Fatal("no sample")
			}
			check := func(how, wantFrom, want string, args ...string) {
				t.Helper()
				if got, from := effective(t, flag.Name, append(args, sample.with...)...); got != want || from != wantFrom {
					t.Errorf("%s: %s from %s, want %s from %s", how, got, from, want, wantFrom)
				}
			}
			usual, from := valueIn(defaults, flag.Name)
			if from != "default" {
				t.Errorf("%s without a word of it", from)
			}
			byFlag := "-" + flag.Name + "=" + sample.value
			given, from := effective(t, flag.Name, append(sample.with, byFlag)...)
			if given == usual || from != "flag" {
				t.Errorf("%s is %s, and %s by the flag, from %s", flag.Name, usual, given, from)
			}
			file, other := fileOf(t, flag.Name+" = "+given), fileOf(t, flag.Name+" = "+usual)
			check("the file", "file", given, "-config", file)
			t.Setenv("ROLLCALL_"+strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")), sample.value)
			check("the environment over the file", "environment", given, "-config", other)
			check("the flag over both", "flag", given, "-config", other, byFlag)
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
	t.Parallel()
	for name, sample := range samples {
		args := append(sample.with, "-"+name+"="+sample.value, `-allow-origin=a\,b.test`)
		once := runToEnd(t, nil, append([]string{"config"}, args...)...)
		again := runToEnd(t, nil, "config", "-config", fileOf(t, once.stdout))
		values := regexp.MustCompile(` +# .*`)
		if values.ReplaceAllString(once.stdout, "") != values.ReplaceAllString(again.stdout, "") || again.code != exitOK {
			t.Errorf("printed\n%s%s\nread\n%s%s", once.stdout, once.stderr, again.stdout, again.stderr)
		}
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
		"max-sessions = 1.5":        "rollcall.toml: max-sessions is not",
		"[max-sessions]\nn = 1":     "rollcall.toml: max-sessions is not",
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
		"https://x:secret@a.test/": "https://xxxxx@a.test/",
		"nats://:secret@a.test":    "nats://xxxxx@a.test",
		"nats://token@a.test:4222": "nats://xxxxx@a.test:4222",
		"x:secret@a.test:4222":     "xxxxx@a.test:4222",
		"nats://x:s@cret@a.test":   "nats://xxxxx@a.test",
		"nats://x:%zz@a.test":      "nats://xxxxx@a.test",
		"https://a.test/x@y":       "https://a.test/x@y",
		"postgres://ada@a.test/x":  "postgres://ada@a.test/x",
		"postgres://a:secret@b/x":  "postgres://a:xxxxx@b/x",
		"postgres://a:s%cret@b/x":  "postgres://xxxxx@b/x",

		"postgresql:///x?host=b&user=a":        "postgresql:///x?host=b&user=a",
		"postgresql:///x?password=secret":      "postgresql:///x?password=xxxxx",
		"postgres://b/x?sslpassword=a&host=/c": "postgres://b/x?host=%2Fc&sslpassword=xxxxx",

		"https://a.test/": "https://a.test/",
		"localhost:8000":  "localhost:8000",
		"ops@a.test":      "ops@a.test",
		"%":               "%",
	} {
		if got := withoutPassword(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for _, setting := range []string{"acme-url", "allow-origin", "nats"} {
		if got := runToEnd(t, nil, "config", "-config", fileOf(t, setting+` = "https://x:hunter2@a.test"`)); got.code != exitOK || strings.Contains(got.stdout, "hunter2") {
			t.Errorf("%+v", got)
		}
	}
	if value, _ := effective(t, "database", "-config", fileOf(t, `database = "postgres://x:hunter2@a.test/x"`)); value != `"postgres://x:xxxxx@a.test/x"` {
		t.Error(value)
	}
}

// What others can see takes no secret: whatever the setting, and wherever the address
// is in a list.
func TestNoPasswordIsTaken(t *testing.T) {
	const secret = "hunter2"
	refused := func(got ran, flag string) {
		t.Helper()
		if got.code != exitUsage || !strings.Contains(got.stderr, "--"+flag+": an address with a password") || strings.Contains(got.stderr, secret) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%+v", got)
		}
	}
	for _, flag := range settingsOf(t, "serve") {
		if len(textsOf(flag)) == 0 && flag.Target.Type() != reflect.TypeFor[[]string]() || flag.Tag.Enum != "" {
			continue
		}
		for _, command := range []string{"serve", "config"} {
			refused(runToEnd(t, build(), command, "-"+flag.Name+"=https://x:"+secret+"@a.test"), flag.Name)
		}
		t.Run(flag.Name, func(t *testing.T) {
			t.Setenv(flag.Envs[0], "https://x:"+secret+"@a.test")
			refused(runToEnd(t, build(), "serve"), flag.Name)
		})
	}
	for _, address := range []string{"nats://x:" + secret + "@a.test", "nats://" + secret + "@a.test", "x:" + secret + "@a.test:4222", "nats://b.test,tls://" + secret + "@a.test"} {
		refused(runToEnd(t, build(), "serve", "-nats", address), "nats")
	}
}
