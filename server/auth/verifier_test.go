package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"rollcall/shared"
)

const (
	secret = "0123456789abcdef0123456789abcdef"
	other  = "fedcba9876543210fedcba9876543210"
)

var discard = slog.New(slog.DiscardHandler)

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fileOf(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "keys")
	write(t, name, content)
	return name
}

// said returns the claims of a valid token, changed by pairs of name and value.
func said(pairs ...any) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "ada", "exp": time.Now().Add(time.Hour).Unix()}
	for i := 0; i < len(pairs); i += 2 {
		if c[pairs[i].(string)] = pairs[i+1]; pairs[i+1] == nil {
			delete(c, pairs[i].(string))
		}
	}
	return c
}

func signed(t *testing.T, method jwt.SigningMethod, key any, kid string, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	if kid != "" {
		token.Header["kid"] = kid
	}
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bySecret(t *testing.T, key string, pairs ...any) string {
	return signed(t, jwt.SigningMethodHS256, []byte(key), "", said(pairs...))
}

// code returns the code of the error of Check, "" if there is none.
func code(t *testing.T, g *Verifier, token string) shared.Code {
	t.Helper()
	_, err := g.Check(token)
	var e shared.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%v is no shared.Error", err)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 3 && strings.Contains(e.Message, part) {
			t.Errorf("the error has a part of the token: %v", err)
		}
	}
	return e.Code
}

