package site

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are those whose word counts for whom they forward. Of their word this is
// read: X-Forwarded-For, -Proto and -Host, or Forwarded (RFC 7239), as the operator
// says, and never both: a proxy that sets the one kind passes the other on as the client
// wrote it.
type proxies struct {
	networks []netip.Prefix
	standard bool // they set Forwarded
}

// word is what a request says of whom it was forwarded for.
type word struct {
	hops        []string // the nearest first
	proto, host string   // of the nearest
}

func (p proxies) word(h http.Header) word {
	if p.standard {
		return forwarded(h.Values("Forwarded"))
	}
	hops := strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ",")
	slices.Reverse(hops)
	return word{hops, last(h.Values("X-Forwarded-Proto")), last(h.Values("X-Forwarded-Host"))}
}

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
	said := p.word(r.Header)
	seen.RemoteAddr = p.client(peer, said.hops).String()
	if said.proto == "http" || said.proto == "https" {
		url.Scheme = said.proto
	}
	if said.host != "" && !strings.ContainsAny(said.host, "/@?#\\\" ") {
		seen.Host = said.host
	}
	return &seen
}

// client is the last in the chain that is no proxy of ours. Who is before it in
// the list is what it says itself, and anybody can say that.
func (p proxies) client(peer netip.Addr, hops []string) netip.Addr {
	for _, hop := range hops {
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
	return slices.ContainsFunc(p.networks, func(network netip.Prefix) bool { return network.Contains(a) })
}

// last is the last of the values of a header that may be lists: the one that the
// proxy next to us added.
func last(values []string) string {
	list := strings.Join(values, ",")
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}

// forwarded reads Forwarded (RFC 7239 §4) from its end, which the proxy next to us
// wrote. So a quotation that a client began and never ended is the client's own loss.
func forwarded(values []string) (w word) {
	list := strings.Join(values, ",")
	end, quoted := len(list), false
	for i := len(list) - 1; i >= -1; i-- {
		switch {
		case i >= 0 && list[i] == '"':
			quoted = !quoted
		case i < 0 || list[i] == ',' && !quoted:
			hop := pairs(list[i+1 : end])
			if end = i; w.hops == nil {
				w.proto, w.host = hop["proto"], hop["host"]
			}
			w.hops = append(w.hops, hop["for"])
		}
	}
	return w
}

// pairs reads one element of Forwarded; its names are in lower case.
func pairs(element string) map[string]string {
	values := make(map[string]string)
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		values[strings.ToLower(name)] = strings.Trim(value, `"`)
	}
	return values
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
