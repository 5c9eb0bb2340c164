//go:build !js

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate returns the flags for https with a fresh certificate.
func certificate(t *testing.T) []string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"-tls-cert", cert, "-tls-key", key}
}

// Everything works under a base path and with https, and nothing outside of that path is
// requested. Pages come by HTTP/2, which has no WebSocket here, so the browser makes
// another connection by HTTP/1.1.
func TestUnderABasePathByTLS(t *testing.T) {
	t.Parallel()
	s := startServer(t, append(certificate(t), "-base", "/rollcall/")...)
	people := joinAll(t, s, "/r/standup", "Ann", "Bob")
	ann, bob := people[0], people[1]
	if protocol := eval[string](ann, `() => performance.getEntriesByType("navigation")[0].nextHopProtocol`); protocol != "h2" {
		t.Errorf("the page came by %q", protocol)
	}
	ann.reload()
	ann.inRoom()
	ann.sees("Ann", "Bob")

	bob.workerReady()
	if scope := eval[string](bob, `async () => (await navigator.serviceWorker.ready).scope`); scope != s.url("/") {
		t.Errorf("the worker is for %s", scope)
	}
	bob.expect(noSuchPage)
	bob.goTo("/nowhere")
	bob.click("main.lost a.button")
	bob.asked()
	if at := eval[string](bob, `() => location.href`); at != s.url("/") {
		t.Errorf("the lobby is at %s", at)
	}
	bob.expect(unreachable, noSocket)
	bob.setOffline(true)
	bob.goTo("/r/never-seen")
	bob.connectionIs("offline")

	for _, p := range people {
		p.mu.Lock()
		for _, url := range p.urls {
			if !strings.HasPrefix(url, s.url("/")) && !strings.HasPrefix(url, "data:") {
				t.Errorf("%s is asked for", url)
			}
		}
		p.mu.Unlock()
	}
}
