package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

func secretFile(t *testing.T, secret string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// tokenOf makes a token with the program's own command.
func tokenOf(t *testing.T, file string, args ...string) string {
	t.Helper()
	got := runToEnd(t, nil, append([]string{"token", "-jwt-hmac-secret-file", file, "-sub", "ada"}, args...)...)
	if got.code != exitOK || got.stderr != "" || strings.Count(got.stdout, ".") != 2 {
		t.Fatalf("%q: %+v", args, got)
	}
	return strings.TrimSpace(got.stdout)
}

// Whatever becomes of a token, and whichever way it comes, no log has it.
func TestTokensNeverReachALog(t *testing.T) {
	const secret, other = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	file := secretFile(t, secret)
	var parts []string
	r := startProgram(t, "-log-level", "debug", "-auth", "jwt", "-jwt-hmac-secret-file", file)
	for name, c := range map[string]struct {
		token string
		enter bool
	}{
		"good":         {tokenOf(t, file, "-name", "Ada"), true},
		"for a host":   {tokenOf(t, file, "-role", "host", "-info", "team=red", "-info", "desk=4"), true},
		"for a room":   {tokenOf(t, file, "-rooms", "standup"), true},
		"for another":  {tokenOf(t, file, "-rooms", "lobby,x"), false},
		"not ours":     {tokenOf(t, secretFile(t, other)), false},
		"expired":      {tokenOf(t, file, "-for", "1ns"), false},
		"not a token":  {"c2VjcmV0c2VjcmV0.c2VjcmV0c2VjcmV0.c2VjcmV0", false},
		"nor anything": {"not-a-token-at-all", false},
	} {
		status, _ := r.get(t, "/r/standup?token="+c.token)
		if (status == http.StatusOK) != c.enter {
			t.Errorf("%s: the page: %d", name, status)
		}
		for way, options := range map[string]*websocket.DialOptions{
			"header":      {HTTPHeader: http.Header{"Authorization": {"Bearer " + c.token}}},
			"subprotocol": {Subprotocols: []string{shared.Subprotocol, shared.TokenProtocol + c.token}},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			ws, res, err := websocket.Dial(ctx, r.url+"/ws?room=standup", options)
			if (err == nil) != c.enter {
				t.Errorf("%s by %s: %v", name, way, err)
			}
			if err == nil {
				if err := ws.Write(ctx, websocket.MessageText, shared.Encode(shared.GotANewUser{Name: "Ada"})); err != nil {
					t.Error(err)
				}
				_ = ws.Close(websocket.StatusNormalClosure, "")
			} else if res == nil || res.StatusCode/100 != 4 {
				t.Errorf("%s by %s: %v", name, way, res)
			}
			cancel()
		}
		parts = append(parts, strings.Split(c.token, ".")...)
	}
	end := r.stop()
	for _, part := range parts {
		if strings.Contains(end.stderr, part) {
			t.Errorf("the log has %s:\n%s", part, end.stderr)
		}
	}
	if end.code != exitOK || !strings.Contains(end.stderr, "handshake refused") || strings.Contains(end.stderr, secret) {
		t.Errorf("%+v", end)
	}
}

// A secret that is replaced counts at once; the old one counts no longer.
func TestARotatedSecret(t *testing.T) {
	const old, young = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	file := secretFile(t, old)
	r := startProgram(t, "-auth", "jwt", "-jwt-hmac-secret-file", file)
	first, second := tokenOf(t, file), tokenOf(t, secretFile(t, young))
	if status, _ := r.get(t, "/?token="+first); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if status, _ := r.get(t, "/?token="+second); status != http.StatusUnauthorized {
		t.Errorf("%d", status)
	}
	if err := os.WriteFile(file, []byte(young), 0o600); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		if status, _ := r.get(t, "/?token="+second); status == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the new secret never counts")
		}
	}
	if status, _ := r.get(t, "/?token="+first); status != http.StatusUnauthorized {
		t.Errorf("the old one: %d", status)
	}
	r.stop()
	got := runToEnd(t, build(), "serve", "-addr", "localhost:0", "-auth", "jwt", "-jwt-hmac-secret-file", secretFile(t, "short"))
	if got.code != exitFailure || !strings.Contains(got.stderr, "32 characters") {
		t.Errorf("%+v", got)
	}
}
