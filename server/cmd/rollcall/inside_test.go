package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Two whole programs that share rooms, with the NATS server inside.
func TestTwoServersShareARoom(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret of the tests\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := freePort(t)
	one, admin := watched(t, "-cluster", at, "-cluster-secret-file", secret)
	two := startProgram(t, "-cluster", "127.0.0.1:0", "-join", at, "-cluster-secret-file", secret)
	await := func(what string, holds func() bool) {
		t.Helper()
		for end := time.Now().Add(within); !holds(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("not in time: " + what)
			}
		}
	}
	await("rollcall nodes lists both", func() bool {
		got := runToEnd(t, nil, "nodes", "-admin", strings.TrimPrefix(admin.url, "http://"))
		return got.code == exitOK && strings.Count(got.stdout, "\n"+nodeName()+" ") == 2
	})
	one.join(t, "standup", "Ada")
	await("the page of a room that none of a server's own clients is in shows who is there", func() bool {
		_, page := two.get(t, "/r/standup")
		return strings.Contains(page, "Ada")
	})
	two.join(t, "standup", "Bo")
	for _, r := range []running{one, two} {
		await("the pages of both show both", func() bool {
			_, page := r.get(t, "/r/standup")
			return strings.Contains(page, "Ada") && strings.Contains(page, "Bo")
		})
	}
	if end := two.stop(); end.code != exitOK {
		t.Errorf("%+v", end)
	}
}
