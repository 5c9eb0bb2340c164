package webhook

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// special are networks that are not of the internet though netip.Addr takes them for global
// (IANA's special-purpose address registries), and those of IPv6 that have any address of IPv4
// in them, which a gateway may lead to.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// checkPublic returns an error unless an address is one of the internet.
func checkPublic(at netip.Addr) error {
	at = at.Unmap()
	if at.Zone() != "" || !at.IsGlobalUnicast() || at.IsPrivate() ||
		slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(at) }) {
		return fmt.Errorf("%s is not an address of the internet: allow-private lets it be called", at)
	}
	return nil
}

// connectWithin bounds how long a connection may take.
const connectWithin = 5 * time.Second

// dialer returns a dialer that connects to addresses of the internet only, unless private ones
// are allowed. It looks at the address that is dialled, so that no answer of a name server
// leads elsewhere.
func dialer(allowPrivate bool) *net.Dialer {
	d := &net.Dialer{Timeout: connectWithin}
	if allowPrivate {
		return d
	}
	d.Control = func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return checkPublic(at.Addr())
	}
	return d
}
