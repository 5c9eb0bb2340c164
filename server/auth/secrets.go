package auth

import (
	"bytes"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// minSecretBytes is the least length of a secret: that of the shortest hash (RFC 7518 §3.2).
const minSecretBytes = 32

// secrets are the secrets that tokens may be signed with, the newest last.
type secrets [][]byte

func readSecrets(file string) (secrets, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return parseSecrets(file, text)
}

// parseSecrets parses a file with a secret per line. Its error contains no secret.
func parseSecrets(file string, text []byte) (s secrets, err error) {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case len(line) < minSecretBytes:
			return nil, fmt.Errorf("%s: a secret has at least %d characters", file, minSecretBytes)
		default:
			s = append(s, bytes.Clone(line))
		}
	}
	if s == nil {
		return nil, fmt.Errorf("%s: no secret in it", file)
	}
	return s, nil
}

// find is a jwt.Keyfunc. A secret must be at least as long as the hash of the method: 32 bytes
// for HS256, 48 for HS384, 64 for HS512 (RFC 7518 §3.2).
func (s secrets) find(t *jwt.Token) (any, error) {
	method, ok := t.Method.(*jwt.SigningMethodHMAC)
	if !ok {
		return nil, errNoKey
	}
	var fit jwt.VerificationKeySet
	for _, secret := range s {
		if len(secret) >= method.Hash.Size() {
			fit.Keys = append(fit.Keys, secret)
		}
	}
	if fit.Keys == nil {
		return nil, errNoKey
	}
	return fit, nil
}
