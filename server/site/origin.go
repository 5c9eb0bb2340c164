package site

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"rollcall/server/hosts"
)

// origins are patterns of the origins, beside the site's own, whose pages may open a
// WebSocket; see Config.AllowOrigin.
type origins []string

// defaultPort is the port that an origin of a scheme omits (RFC 6454 §6.2), although a
// Host header or an operator may write it.
var defaultPort = map[string]string{"http": "80", "https": "443"}

// check returns an error if the page that sent r may not open a WebSocket. A request
// without Origin was sent by no page. The scheme of r does not matter: a proxy that is
// not trusted may have terminated TLS.
func (o origins) check(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return errors.New("the Origin is none that has a host")
	}
	usual := defaultPort[u.Scheme]
	host, port := hosts.Split(u.Host)
	port = cmp.Or(port, usual)
	site, at := hosts.Split(r.Host)
	if host == site && port == cmp.Or(at, usual) && usual != "" {
		return nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	spellings := []string{host + ":" + port}
	if port == usual {
		spellings = append(spellings, host)
	}
	if !o.match(u.Scheme, spellings) {
		return fmt.Errorf("pages of the origin %q may not connect here; with -allow-origin %s they may", origin, u.Scheme+"://"+u.Host)
	}
	return nil
}

// match reports whether a pattern matches the scheme and one of the spellings of the host.
func (o origins) match(scheme string, spellings []string) bool {
	return slices.ContainsFunc(o, func(pattern string) bool {
		want, host, ok := strings.Cut(strings.ToLower(pattern), "://")
		if !ok {
			want, host = "*", want
		}
		return matches(want, scheme) && slices.ContainsFunc(spellings, func(s string) bool { return matches(host, s) })
	})
}

// matches is path.Match, except that the brackets of an IPv6 address are no character
// class.
func matches(pattern, s string) bool {
	ok, err := path.Match(pattern, s)
	return ok && err == nil || pattern == s
}

// CheckOrigin returns an error if a pattern can match no origin (RFC 6454 §6.1): a wrong
// one would be noticed only by the people who can't connect. A pattern has the syntax of
// path.Match and is for a host, or for scheme://host; the host may have a port.
func CheckOrigin(pattern string) error {
	host := pattern
	if scheme, rest, ok := strings.Cut(pattern, "://"); ok && scheme != "" {
		host = rest
	}
	if _, err := path.Match(pattern, ""); err != nil || host == "" || strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is not a host, or a scheme, :// and a host", pattern)
	}
	return nil
}
