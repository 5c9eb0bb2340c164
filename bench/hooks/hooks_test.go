// Package hooks lets the library of Standard Webhooks judge what Rollcall signs.
package hooks

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rollcall/server/webhook"
)

// Their library accepts our signatures, also while a secret is replaced by another, and none
// of another secret.
func TestSignatures(t *testing.T) {
	const one, two, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, c := range []struct {
		signed, verified string
		good             bool
	}{{one, one, true}, {one + "\n" + two, one, true}, {one + "\n" + two, two, true}, {one, other, false}} {
		judge, err := standard.NewWebhook(c.verified)
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if err := judge.Verify(body, r.Header); err != nil {
				http.Error(w, err.Error(), http.StatusUnauthorized)
			}
		}))
		defer srv.Close()
		dir := t.TempDir()
		file := filepath.Join(dir, "webhooks.toml")
		for name, text := range map[string]string{
			file: "[[webhook]]\nurl = '" + srv.URL + "'\nsecret-file = 'secret'\nallow-private = true\n", filepath.Join(dir, "secret"): c.signed,
		} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		hooks, err := webhook.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		err = hooks[0].Test(t.Context())
		if good := err == nil; good != c.good || !good && !strings.Contains(err.Error(), "401") {
			t.Errorf("signed with %q, verified with %q: %v", c.signed, c.verified, err)
		}
	}
}
