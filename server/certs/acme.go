package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME configures certificates from an authority by ACME (RFC 8555).
type ACME struct {
	Hosts     []string // the names to get certificates for
	Dir       string   // the directory for certificates and the account's key
	Directory string   // the authority's directory URL
}

// DefaultDirectory is the directory URL of Let's Encrypt.
const DefaultDirectory = autocert.DefaultACMEDirectory

// Config returns a TLS configuration with certificates for a.Hosts. A certificate is requested
// at the first connection under its name, and renewed 30 days before it expires. The authority
// validates a host by connecting to its port 443 (RFC 8737), which must lead to this server.
// Config fails if files can't be written to a.Dir: the server would request certificates at
// every start, and soon exceed the authority's limits.
func (a ACME) Config() (*tls.Config, error) {
	if err := a.checkDir(); err != nil {
		return nil, err
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist(a.Hosts...),
		Cache:      autocert.DirCache(a.Dir),
		Client:     &acme.Client{DirectoryURL: a.Directory, UserAgent: "rollcall"},
	}
	return m.TLSConfig(), nil
}

// checkDir makes the directory, and returns an error if files can't be written to it.
func (a ACME) checkDir() error {
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(a.Dir, "try-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// CheckHost returns an error if no authority can issue a certificate for host.
func CheckHost(host string) error {
	if !strings.Contains(strings.Trim(host, "."), ".") || strings.ContainsAny(host, "*:/ ") {
		return fmt.Errorf("%q is not a host with a domain", host)
	}
	return nil
}
