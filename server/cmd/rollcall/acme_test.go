//go:build acme

package main

import (
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// port is one that is free.
func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// names answers that every name is this machine's, and returns where it is asked,
// by TCP (RFC 1035 §4.2.2).
func names(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for answerName(c) == nil {
				}
			}()
		}
	}()
	return l.Addr().String()
}

// answerName answers one question.
func answerName(c net.Conn) error {
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return err
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, question); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return err
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			})
		}
	}
	answer, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	return err
}

// authority starts pebble, which checks hosts at the given port of theirs, and
// returns its directory and the certificate that it shows.
func authority(t *testing.T, tlsPort int) (directory, cert string) {
	t.Helper()
	pebble, err := filepath.Abs("../../../.cache/bin/pebble")
	if err == nil {
		_, err = os.Stat(pebble)
	}
	if err != nil {
		t.Fatalf("no authority to ask, run make acme: %v", err)
	}
	dir := t.TempDir()
	cert, key := writePair(t, dir, "authority")
	addr := net.JoinHostPort("localhost", strconv.Itoa(port(t)))
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": addr, "managementListenAddress": "127.0.0.1:" + strconv.Itoa(port(t)),
		"certificate": cert, "privateKey": key, "httpPort": port(t), "tlsPort": tlsPort,
		"retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles":   map[string]any{"default": map[string]any{"description": "usual", "validityPeriod": 7776000}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pebble, "-config", file, "-dnsserver", names(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("the authority:\n%s", text)
		}
		_ = log.Close()
	})
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) { // until it listens: a failure counts for a minute
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	return "https://" + addr + "/dir", cert
}

// issued is who signed the certificate that is shown under a name; "" if none is.
func issued(addr, name string) (issuer string) {
	d := &net.Dialer{Timeout: within}
	c, err := tls.DialWithDialer(d, "tcp", addr, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return ""
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Issuer.CommonName
}

// A server that names its host and an authority has a certificate of it when
// somebody connects, keeps it over a restart, and asks for none under other names.
func TestACME(t *testing.T) {
	at := port(t)
	directory, cert := authority(t, at)
	dir, addr := t.TempDir(), "127.0.0.1:"+strconv.Itoa(at)
	serve := func(directory string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "serve", "-addr", addr, "-acme-host", "rollcall.test", "-acme-dir", dir, "-acme-url", directory, "-log-level", "debug")
		cmd.Env = append(os.Environ(), asProgram+"=1", "SSL_CERT_FILE="+cert)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	wait := func(what string) {
		t.Helper()
		for end := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
			if strings.HasPrefix(issued(addr, "rollcall.test"), "Pebble Intermediate CA") {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("never: %s", what)
			}
		}
	}
	cmd := serve(directory)
	wait("a certificate of the authority")
	if got := issued(addr, "other.test"); got != "" {
		t.Errorf("under another name there is a certificate of %s", got)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	cmd = serve("https://127.0.0.1:1/nobody") // what was kept is enough
	wait("the certificate that was kept")
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}
