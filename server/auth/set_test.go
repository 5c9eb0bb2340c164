package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/shared"
)

// jwk returns the JSON of a key of a set, with more members.
func jwk(t *testing.T, p pair, more string) string {
	t.Helper()
	var of struct{ Keys []json.RawMessage }
	if err := json.Unmarshal([]byte(setOf(t, p)), &of); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(of.Keys[0]), "}") + more + "}"
}

// weak returns an RSA key of too few bits, and its JSON in a set.
func weak(t *testing.T, bits int) (pair, string) {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return pair{"w", jwt.SigningMethodRS256, k}, fmt.Sprintf(`{"kty":"RSA","kid":"w","n":"%s","e":"%s"}`,
		encode(k.N.Bytes()), encode(big.NewInt(int64(k.E)).Bytes()))
}

func elliptical(t *testing.T, kid string, method jwt.SigningMethod, curve elliptic.Curve) pair {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pair{kid, method, k}
}

// A key is used only for its purpose, whether the token names it or not.
func TestWhatAKeyIsFor(t *testing.T) {
	all := pairs(t)
	r, e, o := all[0], all[1], all[2]
	short, shortKey := weak(t, 1024)
	almost, almostKey := weak(t, 2047)
	for name, c := range map[string]struct {
		key  string
		sign pair
		fine bool
	}{
		"says nothing":                {jwk(t, r, ``), r, true},
		"for signatures":              {jwk(t, r, `,"use":"sig","key_ops":["verify"],"alg":"RS256"`), r, true},
		"for more than that":          {jwk(t, e, `,"key_ops":["sign","verify"]`), e, true},
		"for encryption":              {jwk(t, r, `,"use":"enc"`), r, false},
		"for anything":                {jwk(t, r, `,"use":"any"`), r, false},
		"for null":                    {jwk(t, r, `,"use":null`), r, false},
		"for Sig":                     {jwk(t, r, `,"use":"Sig"`), r, false},
		"for both at once":            {jwk(t, r, `,"use":"enc","use":"sig"`), r, false},
		"for encryption, and USE":     {jwk(t, r, `,"use":"enc","USE":"sig"`), r, false},
		"for encrypting operations":   {jwk(t, e, `,"key_ops":["encrypt","wrapKey"]`), e, false},
		"for no operation":            {jwk(t, e, `,"key_ops":[]`), e, false},
		"for null operations":         {jwk(t, e, `,"key_ops":null`), e, false},
		"for sign, not verify":        {jwk(t, e, `,"key_ops":["sign"]`), e, false},
		"for another way":             {jwk(t, r, `,"alg":"RS512"`), r, false},
		"for encryption by its way":   {jwk(t, r, `,"alg":"RSA-OAEP"`), r, false},
		"for a way of another kind":   {jwk(t, e, `,"alg":"RS256"`), e, false},
		"for null ways":               {jwk(t, e, `,"alg":null`), e, false},
		"of another curve":            {jwk(t, elliptical(t, "e", jwt.SigningMethodES256, elliptic.P384()), ``), e, false},
		"of 384 bits":                 {"", elliptical(t, "x", jwt.SigningMethodES384, elliptic.P384()), true},
		"of 521 bits":                 {"", elliptical(t, "x", jwt.SigningMethodES512, elliptic.P521()), true},
		"an Edwards curve":            {jwk(t, o, ``), o, true},
		"RSA of 1,024 bits":           {shortKey, short, false},
		"RSA of 2,047 bits":           {almostKey, almost, false},
		"with a number for its name":  {strings.Replace(jwk(t, r, ``), `"kid":"r"`, `"kid":7`, 1), r, false},
		"of a kind that nobody knows": {`{"kty":"AKP","kid":"r","alg":"ML-DSA-44","pub":"AA"}`, r, false},
		"nothing":                     {`{}`, r, false},
		"null":                        {`null`, r, false},
		"text":                        {`"key"`, r, false},
	} {
		key := c.key
		if key == "" {
			key = jwk(t, c.sign, ``)
		}
		beside := elliptical(t, "beside", jwt.SigningMethodES256, elliptic.P256())
		g, err := JWKS(fileOf(t, `{"keys":[`+key+`,`+jwk(t, beside, ``)+`]}`), Rules{}, discard)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := shared.CodeUnauthorized
		if c.fine {
			want = ""
		}
		for _, kid := range []string{c.sign.kid, ""} {
			if got := code(t, g, signed(t, c.sign.method, c.sign.private, kid, said())); got != want {
				t.Errorf("%s, under the name %q: %q, want %q", name, kid, got, want)
			}
		}
		if got := code(t, g, signed(t, beside.method, beside.private, beside.kid, said())); got != "" {
			t.Errorf("the key beside one that is %s: %q", name, got)
		}
	}
}

// Two keys may have one name, if they are of different kinds (RFC 7517 §4.5).
func TestKeysOfOneName(t *testing.T) {
	all := pairs(t)
	for i := range all {
		all[i].kid = "now"
	}
	g, err := JWKS(fileOf(t, setOf(t, all...)), Rules{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if got := code(t, g, signed(t, p.method, p.private, "now", said())); got != "" {
			t.Errorf("%s: %q", p.method.Alg(), got)
		}
	}
	token := jwt.NewWithClaims(all[0].method, said())
	token.Header["kid"] = []string{"now"}
	text, err := token.SignedString(crypto.PrivateKey(all[0].private))
	if err != nil {
		t.Fatal(err)
	}
	if got := code(t, g, text); got != shared.CodeUnauthorized {
		t.Errorf("a name that is a list: %q", got)
	}
}

// A redirect can't lead to keys over a connection that is not protected.
func TestRedirectsToKeys(t *testing.T) {
	p := pairs(t)[1]
	keys := setOf(t, p)
	serve := func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		if r.URL.Path == "/round" {
			http.Redirect(w, r, "/round", http.StatusFound)
			return
		}
		fmt.Fprint(w, keys)
	}
	plain := httptest.NewServer(http.HandlerFunc(serve))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(serve))
	defer secure.Close()
	was := source.Transport
	source.Transport = secure.Client().Transport
	defer func() { source.Transport = was }()
	for address, fine := range map[string]bool{
		secure.URL:                       true,
		plain.URL:                        true,
		secure.URL + "?to=" + secure.URL: true,
		plain.URL + "?to=" + secure.URL:  true,
		plain.URL + "?to=" + plain.URL:   true,
		secure.URL + "?to=" + plain.URL:  false,
		plain.URL + "?to=" + secure.URL + "%3Fto=" + plain.URL: false,
		plain.URL + "?to=http://a.test/keys":                   false,
		plain.URL + "?to=file:///etc/passwd":                   false,
		secure.URL + "/round":                                  false,
	} {
		g, err := JWKS(address, Rules{}, discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := code(t, g, signed(t, p.method, p.private, p.kid, said())); (got == "") != fine {
			t.Errorf("%s: %q", address, got)
		}
	}
}
