package site

import (
	"net/http/httptest"
	"testing"
)

func TestChoose(t *testing.T) {
	all := []coding{brotli, gzipped, identity}
	for _, c := range []struct {
		header    []string
		available []coding
		want      coding // "" if none is acceptable
	}{
		// No header: everything is acceptable, but only identity is safe.
		{nil, all, identity},
		// An empty header: only identity is acceptable.
		{[]string{""}, all, identity},
		{[]string{"gzip, deflate, br, zstd"}, all, brotli},
		{[]string{"gzip, deflate, br, zstd"}, []coding{gzipped, identity}, gzipped},
		{[]string{"gzip, deflate, br, zstd"}, []coding{identity}, identity},
		{[]string{"gzip", "br"}, all, brotli}, // two headers are one list
		{[]string{"deflate"}, all, identity},
		{[]string{"GZip"}, all, gzipped},
		{[]string{"x-gzip"}, all, gzipped},
		{[]string{"*"}, all, brotli},
		{[]string{"*;q=0.5, gzip"}, all, gzipped},
		{[]string{"br;q=0, *"}, all, gzipped},
		{[]string{"br;q=0.5, gzip;q=0.9"}, all, gzipped},
		{[]string{"br;q=0.9, gzip;q=0.9"}, all, brotli},
		{[]string{"br ; q=0.1 , gzip\t;\tQ=0.2"}, all, gzipped},
		{[]string{"br;q=0"}, all, identity},
		{[]string{"br;q=0.000"}, all, identity},
		{[]string{"br;q=0.001"}, all, brotli},
		{[]string{"identity, br;q=0.5"}, all, identity},
		{[]string{"identity;q=0.5, br;q=0.4"}, all, identity},
		{[]string{"identity;q=0.001, br;q=0.001"}, all, brotli},
		{[]string{"gzip;q=0.1"}, all, gzipped}, // identity is not mentioned and comes last
		// Nothing that is available is acceptable.
		{[]string{"identity;q=0"}, all, ""},
		{[]string{"*;q=0"}, all, ""},
		{[]string{"gzip, *;q=0"}, []coding{identity}, ""},
		{[]string{"gzip, identity;q=0"}, []coding{identity}, ""},
		{[]string{"identity, *;q=0"}, all, identity},
		{[]string{"zstd, identity;q=0"}, all, ""},
		// Malformed elements are ignored.
		{[]string{"br;q=2, gzip"}, all, gzipped},
		{[]string{"br;q=x, gzip;q=0.5"}, all, gzipped},
		{[]string{"br;q=, gzip"}, all, gzipped},
		{[]string{"br;level=9, gzip"}, all, gzipped},
		{[]string{"br;q=1e0, gzip;q=0.1"}, all, gzipped},
		{[]string{"br;q=-1, gzip;q=0.1"}, all, gzipped},
		{[]string{"br;q=NaN, gzip;q=0.1"}, all, gzipped},
		{[]string{"br;q=0.12345, gzip;q=0.1"}, all, gzipped},
		{[]string{",, ,br,,"}, all, brotli},
		{[]string{";q=1, ;, br"}, all, brotli},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		for _, h := range c.header {
			r.Header.Add("Accept-Encoding", h)
		}
		got, ok := choose(r, c.available)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q of %q: %q, %v, want %q", c.header, c.available, got, ok, c.want)
		}
	}
}
