package site

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"rollcall/server/hosts"
)

// proxies are the reverse proxies that are trusted to say for whom they forward a
// request. They set either X-Forwarded-For, -Proto and -Host, or Forwarded (RFC 7239), as
// configured. The other kind is never read: a proxy that sets one passes the other on as
// the client wrote it.
type proxies struct {
	networks []netip.Prefix
	standard bool         // they set Forwarded
	names    *hosts.Names // of the server
}

// forwarding is what the headers of a request say about the client that it was forwarded
// for.
type forwarding struct {
	hops        []string // addresses, the last one added first
	proto, host string   // as the nearest proxy was asked
}

// forwarding reads the kind of header that the proxies set.
func (p proxies) forwarding(h http.Header) forwarding {
	if p.standard {
		return parseForwarded(h.Values("Forwarded"))
	}
	hops := strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ",")
	slices.Reverse(hops)
	return forwarding{hops, lastElement(h.Values("X-Forwarded-Proto")), lastElement(h.Values("X-Forwarded-Host"))}
}

// fromClient returns a copy of r as the client sent it to the proxy: with the client's
// address in RemoteAddr, and the Host that it asked for. URL.Scheme is set to http or
// https, as the client connected. If no trusted proxy sent r, only the scheme is set.
func (p proxies) fromClient(r *http.Request) *http.Request {
	sent, url := *r, *r.URL
	sent.URL = &url
	url.Scheme = "http"
	if r.TLS != nil {
		url.Scheme = "https"
	}
	peer := addrOf(r.RemoteAddr)
	if !p.trusts(peer) {
		return &sent
	}
	f := p.forwarding(r.Header)
	client, _ := p.client(peer, f.hops)
	sent.RemoteAddr = client.String()
	if f.proto == "http" || f.proto == "https" {
		url.Scheme = f.proto
	}
	if f.host != "" && !strings.ContainsAny(f.host, "/@?#\\\" ") && p.names.Believes(peer, r.Host) {
		sent.Host = f.host
	}
	return &sent
}

// client returns the nearest hop that is not a trusted proxy. The hops beyond it are its
// own claim, which anybody could make. If a trusted proxy does not name the hop before it,
// client returns that proxy, and false.
func (p proxies) client(peer netip.Addr, hops []string) (client netip.Addr, named bool) {
	for _, hop := range hops {
		addr := addrOf(strings.TrimSpace(hop))
		if !addr.IsValid() {
			return peer, false
		}
		peer = addr
		if !p.trusts(addr) {
			break
		}
	}
	return peer, len(hops) > 0
}

// trusts reports whether a is a trusted proxy.
func (p proxies) trusts(a netip.Addr) bool { return contains(p.networks, a) }

// contains reports whether one of the networks contains a.
func contains(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(network netip.Prefix) bool { return network.Contains(a) })
}

// lastElement returns the last element of a header that is a list: the one that the
// nearest proxy added.
func lastElement(values []string) string {
	list := strings.Join(values, ",")
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}

// parseForwarded parses Forwarded (RFC 7239 §4) from its end, which the nearest proxy
// wrote, so that a quotation that the client began and did not end harms only the
// client's own elements.
func parseForwarded(values []string) (f forwarding) {
	list := strings.Join(values, ",")
	end, quoted := len(list), false
	for i := len(list) - 1; i >= -1; i-- {
		switch {
		case i >= 0 && list[i] == '"':
			quoted = !quoted
		case i < 0 || list[i] == ',' && !quoted:
			hop := parsePairs(list[i+1 : end])
			if end = i; f.hops == nil {
				f.proto, f.host = hop["proto"], hop["host"]
			}
			f.hops = append(f.hops, hop["for"])
		}
	}
	return f
}

// parsePairs returns the parameters of one element of Forwarded by their lower-case names.
func parsePairs(element string) map[string]string {
	values := make(map[string]string)
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		values[strings.ToLower(name)] = strings.Trim(value, `"`)
	}
	return values
}

// addrOf returns the address in s, which may have a port, or the zero Addr if there is
// none. An IPv4 address that is mapped to IPv6 is returned as IPv4, and zones are dropped.
func addrOf(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		with, _ := netip.ParseAddrPort(s)
		addr = with.Addr()
	}
	return addr.Unmap().WithZone("")
}
