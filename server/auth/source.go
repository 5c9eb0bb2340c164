package auth

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Bounds of a source of keys.
const (
	maxBytes     = 1 << 20
	maxRedirects = 5 // redirects
	urlTimeout   = 5 * time.Second
)

func isURL(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }

// CheckJWKS returns an error if keys must not be read from a file or address: plain http is
// allowed on this machine only, since whoever could change the keys in transit could let
// anybody in.
func CheckJWKS(from string) error {
	if !isURL(from) {
		return nil
	}
	u, err := url.Parse(from)
	if err != nil {
		return err
	}
	if u.Host == "" {
		return errors.New("the address has no host")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("keys come by https, or from this machine")
	}
	return nil
}

// source fetches keys. It follows a redirect only to where CheckJWKS allows, and never from
// https to http.
var source = &http.Client{
	Timeout: urlTimeout,
	CheckRedirect: func(next *http.Request, before []*http.Request) error {
		switch {
		case len(before) > maxRedirects:
			return fmt.Errorf("more than %d redirects", maxRedirects)
		case next.URL.Scheme != "https" && before[len(before)-1].URL.Scheme == "https":
			return errors.New("a redirect from https to something else")
		case !isURL(next.URL.String()):
			return errors.New("a redirect to something else than http")
		}
		return CheckJWKS(next.URL.String())
	},
}

// fetch returns the body at an address. It fails unless the status is 200.
func fetch(address string) ([]byte, error) {
	res, err := source.Get(address)
	if err != nil {
		return nil, err // net/http leaves out a password in the address
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", res.Request.URL.Redacted(), res.Status)
	}
	return readAll(res.Body, res.Request.URL.Redacted())
}

// readFile reads a regular file. Others, such as a pipe, can't be read repeatedly.
func readFile(name string) ([]byte, error) {
	if info, err := os.Stat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, name)
}

// readAll reads at most maxBytes, and fails if there is more.
func readAll(r io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxBytes)
	}
	return text, nil
}
