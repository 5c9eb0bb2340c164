//go:build !js

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gate is a server's secret, and what makes tokens with it.
type gate struct {
	t    *testing.T
	file string
}

func newGate(t *testing.T) gate {
	t.Helper()
	g := gate{t, filepath.Join(t.TempDir(), "secret")}
	if err := os.WriteFile(g.file, []byte(strings.Repeat("0123456789abcdef", 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g gate) flags() []string { return []string{"-auth", "jwt", "-jwt-hmac-secret-file", g.file} }

func (g gate) token(args ...string) string {
	g.t.Helper()
	out, err := exec.Command(binary(g.t), append([]string{"token", "-jwt-hmac-secret-file", g.file}, args...)...).Output()
	if err != nil {
		g.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// outside wants the page of one who may not enter: it says so and names nobody.
func (tb *tab) outside() {
	tb.t.Helper()
	tb.holds("it asks to sign in", `() => document.querySelector("#sign-in") !== null && document.querySelector(".page > aside, dialog, #people") === null`)
}

// A token in the address lets in, is taken out of it, and lasts for the tab; who
// has none, or one that is not good any more, is told how to get in and sees nobody.
func TestOnlyWithAToken(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	s := startServer(t, g.flags()...)
	ada := sit(t, s, 0, "ada")
	ada.goTo("/r/standup?token=" + g.token("-sub", "ada", "-name", "Ada", "-rooms", "standup"))
	ada.asked()
	ada.holds("the token is out of the address", `() => location.search === ""`)
	ada.join("Ada")
	ada.sees("Ada")
	ada.reload()
	ada.present()
	ada.sees("Ada")
	if kept := eval[string](ada, `() => Object.keys(localStorage).join() + document.documentElement.outerHTML`); strings.Contains(kept, "token") || strings.Contains(kept, "eyJ") {
		t.Errorf("the token is kept, or shown: %s", kept)
	}

	stranger := sit(t, s, 1, "stranger")
	stranger.goTo("/r/standup")
	stranger.outside()
	if html := eval[string](stranger, `() => document.documentElement.outerHTML`); strings.Contains(html, "Ada") {
		t.Errorf("a stranger is told who is here: %s", html)
	}

	ada.expect(noSocket, `status of 403`, `status of 401`)
	ada.goTo("/") // a room that the token is not for
	ada.sign("Ada")
	ada.outside()

	brief := sit(t, s, 2, "brief")
	brief.goTo("/r/standup?token=" + g.token("-sub", "bob", "-for", "25s"))
	brief.join("Bob")
	brief.sees("Bob")
	brief.outside() // when it has expired
	brief.reload()
	brief.outside()
}
