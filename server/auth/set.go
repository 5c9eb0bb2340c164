package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is the least length of an RSA key, in bits (RFC 7518 §3.3).
const minRSABits = 2048

var (
	rsaMethods = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	setMethods = append([]string{"ES256", "ES384", "ES512", "EdDSA"}, rsaMethods...)
)

// set is the keys of a key set that can verify signatures.
type set []verificationKey

// verificationKey is a public key and the signing methods that it is for.
type verificationKey struct {
	kid     string
	key     crypto.PublicKey
	methods []string
}

// parseSet parses a key set (RFC 7517 §5). As that demands, it ignores keys that can't be
// used here, such as one for encryption, and logs which and why.
func parseSet(text []byte, log *slog.Logger) (s set, err error) {
	var keys []json.RawMessage
	if !json.Valid(text) {
		return nil, errors.New("the key set is not JSON")
	} else if o, err := parseObject(text); err != nil {
		return nil, fmt.Errorf("the key set: %w", err)
	} else if err := json.Unmarshal(o["keys"], &keys); err != nil {
		return nil, fmt.Errorf("the key set has no list of keys: %w", err)
	}
	for i, raw := range keys {
		v, err := parseKey(raw)
		if err != nil {
			log.Info("a key of the key set is passed over", "place", i, "kid", v.kid, "err", err)
			continue
		}
		s = append(s, v)
	}
	if s == nil {
		log.Warn("no key of the key set is for verifying tokens: nobody is let in")
	}
	return s, nil
}

// parseKey parses a key (RFC 7517 §4). A key that states its purpose (use, key_ops, alg) is
// used for nothing else.
func parseKey(raw json.RawMessage) (v verificationKey, err error) {
	o, err := parseObject(raw)
	if err != nil {
		return v, err
	}
	var use, method string
	var ops jwt.ClaimStrings
	if err := errors.Join(o.text("kid", &v.kid), o.text("use", &use), o.text("alg", &method), o.texts("key_ops", &ops)); err != nil {
		return v, err
	}
	if use != "" && use != "sig" || ops != nil && !slices.Contains(ops, "verify") {
		return v, errors.New("it is not for verifying signatures (use, key_ops)")
	}
	k, err := jwkset.NewJWKFromRawJSON(raw, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return v, err
	}
	v.key = k.Key()
	if v.methods, err = methodsOf(v.key); err != nil {
		return v, err
	}
	if method != "" {
		if !slices.Contains(v.methods, method) {
			return v, fmt.Errorf("it is for %.20q, which is not taken here", method)
		}
		v.methods = []string{method}
	}
	return v, nil
}

// methodsOf returns the signing methods that a key can be for (RFC 7518 §3.1, RFC 8037 §3.1).
func methodsOf(key crypto.PublicKey) ([]string, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < minRSABits {
			return nil, fmt.Errorf("%d bits of RSA are fewer than %d", n, minRSABits)
		}
		return rsaMethods, nil
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return []string{"ES256"}, nil
		case 384:
			return []string{"ES384"}, nil
		case 521:
			return []string{"ES512"}, nil
		}
	case ed25519.PublicKey:
		return []string{"EdDSA"}, nil
	}
	return nil, errors.New("no signature is verified with its kind of key")
}

// find is a jwt.Keyfunc. A token without a key id (kid) is verified with any key that has its
// method.
func (s set) find(t *jwt.Token) (any, error) {
	kid, says := t.Header["kid"]
	var fit jwt.VerificationKeySet
	for _, v := range s {
		if (!says || kid == v.kid) && slices.Contains(v.methods, t.Method.Alg()) {
			fit.Keys = append(fit.Keys, v.key)
		}
	}
	if fit.Keys == nil {
		return nil, errNoKey
	}
	return fit, nil
}
