//go:build !js

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tokenIssuer has a server's secret and issues tokens.
type tokenIssuer struct {
	t    *testing.T
	file string
}

func newTokenIssuer(t *testing.T) tokenIssuer {
	t.Helper()
	g := tokenIssuer{t, filepath.Join(t.TempDir(), "secret")}
	if err := os.WriteFile(g.file, []byte(strings.Repeat("0123456789abcdef", 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g tokenIssuer) flags() []string {
	return []string{"-auth", "jwt", "-jwt-hmac-secret-file", g.file}
}

func (g tokenIssuer) token(args ...string) string {
	g.t.Helper()
	out, err := exec.Command(binary(g.t), append([]string{"token", "-jwt-hmac-secret-file", g.file}, args...)...).Output()
	if err != nil {
		g.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// askedToSignIn waits for the page of a user who may not enter, which names nobody.
func (tb *tab) askedToSignIn() {
	tb.t.Helper()
	tb.holds("it asks to sign in", `() => document.querySelector("#sign-in") !== null && document.querySelector(".page > aside, dialog, #people") === null`)
}

// A token in the address lets the user in, is removed from it, and lasts for the tab. A
// user without a valid token is told how to get in and sees nobody.
func TestOnlyWithAToken(t *testing.T) {
	t.Parallel()
	g := newTokenIssuer(t)
	s := startServer(t, g.flags()...)
	ada := sit(t, s, 0, "ada")
	ada.goTo("/r/standup?token=" + g.token("-sub", "ada", "-name", "Ada", "-rooms", "standup"))
	ada.asked()
	ada.holds("the token is out of the address", `() => location.search === ""`)
	ada.join("Ada")
	ada.sees("Ada")
	ada.reload()
	ada.inRoom()
	ada.sees("Ada")
	if kept := eval[string](ada, `() => Object.keys(localStorage).join() + document.documentElement.outerHTML`); strings.Contains(kept, "token") || strings.Contains(kept, "eyJ") {
		t.Errorf("the token is kept, or shown: %s", kept)
	}

	stranger := sit(t, s, 1, "stranger")
	stranger.goTo("/r/standup")
	stranger.askedToSignIn()
	if html := eval[string](stranger, `() => document.documentElement.outerHTML`); strings.Contains(html, "Ada") {
		t.Errorf("a stranger is told who is here: %s", html)
	}

	ada.expect(noSocket, `status of 403`, `status of 401`)
	ada.goTo("/") // a room that the token is not for
	ada.askedToSignIn()

	brief := sit(t, s, 2, "brief")
	brief.goTo("/r/standup?token=" + g.token("-sub", "bob", "-for", "60s")) // long enough to get in on a busy machine
	brief.join("Bob")
	brief.sees("Bob")
	brief.askedToSignIn() // when it has expired
	brief.reload()
	brief.askedToSignIn()
}
