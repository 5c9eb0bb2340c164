package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pair returns a self-signed certificate and its key, in PEM.
func pair(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// twoFiles are a certificate and a key in files, and the log about them.
type twoFiles struct {
	t         *testing.T
	cert, key string
	log       bytes.Buffer
}

func (f *twoFiles) write(name string, content []byte) {
	f.t.Helper()
	before, _ := os.Stat(name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	if before != nil { // the clock may be too coarse to tell them apart
		if err := os.Chtimes(name, time.Time{}, before.ModTime().Add(time.Second)); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *twoFiles) open() (*tls.Config, error) {
	return Files(f.cert, f.key, slog.New(slog.NewTextHandler(&f.log, nil)))
}

func filesOf(t *testing.T, cert, key []byte) *twoFiles {
	dir := t.TempDir()
	f := &twoFiles{t: t, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	f.write(f.cert, cert)
	f.write(f.key, key)
	return f
}

// shown returns the name in the certificate that a new connection gets.
func shown(t *testing.T, c *tls.Config) string {
	t.Helper()
	got, err := c.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return got.Leaf.Subject.CommonName
}

func TestANewCertificateIsShownWhenBothFilesAreThere(t *testing.T) {
	cert, key := pair(t, "old.test")
	newCert, newKey := pair(t, "new.test")
	f := filesOf(t, cert, key)
	synctest.Test(t, func(t *testing.T) {
		c, err := f.open()
		if err != nil {
			t.Fatal(err)
		}
		step := func(want string, logged int) {
			t.Helper()
			time.Sleep(checkEvery)
			for range 3 {
				if got := shown(t, c); got != want {
					t.Errorf("%s is shown, want %s", got, want)
				}
			}
			if got := strings.Count(f.log.String(), "\n"); got != logged {
				t.Errorf("%d lines logged, want %d: %s", got, logged, &f.log)
			}
		}
		step("old.test", 0)
		f.write(f.cert, newCert)
		step("old.test", 1) // only one of the files has changed
		step("old.test", 1)
		f.write(f.key, newKey)
		if got := shown(t, c); got != "old.test" {
			t.Errorf("%s is shown within a second", got)
		}
		step("new.test", 2)
		if err := os.Remove(f.key); err != nil {
			t.Fatal(err)
		}
		step("new.test", 3)
		f.write(f.key, newKey)
		step("new.test", 4)
		f.write(f.key, []byte("no key"))
		step("new.test", 5)
	})
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	cert, key := pair(t, "a.test")
	_, other := pair(t, "b.test")
	for name, f := range map[string]*twoFiles{
		"swapped":     filesOf(t, key, cert),
		"not a pair":  filesOf(t, cert, other),
		"empty":       filesOf(t, nil, nil),
		"not to read": {t: t, cert: "nowhere.pem", key: "nowhere.pem"},
	} {
		if c, err := f.open(); err == nil {
			t.Errorf("%s: %v", name, c)
		}
	}
}

func TestACMEOffersHTTP2AndTheChallenge(t *testing.T) {
	c, err := ACME{Hosts: []string{"a.test"}, Dir: t.TempDir(), Directory: "https://127.0.0.1:1/"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"h2", "http/1.1", "acme-tls/1"} {
		if !slices.Contains(c.NextProtos, protocol) {
			t.Errorf("%q without %s", c.NextProtos, protocol)
		}
	}
	if _, err := c.GetCertificate(&tls.ClientHelloInfo{ServerName: "b.test"}); err == nil || !strings.Contains(err.Error(), "b.test") {
		t.Errorf("a certificate for somebody else's name is asked for: %v", err)
	}
}

func TestCheckHost(t *testing.T) {
	for host, fine := range map[string]bool{
		"a.test": true, "rollcall.example.com": true, "bücher.example": true,
		"": false, "localhost": false, "test.": false, "*.a.test": false, "a.test:443": false, "https://a.test": false,
	} {
		if err := CheckHost(host); (err == nil) != fine {
			t.Errorf("%q: %v", host, err)
		}
	}
}
