// Package hosts decides which host names a server answers to. Answering to any name would
// allow DNS rebinding: an attacker points a name at an address of this machine, and a browser
// then treats what this server sends as the attacker's own.
//
//   - hosts.go: Names, the host names of one address.
//   - guard.go: Guard, which refuses requests for other names.
//
// All methods are safe for concurrent use.
package hosts

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Names are the host names of one address that is listened on. A nil *Names has every name.
type Names struct {
	named    []string // as Split returns them
	loopback bool     // includes the loopback names
	any      bool     // includes every name
	own      bool     // includes the address at which a connection arrives
}

// Public returns the names of a site that listens at an address. At loopback these are the
// loopback names and those in named; at other addresses those in named, or every name if named
// is empty. Unless every name is included, those in beside are too.
func Public(at net.Addr, named, beside []string) *Names {
	n := &Names{named: cleaned(slices.Concat(named, beside)), loopback: isLoopback(at)}
	n.any = !n.loopback && len(named) == 0
	return n
}

// Private returns the names of an address for the operator alone: the address itself, and
// those in named.
func Private(at net.Addr, named []string) *Names {
	return &Names{named: cleaned(named), loopback: isLoopback(at), own: true}
}

func cleaned(hosts []string) []string {
	var out []string
	for _, host := range hosts {
		name, _ := Split(host)
		out = append(out, name)
	}
	return out
}

// Has reports whether host, with or without a port, is a name of the server on a connection
// that arrived at the given address, which is nil if unknown.
func (n *Names) Has(host string, arrived net.Addr) bool {
	if n == nil || n.any {
		return true
	}
	name, port := Split(host)
	if strings.Trim(port, "0123456789") != "" { // as in "localhost:@b.test", where b.test is the host
		return false
	}
	if slices.Contains(n.named, name) {
		return true
	}
	if isOfLoopback(name) {
		return n.loopback || n.own && isLoopback(arrived)
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && n.own && addr == addrOf(arrived)
}

// Believes reports whether to trust a proxy's statement of the original host, in a request for
// host itself. A proxy at loopback may be a browser on this machine, in which the page of an
// attacker can set every header but Host: it is trusted only if host is a name of the server
// or of loopback.
func (n *Names) Believes(proxy netip.Addr, host string) bool {
	name, _ := Split(host)
	return !proxy.IsLoopback() || isOfLoopback(name) || n.Has(host, nil)
}

// isOfLoopback reports whether a name always resolves to loopback (RFC 6761 §6.3).
func isOfLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") && !strings.ContainsAny(name, noHost) || err == nil && addr.IsLoopback()
}

// Split splits a host and an optional port, as in a URL or in the Host header, where an IPv6
// address is in brackets. It returns the host in lower case, without brackets and final dot,
// and an address in the form of package netip.
func Split(hostport string) (host, port string) {
	host = hostport
	if i := strings.LastIndexByte(host, ':'); i >= 0 && (strings.HasSuffix(host[:i], "]") || !strings.Contains(host[:i], ":")) {
		host, port = host[:i], host[i+1:]
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.Unmap().String()
	}
	return host, port
}

// noHost are characters that no host contains, and that have a meaning in a URL or a list.
const noHost = "/ *@?#\\\","

// Check returns an error if no request can have host, a name without a port, as its host.
func Check(host string) error {
	name, port := Split(host)
	_, err := netip.ParseAddr(name)
	switch {
	case port != "" || err != nil && strings.Contains(host, ":"):
		return fmt.Errorf("%q is not a host, without a scheme and a port", host)
	case strings.ContainsFunc(name, func(c rune) bool { return c > '~' }):
		return fmt.Errorf("%q is not as browsers say it, beginning with xn--", host)
	case name == "" || strings.ContainsAny(name, noHost):
		return fmt.Errorf("%q is not the name of a host", host)
	}
	return nil
}

func isLoopback(at net.Addr) bool { return addrOf(at).IsLoopback() }

// addrOf returns the IP address of an end of a connection, or the zero Addr if it has none.
func addrOf(at net.Addr) netip.Addr {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}
