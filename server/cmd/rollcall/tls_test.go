package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// writePair puts a certificate for localhost and its key into a directory.
func writePair(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotAfter: time.Now().Add(time.Hour),
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// browser is a client of https that asks nobody who the server is. Each request
// is a new connection.
func browser(protocols ...string) *http.Client {
	return &http.Client{Timeout: within, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, NextProtos: protocols},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
	}}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := writePair(t, dir, "old")
	r := startProgram(t, "-tls-cert", cert, "-tls-key", key)
	url := strings.Replace(r.url, "127.0.0.1", "localhost", 1)
	if !strings.HasPrefix(url, "https://") {
		t.Fatalf("announced at %s", url)
	}
	res, err := browser().Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.ProtoMajor != 2 || res.StatusCode != http.StatusOK || res.TLS.PeerCertificates[0].Subject.CommonName != "old" {
		t.Errorf("%s %s %s", res.Proto, res.Status, res.TLS.PeerCertificates[0].Subject)
	}

	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url+"/ws?room=standup", &websocket.DialOptions{HTTPClient: browser()})
	if err != nil {
		t.Fatal(err)
	}
	write := func(e shared.Event) {
		t.Helper()
		if err := ws.Write(ctx, websocket.MessageText, shared.Encode(e)); err != nil {
			t.Fatal(err)
		}
	}
	write(shared.GotANewUser{Name: "Ada"})
	if got, err := read(t, ws); err != nil || !strings.Contains(got, "Ada") {
		t.Errorf("%s, %v", got, err)
	}

	writePair(t, dir, "new")
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		res, err := browser().Get(url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.TLS.PeerCertificates[0].Subject.CommonName == "new" {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the old certificate is still shown")
		}
	}
	note := "still here"
	write(shared.UpdateUser{Note: &note})
	if got, err := read(t, ws); err != nil || !strings.Contains(got, note) {
		t.Errorf("who was connected: %s, %v", got, err)
	}
	go func() { _, _, _ = ws.Read(ctx) }() // answers the closing handshake
	if end := r.stop(); end.code != exitOK || strings.Contains(end.stderr, "level=WARN") {
		t.Errorf("%+v", end)
	}
}

// What a browser does that has no WebSocket over HTTP/2, and a probe that speaks no TLS.
func TestStrangersOfTLS(t *testing.T) {
	cert, key := writePair(t, t.TempDir(), "localhost")
	r := startProgram(t, "-tls-cert", cert, "-tls-key", key)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/ws?room=standup", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := browser().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.ProtoMajor != 2 || res.StatusCode != http.StatusUpgradeRequired || res.Header.Get("Upgrade") != "" { // RFC 9113 §8.2.2
		t.Errorf("/ws over HTTP/2: %s %s %v", res.Proto, res.Status, res.Header)
	}
	res, err = http.Get(strings.Replace(r.url, "https:", "http:", 1))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %s", res.Status)
	}
	if end := r.stop(); end.code != exitOK || strings.Contains(end.stderr, "TLS") {
		t.Errorf("a failed handshake is no news: %+v", end)
	}
	got := runToEnd(t, build(), "serve", "-addr", "localhost:0", "-tls-cert", "nowhere.pem", "-tls-key", "nowhere.pem")
	if got.code != exitFailure || !strings.Contains(got.stderr, "nowhere.pem") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}
