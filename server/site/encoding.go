package site

import (
	"net/http"
	"strconv"
	"strings"
)

// A coding is a content coding (RFC 9110 §8.4.1).
type coding string

const (
	identity coding = "identity"
	gzipped  coding = "gzip"
	brotli   coding = "br"
)

// choose returns the coding among those available that the request prefers
// (RFC 9110 §12.5.3). Of codings with equal weight, the first available wins.
// Identity is acceptable without being mentioned, but then comes last. ok is
// false if the request accepts none of them.
func choose(r *http.Request, available []coding) (best coding, ok bool) {
	weights := acceptEncoding(r.Header.Values("Accept-Encoding"))
	most := 0.0
	for _, c := range available {
		if q := weights.of(c); q > most {
			best, most = c, q
		}
	}
	return best, most > 0
}

// codingWeights are the q-values of an Accept-Encoding, by lower-case coding or "*".
type codingWeights map[coding]float64

// unmentioned is the weight of identity if the header doesn't mention it: acceptable,
// but below every weight that can be written (RFC 9110 §12.4.2: three digits).
const unmentioned = 0.0001

func (w codingWeights) of(c coding) float64 {
	if q, ok := w[c]; ok {
		return q
	}
	if q, ok := w["*"]; ok {
		return q
	}
	if c == identity {
		return unmentioned
	}
	return 0
}

// acceptEncoding parses the values of Accept-Encoding. An element with a malformed weight
// is ignored.
func acceptEncoding(values []string) codingWeights {
	weights := codingWeights{}
	for member := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, params, _ := strings.Cut(member, ";")
		c := coding(strings.ToLower(strings.TrimSpace(name)))
		if c == "x-gzip" { // an equivalent (RFC 9110 §8.4.1.3)
			c = gzipped
		}
		if q, ok := weight(params); ok && c != "" {
			weights[c] = q
		}
	}
	return weights
}

// weight parses a weight such as `q=0.5` (RFC 9110 §12.4.2). An empty string is 1.
func weight(s string) (q float64, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 1, true
	}
	name, value, _ := strings.Cut(s, "=")
	if !strings.EqualFold(name, "q") || strings.Trim(value, "0123456789.") != "" || len(value) > len("0.123") {
		return 0, false
	}
	q, err := strconv.ParseFloat(value, 64)
	return q, err == nil && q <= 1
}