func hmacVerifier(t *testing.T, file string, r Rules) *Verifier {
	t.Helper()
	g, err := HMAC(file, r, discard)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTokens(t *testing.T) {
	const bad, expired = shared.CodeUnauthorized, shared.CodeTokenExpired
	const long = secret + other
	file := fileOf(t, other+"\n\n  "+long+"\n  "+secret+"  \n")
	g, strict := hmacVerifier(t, file, Rules{}), hmacVerifier(t, file, Rules{Issuer: "a.test", Audience: "rollcall"})
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := bySecret(t, secret)
	for name, c := range map[string]struct {
		verifier *Verifier
		token    string
		want     shared.Code
	}{
		"good":                       {g, good, ""},
		"by the older secret":        {g, bySecret(t, other), ""},
		"with 384 bits of 32 bytes":  {g, signed(t, jwt.SigningMethodHS384, []byte(secret), "", said()), bad},
		"with 512 bits of 32 bytes":  {g, signed(t, jwt.SigningMethodHS512, []byte(secret), "", said()), bad},
		"with 384 bits":              {g, signed(t, jwt.SigningMethodHS384, []byte(long), "", said()), ""},
		"with 512 bits":              {g, signed(t, jwt.SigningMethodHS512, []byte(long), "", said()), ""},
		"for one room":               {g, bySecret(t, secret, "rooms", "standup"), ""},
		"none":                       {g, "", bad},
		"no token":                   {g, "hello", bad},
		"another secret":             {g, bySecret(t, secret+"!"), bad},
		"signed by nobody":           {g, signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", said()), bad},
		"signed in another way":      {g, signed(t, jwt.SigningMethodRS256, private, "", said()), bad},
		"cut short":                  {g, good[:len(good)-4], bad},
		"without its signature":      {g, good[:strings.LastIndexByte(good, '.')+1], bad},
		"expired":                    {g, bySecret(t, secret, "exp", time.Now().Add(-time.Minute).Unix()), expired},
		"expired just now":           {g, bySecret(t, secret, "exp", time.Now().Add(-time.Second).Unix()), expired},
		"good for ever":              {g, bySecret(t, secret, "exp", nil), bad},
		"good later":                 {g, bySecret(t, secret, "nbf", time.Now().Add(time.Minute).Unix()), bad},
		"good in a second":           {g, bySecret(t, secret, "nbf", time.Now().Add(time.Second).Unix()), ""},
		"nobody's":                   {g, bySecret(t, secret, "sub", nil), bad},
		"of a name that is none":     {g, bySecret(t, secret, "name", "\u202e"), bad},
		"of a name that is a number": {g, bySecret(t, secret, "name", 7), bad},
		"of any issuer":              {strict, good, bad},
		"of our issuer":              {strict, bySecret(t, secret, "iss", "a.test", "aud", "rollcall"), ""},
		"of another issuer":          {strict, bySecret(t, secret, "iss", "b.test", "aud", "rollcall"), bad},
		"for somebody else":          {strict, bySecret(t, secret, "iss", "a.test", "aud", []string{"x", "y"}), bad},
		"for us and somebody else":   {strict, bySecret(t, secret, "iss", "a.test", "aud", []string{"x", "rollcall"}), ""},
	} {
		if got := code(t, c.verifier, c.token); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatATokenAllows(t *testing.T) {
	g := hmacVerifier(t, fileOf(t, secret), Rules{})
	p, err := g.Check(bySecret(t, secret, "name", " Ada ", "rooms", []string{"standup", "lobby"}))
	if err != nil || p.Name != "Ada" || !p.Allows("standup") || !p.Allows("lobby") || p.Allows("standup-2") {
		t.Errorf("%+v, %v", p, err)
	}
	if left := time.Until(p.Until); left < 59*time.Minute || left > time.Hour {
		t.Errorf("good for %v", left)
	}
	everywhere, _ := g.Check(bySecret(t, secret))
	if !everywhere.Allows("anywhere") || everywhere.Name != "" || everywhere.ID != p.ID {
		t.Errorf("%+v", everywhere)
	}
	nowhere, err := g.Check(bySecret(t, secret, "rooms", []string{}))
	if err != nil || nowhere.Allows("lobby") {
		t.Errorf("%+v, %v", nowhere, err)
	}
	if grace, _ := g.Check(bySecret(t, secret, "sub", "grace")); grace.ID == p.ID || len(grace.ID) != len(p.ID) {
		t.Errorf("the members are %s and %s", p.ID, grace.ID)
	}
}

func TestSign(t *testing.T) {
	file := fileOf(t, other+"\n"+secret+"\n")
	rules := Rules{Issuer: "a.test", Audience: "rollcall"}
	red, err := shared.NewInfo(map[string]string{"team": "red"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := Sign(file, Grant{Subject: "ada", Name: "Ada", Role: shared.RoleHost, Info: red, Rooms: []string{"standup"}, For: time.Minute, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	p, err := hmacVerifier(t, fileOf(t, secret), rules).Check(token)
	if err != nil || p.Name != "Ada" || !p.Allows("standup") || p.Allows("lobby") || p.ID != shared.SubjectID("ada") || p.Role != shared.RoleHost || p.Info != red {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestFilesThatHoldNoSecret(t *testing.T) {
	for name, content := range map[string]string{"nothing": "", "blank lines": "\n \n", "a short one": secret + "\nhunter2hunter2\n"} {
		_, err := HMAC(fileOf(t, content), Rules{}, discard)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := HMAC("nowhere", Rules{}, discard); err == nil {
		t.Error("a file that is not there is taken")
	}
	if _, err := JWKS(fileOf(t, "{"), Rules{}, discard); err == nil {
		t.Error("a set that is not JSON is taken")
	}
}

// pair is a private key with its method and its id in the set.
type pair struct {
	kid     string
	method  jwt.SigningMethod
	private crypto.Signer
}

func pairs(t *testing.T) []pair {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, o, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return []pair{{"r", jwt.SigningMethodRS256, r}, {"e", jwt.SigningMethodES256, e}, {"o", jwt.SigningMethodEdDSA, o}}
}

// setOf returns the key set of the public keys.
func setOf(t *testing.T, keys ...pair) string {
	t.Helper()
	var all jwkset.JWKSMarshal
	for _, k := range keys {
		jwk, err := jwkset.NewJWKFromKey(k.private.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: k.kid}})
		if err != nil {
			t.Fatal(err)
		}
		all.Keys = append(all.Keys, jwk.Marshal())
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeySets(t *testing.T) {
	keys := pairs(t)
	g, err := JWKS(fileOf(t, setOf(t, keys...)), Rules{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		for kid, want := range map[string]shared.Code{
			k.kid: "", "": "", "unknown": shared.CodeUnauthorized, keys[(i+1)%len(keys)].kid: shared.CodeUnauthorized,
		} {
			if got := code(t, g, signed(t, k.method, k.private, kid, said())); got != want {
				t.Errorf("%s under the name %q: %q, want %q", k.kid, kid, got, want)
			}
		}
	}
}

// A public key can't be used as a secret to sign with.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	keys := pairs(t)
	text := strings.TrimSuffix(setOf(t, keys...), "]}") + `,{"kty":"oct","kid":"s","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}`
	g, err := JWKS(fileOf(t, text), Rules{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(keys[0].private.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"PKCS 1": x509.MarshalPKCS1PublicKey(keys[0].private.Public().(*rsa.PublicKey)), "a secret of the set": []byte(secret), "nothing": {},
	} {
		for _, kid := range []string{"", "r", "s"} {
			if got := code(t, g, signed(t, jwt.SigningMethodHS256, key, kid, said())); got != shared.CodeUnauthorized {
				t.Errorf("%s under the name %q: %q", name, kid, got)
			}
		}
	}
}

func TestARotatedSecretCountsWithoutARestart(t *testing.T) {
	file := fileOf(t, secret)
	synctest.Test(t, func(t *testing.T) {
		const bad = shared.CodeUnauthorized
		g := hmacVerifier(t, file, Rules{})
		step := func(content string, old, young shared.Code) {
			t.Helper()
			if write(t, file, content); content == "removed" {
				_ = os.Remove(file)
			}
			time.Sleep(fileEvery)
			if got := code(t, g, bySecret(t, secret)); got != old {
				t.Errorf("%q: the old one: %q", content, got)
			}
			if got := code(t, g, bySecret(t, other)); got != young {
				t.Errorf("%q: the new one: %q", content, got)
			}
		}
		step(secret, "", bad)
		step(secret+"\n"+other, "", "")
		step("", bad, bad)
		step(other, bad, "")
		step("removed", bad, bad)
		step(secret, "", bad)
		step("\n", bad, bad)
		step(secret, "", bad)
		step("short", bad, bad)
		step(secret, "", bad)
		step("removed", bad, bad)
		write(t, file, secret)
		time.Sleep(fileEvery - 1)
		if got := code(t, g, bySecret(t, secret)); got != bad {
			t.Errorf("it is looked at more often than once a second: %q", got)
		}
	})
}

// A file that is written in place is empty for a moment.
func TestAFileThatIsBeingWritten(t *testing.T) {
	file := fileOf(t, secret)
	synctest.Test(t, func(t *testing.T) {
		g := hmacVerifier(t, file, Rules{})
		time.Sleep(fileEvery)
		write(t, file, "")
		time.AfterFunc(fileSettle/2, func() { write(t, file, other) })
		if got := code(t, g, bySecret(t, other)); got != "" {
			t.Errorf("%q", got)
		}
	})
}

// The keys at an address are fetched no more often than needed, and stay valid for a while
// when it does not answer.
func TestARotatedKeyCountsWithoutARestart(t *testing.T) {
	const bad = shared.CodeUnauthorized
	ways := pairs(t)
	old, young := ways[0], ways[1]
	synctest.Test(t, func(t *testing.T) {
		answer, asked := setOf(t, old), 0
		g := addressVerifier(func() ([]byte, error) {
			if asked++; answer == "" {
				return nil, errors.New("silent")
			}
			return []byte(answer), nil
		})
		check := func(what string, p pair, want shared.Code, times int) {
			t.Helper()
			if got := code(t, g, signed(t, p.method, p.private, p.kid, said())); got != want || asked != times {
				t.Errorf("%s: %q after asking %d times, want %q after %d", what, got, asked, want, times)
			}
		}
		check("the first ever", old, "", 1)
		check("known", old, "", 1)
		check("unknown", young, bad, 1) // just asked
		answer = setOf(t, old, young)
		time.Sleep(urlRetry)
		check("new", young, "", 2)
		check("old beside it", old, "", 2)
		time.Sleep(urlRetry)
		check("unknown for ever", ways[2], bad, 3)
		check("and again", ways[2], bad, 3)
		answer = setOf(t, young)
		time.Sleep(urlEvery)
		check("taken back", old, bad, 4)
		check("still there", young, "", 4)

		answer = ""
		time.Sleep(urlEvery)
		check("when it falls silent", young, "", 5)
		check("and at once again", young, "", 5)
		time.Sleep(urlLifetime - urlEvery - 1)
		check("just under 5 minutes after it was there last", young, "", 6)
		time.Sleep(time.Nanosecond)
		check("5 minutes after", young, bad, 6)
		time.Sleep(urlRetry)
		check("and again", young, bad, 7)
		answer = setOf(t, young)
		time.Sleep(urlRetry)
		check("when it is back", young, "", 8)

		time.Sleep(time.Hour)
		check("after an hour without a token", young, "", 9)
		answer = `{"keys":[]}`
		time.Sleep(urlEvery)
		check("all are taken back", young, bad, 10)
	})
}

// addressVerifier returns a verifier with the keys that read returns.
func addressVerifier(read func() ([]byte, error)) *Verifier {
	k := fromAddress(read, discard)
	k.parse = func(text []byte) (jwt.Keyfunc, error) {
		s, err := parseSet(text, discard)
		return s.find, err
	}
	return newVerifier(k, setMethods, Rules{})
}

// When many tokens come at once after a pause, all wait for one fetch.
func TestNobodyIsRefusedWhileTheKeysAreAskedFor(t *testing.T) {
	p := pairs(t)[1]
	answer := []byte(setOf(t, p))
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		g := addressVerifier(func() ([]byte, error) {
			asked++
			time.Sleep(time.Second)
			return answer, nil
		})
		for round := range 2 {
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					if got := code(t, g, signed(t, p.method, p.private, p.kid, said())); got != "" {
						t.Errorf("round %d: %q", round, got)
					}
				})
			}
			all.Wait()
			if asked != round+1 {
				t.Errorf("round %d: asked %d times", round, asked)
			}
			time.Sleep(2 * urlLifetime)
		}
	})
}

func TestKeysFromAnAddress(t *testing.T) {
	k := pairs(t)[0]
	status := http.StatusServiceUnavailable
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, setOf(t, k))
	}))
	defer srv.Close()
	for want, next := range map[shared.Code]int{shared.CodeUnauthorized: http.StatusServiceUnavailable, "": http.StatusOK} {
		status = next
		g, err := JWKS(srv.URL, Rules{}, discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := code(t, g, signed(t, k.method, k.private, k.kid, said())); got != want {
			t.Errorf("status %d: %q", status, got)
		}
	}
	for from, fine := range map[string]bool{
		"https://a.test/keys": true, "http://localhost:1/keys": true, "http://127.0.0.1/": true, "http://[::1]:1/": true, "keys.json": true,
		"http://a.test/keys": false, "http://10.0.0.1/": false, "http://%/": false,
	} {
		if err := CheckJWKS(from); (err == nil) != fine {
			t.Errorf("%s: %v", from, err)
		}
	}
}
