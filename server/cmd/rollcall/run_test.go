package main

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// ran is what a run of the program left behind.
type ran struct {
	code           int
	stdout, stderr string
}

func runToEnd(t *testing.T, build fstest.MapFS, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), within) // if it should serve
	defer cancel()
	p := &program{ctx: ctx, stdout: &stdout, stderr: &stderr, build: build}
	code := p.run(args)
	return ran{code, stdout.String(), stderr.String()}
}

// Whatever is wrong with the command line is one line, which names it.
func TestUsage(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                                        `expected one of "serve", "config", "token", "rooms", "who", `,
		"dance":                                   "unexpected argument dance",
		"serv":                                    `did you mean "serve"`,
		"serve now":                               "unexpected argument now",
		"serve -nope":                             "unknown flag --nope",
		"serve --grac=1s":                         `did you mean "--grace"`,
		"version -addr :1":                        "unknown flag --addr",
		"serve -addr":                             "--addr",
		"serve -addr nowhere":                     `--addr: "nowhere" is not HOST:PORT`,
		"serve -addr=":                            `--addr: "" is not HOST:PORT`,
		"serve -addr localhost:65536":             "--addr: \"localhost:65536\"",
		"serve -addr localhost:nonesuch":          "--addr: \"localhost:nonesuch\"",
		"serve -grace soon":                       "--grace",
		"serve -grace -1s":                        "--grace",
		"serve -grace=-1s":                        "--grace: -1s",
		"serve -grace 0":                          "--grace",
		"serve -grace 0s":                         "--grace: 0s",
		"serve -grace 61m":                        "--grace: 1h1m0s",
		"serve -allow-origin https://x.y/":        `--allow-origin: "https://x.y/"`,
		"serve -allow-origin x.y,[":               `--allow-origin: "["`,
		"serve -max-sessions 0":                   "--max-sessions: 0",
		"serve -max-sessions -1":                  "--max-sessions",
		"serve -max-room-sessions=-1":             "--max-room-sessions: -1",
		"serve -max-sessions many":                "--max-sessions",
		"serve -max-sessions 9999999999999999999": "--max-sessions",
		"serve -drain 0s":                         "--drain: 0s",
		"serve -drain 61m":                        "--drain: 1h1m0s",
		"serve -admin nowhere":                    `--admin: "nowhere" is not HOST:PORT`,
		"serve -log-format xml":                   "--log-format",
		"serve -log-level loud":                   "--log-level",
		"serve -tls-cert x.pem":                   "--tls-cert and --tls-key",
		"serve -acme-host a.test":                 "--acme-host needs --acme-dir",
		"serve -acme-host a -acme-dir x":          `--acme-host: "a"`,
		"serve -acme-host a.test -acme-dir x -tls-cert a -tls-key b": "--acme-host: the certificate",
		"serve -base rollcall":                                 `--base: "rollcall"`,
		"serve -proxy-says anything":                           "--proxy-says",
		"serve -max-address-connections=-1":                    "--max-address-connections",
		"serve -exempt here":                                   "--exempt",
		"serve -auth nobody":                                   "--auth",
		"serve -auth jwt":                                      "--auth=jwt needs one of",
		"serve -auth jwt -jwt-jwks x -jwt-hmac-secret-file y":  "--auth=jwt needs one of",
		"serve -nats nats://x -nats-cert x":                    "--nats-cert and --nats-key",
		"serve -nats nats://x -nats-key x":                     "--nats-cert and --nats-key",
		"serve -attendance":                                    "--attendance needs --database",
		"serve -attendance -attendance-keep 23h -database x":   "--attendance-keep: 23h0m0s is below 24h0m0s",
		"serve -attendance-names=perhaps":                      "--attendance-names",
		"serve -database mysql://x/y":                          `--database: "mysql" is not a kind of database`,
		"serve -database postgres://[::1/x":                    "--database: not an address of a PostgreSQL database",
		"serve -database postgres://x/y?sslmode=perhaps":       "--database: not an address of a PostgreSQL database",
		"serve -database x -nats nats://x":                     "--database: a file is for one server",
		"serve -database x -cluster :0 -cluster-secret-file x": "--database: a file is for one server",
		"serve -nats-ca x":                                     "need --nats",
		"serve -nats-credentials x":                            "need --nats",
		"serve -nats-cert x -nats-key x":                       "need --nats",
		"serve -cluster :1":                                    "--cluster needs --cluster-secret-file",
		"serve -jwt-jwks x":                                    "--auth=jwt",
		"serve -auth jwt -jwt-jwks http://a.test/keys":         "--jwt-jwks: keys come by https",
		"who":                                "who: bad_room: a room needs a name",
		"who NO":                             "a room's name",
		"where nobody":                       "an id has",
		"watch a/b":                          "a room's name",
		"rooms -server localhost:8000":       "--server",
		"who lobby -server localhost:8000":   "--server",
		"watch lobby -server localhost:8000": "--server",
		"where MFZWIZTHNBVGWMJU -server localhost:8000": "--server",
		"attendance lobby -database postgres://a:b@c/x": "--database: others here can see",
		"erase nobody -database x":                      "an id has",
		"erase MFZWIZTHNBVGWMJU -database mysql://x":    "--database: \"mysql\" is not a kind",
		"backup x -database mysql://x":                  "--database: \"mysql\" is not a kind",
		"rooms -o xml":                                  "--output",
		"key -file x":                                   "--name",
		"token":                                         "--sub", "token -sub ada": "--jwt-hmac-secret-file",
		"token -jwt-hmac-secret-file x -sub ada -rooms A":   "--rooms",
		"token -jwt-hmac-secret-file x -sub ada -api x":     "--api",
		"token -jwt-hmac-secret-file x -sub ada -for 0s":    "--for",
		"token -jwt-hmac-secret-file x -sub a -role x":      "--role",
		"token -jwt-hmac-secret-file x -sub a -info k=\x1b": "--info",
		"token -jwt-hmac-secret-file x -sub=":               "--sub",
		"serve -hsts -1s":                                   "--hsts",
	} {
		got := runToEnd(t, build(), strings.Fields(line)...)
		if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %d, %q, want %q", line, got.code, got.stderr, want)
		}
		if !strings.HasPrefix(got.stderr, "rollcall: ") || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: not one line: %q", line, got.stderr)
		}
	}
}

