package hosts

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// Every name that is taken for a loopback name must mean loopback to a browser, too.
func FuzzHas(f *testing.F) {
	for _, list := range [][]string{loopbackNames, foreign} {
		for _, host := range list {
			f.Add(host)
		}
	}
	names := Public(at("127.0.0.1"), []string{"a.test"}, nil)
	f.Fuzz(func(t *testing.T, host string) {
		u, err := url.Parse("http://" + host + "/")
		if !names.Has(host, nil) || err != nil {
			return
		}
		read := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
		addr, _ := netip.ParseAddr(read)
		if read != "a.test" && read != "localhost" && !strings.HasSuffix(read, ".localhost") && !addr.Unmap().IsLoopback() {
			t.Errorf("%q is a name of ours, and means %q", host, read)
		}
	})
}
