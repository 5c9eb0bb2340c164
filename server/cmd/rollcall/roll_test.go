package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/server/api/keys"
	"rollcall/server/auth"
	"rollcall/shared"
	"rollcall/shared/api"
)

// The page of an attendance opens for a key with the scope, and for a token for the room that
// has the scope or is a host's.
func TestWhoReadsTheRoll(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	file, secrets := filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "secrets")
	key := func(name string, scope api.Scope) string {
		k, err := keys.Add(file, name, []api.Scope{scope})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if err := os.WriteFile(secrets, []byte(strings.Repeat("0123456789abcdef", 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	token := func(g auth.Grant) string {
		g.Subject, g.For = "ada", time.Hour
		signed, err := auth.Sign(secrets, g)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	reads, other := key("reads", api.ScopeAttendance), key("other", api.ScopeRead)
	known, err := keys.Open(file, log)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.HMAC(secrets, auth.Rules{}, log)
	if err != nil {
		t.Fatal(err)
	}
	check := readsRoll(known, tokens)
	ada := "token " + shared.SubjectID("ada")
	for name, c := range map[string]struct {
		secret, by string
	}{
		"a key with the scope":     {reads, "key reads"},
		"another key":              {other, ""},
		"a wrong key":              {reads + "x", ""},
		"nothing":                  {"", ""},
		"a token with the scope":   {token(auth.Grant{API: []string{"attendance"}}), ada},
		"a host's token":           {token(auth.Grant{Role: shared.RoleHost, Rooms: []string{"standup"}}), ada},
		"a member's token":         {token(auth.Grant{Rooms: []string{"standup"}}), ""},
		"a token that reads":       {token(auth.Grant{API: []string{"read"}}), ""},
		"a host of another room":   {token(auth.Grant{Role: shared.RoleHost, Rooms: []string{"lobby"}}), ""},
		"a scope for another room": {token(auth.Grant{API: []string{"attendance"}, Rooms: []string{"lobby"}}), ""},
	} {
		by, ok := check(c.secret, "standup")
		if ok != (c.by != "") || ok && by != c.by {
			t.Errorf("%s: %q, %v", name, by, ok)
		}
	}
	if by, ok := readsRoll(known, nil)(token(auth.Grant{API: []string{"attendance"}}), "standup"); ok {
		t.Errorf("a token where none count is %q", by)
	}
	if readsRoll(nil, nil) != nil {
		t.Error("without keys and tokens somebody may read")
	}
}

// A server with a database, attendance and keys has the page; one without says what to set.
func TestThePageOfTheRoll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	key := keyFor(t, file)
	r := startProgram(t, "-api-keys-file", file, "-attendance", "-database", filepath.Join(t.TempDir(), "rollcall.db"))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask, err := http.NewRequest("POST", r.url+"/attendance", strings.NewReader(url.Values{"key": {key}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ask.Header.Set("Origin", r.url)
	res, err := client.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Errorf("%s, %v", res.Status, res.Header)
	}
	without := startProgram(t)
	res, err = client.Get(without.url + "/attendance")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusNotImplemented || !strings.Contains(string(text), "-attendance") {
		t.Errorf("%s: %s", res.Status, text)
	}
	if end := r.stop(); strings.Contains(end.stderr, key) || !strings.Contains(end.stderr, "key=test") {
		t.Error(end.stderr)
	}
}
