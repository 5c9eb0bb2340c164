package site

import (
	"net/http"

	"rollcall/server/notice"
)

// proxyWarnings warn of proxies behind which clients can't be told apart, so that limits
// per address are not what the operator thinks they are.
type proxyWarnings struct {
	untrusted notice.Warning // not configured, and its address is exempt: its clients have no limits
	silent    notice.Warning // trusted, but does not name clients: they share the limits of one address
}

// proxyHeaders are set by proxies in the requests that they forward.
var proxyHeaders = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"}

// warnOfProxy warns if r was forwarded by such a proxy, at most once a minute each. The
// log gets no address, because that would be a client's.
func (s *Site) warnOfProxy(r *http.Request) {
	peer := addrOf(r.RemoteAddr)
	if s.proxies.trusts(peer) {
		if _, named := s.proxies.client(peer, s.proxies.forwarding(r.Header).hops); !named {
			s.proxyWarnings.silent.Log(s.log, "a trusted proxy does not say for whom it forwards: all behind it share the limits of one address; -proxy-says is the kind of header that it has to set", "wanted", s.proxies.header())
		}
		return
	}
	if !s.limits.exempt(peer) {
		return
	}
	for _, header := range proxyHeaders {
		if r.Header.Get(header) != "" {
			s.proxyWarnings.untrusted.Log(s.log, "a proxy that is not named forwards requests: nobody behind it has limits; name it with -trusted-proxy", "header", header)
			return
		}
	}
}

// header returns the name of the header in which a proxy names the client.
func (p proxies) header() string {
	if p.standard {
		return "Forwarded"
	}
	return "X-Forwarded-For"
}
