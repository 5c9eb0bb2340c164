package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"

	"rollcall/server/hosts"
)

// nameIn is the host of a HOST:PORT, if it is a name and no address.
func nameIn(addr string) []string {
	host, _ := hosts.Split(addr)
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return nil
	}
	return []string{host}
}

// warnOfProxies says at the start that an address of loopback has no limits for anybody,
// which is more than meant if there is a proxy that is not named. What speaks for one:
// a path or a name of the site.
func (s *settings) warnOfProxies(at net.Addr, log *slog.Logger) {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() || slices.ContainsFunc(s.TrustedProxy, isHere) || !slices.ContainsFunc(s.Exempt, isHere) {
		return
	}
	level := slog.LevelInfo
	if s.Base != "/" || len(s.Host) > 0 || s.ProxySays == "forwarded" {
		level = slog.LevelWarn
	}
	log.Log(context.Background(), level, "who connects from this machine has no limits; if a proxy does, name it with -trusted-proxy")
}

// isHere reports whether a network has addresses of loopback.
func isHere(n netip.Prefix) bool {
	return n.Overlaps(netip.MustParsePrefix("127.0.0.0/8")) || n.Contains(netip.IPv6Loopback())
}

// address is the URL of the site.
func (s *settings) address(at net.Addr) string {
	scheme := "http"
	if s.TLSCert != "" || len(s.ACMEHost) > 0 {
		scheme = "https"
	}
	return scheme + "://" + s.site(at) + strings.TrimSuffix(s.Base, "/")
}

// site is where the site is, as one can open it: under the first of its names at an
// address that has none of its own, and at localhost, if it is every interface or none
// but this machine's.
func (s *settings) site(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	switch {
	case ok && len(s.Host) > 0 && !tcp.IP.IsLoopback():
		host, _ := hosts.Split(s.Host[0])
		return net.JoinHostPort(host, fmt.Sprint(tcp.Port))
	case ok && tcp.IP.IsLoopback():
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return shown(at)
}

// shown is where an address is, as one can open it here.
func shown(at net.Addr) string {
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return at.String()
}