func TestTheEnvironmentIsCheckedToo(t *testing.T) {
	for name, value := range map[string]string{
		"ROLLCALL_ADDR": "nowhere", "ROLLCALL_GRACE": "soon", "ROLLCALL_ALLOW_ORIGIN": "https://x/", "ROLLCALL_MAX_SESSIONS": "x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			got := runToEnd(t, build(), "serve")
			if got.code != exitUsage || !strings.Contains(got.stderr, value) || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("%d, %q", got.code, got.stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, line := range []string{"help", "-h", "-help", "--help"} {
		got := runToEnd(t, build(), line)
		if got.code != exitOK || got.stderr != "" || !strings.Contains(got.stdout, "serve") || !strings.Contains(got.stdout, "version") {
			t.Errorf("%s: %+v", line, got)
		}
	}
	for _, line := range []string{"help serve", "serve -help", "serve --help", "serve -h"} {
		got := runToEnd(t, build(), strings.Fields(line)...)
		for _, word := range []string{"--addr", "ROLLCALL_ADDR", "localhost:8000", "--grace", "3s", "--allow-origin", "--max-sessions"} {
			if got.code != exitOK || got.stderr != "" || !strings.Contains(got.stdout, word) {
				t.Errorf("%s: %d, without %s: %s%s", line, got.code, word, got.stdout, got.stderr)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	got := runToEnd(t, build(), "version")
	if got.code != exitOK || !regexp.MustCompile(`^rollcall \S+ go1\.\S+ \w+/\w+\n$`).MatchString(got.stdout) || got.stderr != "" {
		t.Errorf("%+v", got)
	}
}

func TestWithoutABuild(t *testing.T) {
	got := runToEnd(t, fstest.MapFS{}, "serve", "-addr", "localhost:0")
	if got.code != exitFailure || !strings.HasSuffix(got.stderr, ": run make\n") || strings.Count(got.stderr, "\n") != 1 || got.stdout != "" {
		t.Errorf("%+v", got)
	}
}

func TestATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := runToEnd(t, build(), "serve", "-addr", l.Addr().String())
	if got.code != exitFailure || !strings.Contains(got.stderr, l.Addr().String()) || strings.Count(got.stderr, "\n") != 1 || got.stdout != "" {
		t.Errorf("%+v", got)
	}
}

func TestGoStyle(t *testing.T) {
	for line, want := range map[string]string{
		"serve -addr :1":        "serve --addr :1",
		"serve --addr=:1":       "serve --addr=:1",
		"serve -addr=-x":        "serve --addr=-x",
		"serve -grace -1s":      "serve --grace -1s",
		"serve -h":              "serve -h",
		"-help":                 "--help",
		"help":                  "--help",
		"help serve":            "serve --help",
		"serve - -- -addr help": "serve - -- -addr help",
		"":                      "",
	} {
		if got := goStyle(strings.Fields(line)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
