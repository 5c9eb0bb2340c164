//go:build unix

package auth

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Sources that are too large or no regular files are refused, with their name in the error.
func TestSourcesThatAreTooMuch(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range maxBytes {
			if _, err := w.Write([]byte("          ")); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	if _, err := fetch(endless.URL); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("an answer without end: %v", err)
	}
	dir := t.TempDir()
	pipe := dir + "/pipe"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := dir + "/large"
	if err := os.WriteFile(large, make([]byte, maxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, dir, large, "/dev/zero", dir + "/nowhere"} {
		if _, err := HMAC(name, Rules{}, discard); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("secrets in %s: %v", name, err)
		}
		if _, err := JWKS(name, Rules{}, discard); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("keys in %s: %v", name, err)
		}
	}
}
