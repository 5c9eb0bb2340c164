package site

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are those whose word counts for whom they forward. Of their word this
// is read: X-Forwarded-For, -Proto and -Host. Forwarded (RFC 7239) is not: a proxy
// that sets the one kind passes the other on as the client sent it, and few set
// Forwarded.
type proxies []netip.Prefix

// unveil returns r as the one sent it for whom a proxy forwarded it: with that
// address in RemoteAddr and the Host that was asked for. In URL.Scheme is how the
// client came, http or https. A request that no trusted proxy sent stays as it is
// but for that.
func (p proxies) unveil(r *http.Request) *http.Request {
	seen, url := *r, *r.URL
	seen.URL = &url
	url.Scheme = "http"
	if r.TLS != nil {
		url.Scheme = "https"
	}
	peer := addrOf(r.RemoteAddr)
	if !p.trust(peer) {
		return &seen
	}
	seen.RemoteAddr = p.client(peer, r.Header.Values("X-Forwarded-For")).String()
	if proto := last(r.Header.Values("X-Forwarded-Proto")); proto == "http" || proto == "https" {
		url.Scheme = proto
	}
	if host := last(r.Header.Values("X-Forwarded-Host")); host != "" && !strings.ContainsAny(host, "/@?#\\ ") {
		seen.Host = host
	}
	return &seen
}

// client is the last in the chain that is no proxy of ours. Who is before it in
// the list is what it says itself, and anybody can say that.
func (p proxies) client(peer netip.Addr, forwardedFor []string) netip.Addr {
	for _, hop := range slices.Backward(strings.Split(strings.Join(forwardedFor, ","), ",")) {
		addr := addrOf(strings.TrimSpace(hop))
		if !addr.IsValid() {
			break
		}
		peer = addr
		if !p.trust(addr) {
			break
		}
	}
	return peer
}

func (p proxies) trust(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(a) })
}

// last is the last of the values of a header that may be lists: the one that the
// proxy next to us added.
func last(values []string) string {
	list := strings.Join(values, ",")
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}

// addrOf is the address in s, which may have a port; the zero Addr if it has none.
func addrOf(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		with, _ := netip.ParseAddrPort(s)
		addr = with.Addr()
	}
	return addr.Unmap().WithZone("")
}
