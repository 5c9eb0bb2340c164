//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The files that a setting takes, and what else it takes to use them. A key is the flag.
var files = map[string][]string{
	"config":               {},
	"tls-cert":             {"-tls-key=KEY"},
	"tls-key":              {"-tls-cert=CERT"},
	"acme-dir":             {"-acme-host=a.test"},
	"jwt-hmac-secret-file": {"-auth=jwt"},
	"jwt-jwks":             {"-auth=jwt"},
	"api-keys-file":        {},
	"nats-credentials":     {"-nats=nats://127.0.0.1:1"},
	"nats-ca":              {"-nats=nats://127.0.0.1:1"},
	"nats-cert":            {"-nats=nats://127.0.0.1:1", "-nats-key=KEY"},
	"nats-key":             {"-nats=nats://127.0.0.1:1", "-nats-cert=CERT"},
	"cluster-secret-file":  {"-cluster=127.0.0.1:0"},
	"handover":             {},
	"database":             {},
	"webhooks-file":        {"-database=/nowhere/rollcall.db"},
}

// unusable is what there may be instead of a file, by its name.
func unusable(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	err := errors.Join(
		os.WriteFile(in("empty"), nil, 0o600),
		os.WriteFile(in("garbage"), []byte("garb\x00age\n-----BEGIN"), 0o600),
		os.WriteFile(in("large"), bytes.Repeat([]byte("# large\n"), mostBytes/4), 0o600),
		os.Mkdir(in("directory"), 0o700),
		os.Symlink(in("loop"), in("loop")),
		syscall.Mkfifo(in("pipe"), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{"missing": in("missing"), "under a file": in("empty/file"), "endless": "/dev/zero"}
	for _, name := range []string{"empty", "garbage", "large", "directory", "loop", "pipe"} {
		kinds[name] = in(name)
	}
	return kinds
}

// usable says which kinds a setting can make something of: a directory is made if it is
// missing, an empty file is a configuration without settings, and one may come through a
// pipe, as may a secret that is read once, which may be anything. Keys may be added to a file
// that has none, and a database is made of an empty one.
var usable = map[string]string{
	"config": "empty pipe", "cluster-secret-file": "garbage pipe",
	"api-keys-file": "empty",
	"database":      "missing empty",
	"acme-dir":      "missing directory", "handover": "missing directory",
}

// Whatever is in the place of a file that a setting names, the program says so in one
// line, which names the setting or the file, and ends: it neither crashes nor waits.
func TestFilesThatCannotBeUsed(t *testing.T) {
	cert, key := writePair(t, t.TempDir(), "localhost")
	kinds := unusable(t)
	for _, flag := range append(settingsOf(t, "serve"), nil) {
		name := "config" // which settingsOf leaves out
		if flag != nil {
			if name = flag.Name; !strings.HasPrefix(flag.PlaceHolder, "FILE") && flag.PlaceHolder != "DIR" {
				continue
			}
		}
		with, ok := files[name]
		if !ok {
			t.Errorf("-%s takes a file, and is not tried", name)
		}
		for kind, file := range kinds {
			if strings.Contains(usable[name], kind) {
				continue
			}
			args := []string{"serve", "-addr=localhost:0", "-" + name + "=" + file}
			for _, arg := range with {
				args = append(args, strings.NewReplacer("KEY", key, "CERT", cert).Replace(arg))
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				code, stdout, stderr := runProcess(t, args...)
				if code != exitFailure && (code != exitUsage || name != "config") {
					t.Errorf("it ended with %d", code)
				}
				last := lastLine(stderr)
				if !strings.HasPrefix(last, "rollcall: ") || !strings.Contains(last, "--"+name) && !strings.Contains(last, file) {
					t.Errorf("it says %q", stderr)
				}
				if stdout != "" || strings.Count(stderr, "\n") > 2 || strings.Contains(stderr, "goroutine") {
					t.Errorf("it says %q, and %q", stdout, stderr)
				}
			})
		}
	}
}

// runProcess runs the program as a process until it ends, or for as long as a test waits.
func runProcess(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), complaint.String()
}

func lastLine(text string) string {
	return text[strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')+1:]
}

// An address that NATS can't make sense of is one line, too.
func TestAnAddressOfNATSThatIsNone(t *testing.T) {
	code, _, stderr := runProcess(t, "serve", "-addr=localhost:0", "-nats", "nats://%zz")
	if code != exitFailure || !strings.HasPrefix(lastLine(stderr), "rollcall: ") || strings.Contains(stderr, "goroutine") {
		t.Errorf("%d, %q", code, stderr)
	}
}
