package certs

import (
	"crypto/tls"
	"fmt"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME says for whom certificates are asked (RFC 8555).
type ACME struct {
	Hosts     []string // the names that the server has; for others nothing is asked
	Dir       string   // where certificates and the account's key are kept
	Email     string   // where the authority writes to when something is wrong; may be empty
	Directory string   // the authority's directory URL
}

// DefaultDirectory is Let's Encrypt.
const DefaultDirectory = autocert.DefaultACMEDirectory

// Config is a TLS configuration with the certificates of a's hosts. The first is
// asked for when somebody connects under that name, renewed ones 30 days before
// they expire. The authority looks whether the host is ours by connecting to its
// port 443 (RFC 8737), which must lead here.
func (a ACME) Config() *tls.Config {
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist(a.Hosts...),
		Cache:      autocert.DirCache(a.Dir),
		Email:      a.Email,
		Client:     &acme.Client{DirectoryURL: a.Directory, UserAgent: "rollcall"},
	}
	return m.TLSConfig()
}

// CheckHost says why no authority could give a certificate for host.
func CheckHost(host string) error {
	if !strings.Contains(strings.Trim(host, "."), ".") || strings.ContainsAny(host, "*:/ ") {
		return fmt.Errorf("%q is not a host with a domain", host)
	}
	return nil
}
