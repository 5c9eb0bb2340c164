package shared

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
)

// idLen is the length of a member's id: 16 characters of base32 are 80 bits,
// too many to find a second key for.
const idLen = 16

// NewKey makes a key that nobody can guess (at least 128 bits).
func NewKey() string { return rand.Text() }

// CheckKey reports, as an Error with code bad_key, why key can't serve as one:
// it has MinKeyBytes to MaxKeyBytes of printable ASCII without spaces.
func CheckKey(key string) error {
	if len(key) < MinKeyBytes || len(key) > MaxKeyBytes {
		return Errorf(CodeBadKey, "a key has %d to %d characters", MinKeyBytes, MaxKeyBytes)
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return Errorf(CodeBadKey, "a key has only printable ASCII characters and no spaces")
		}
	}
	return nil
}

// MemberID is the public id of the member who holds key: the beginning of
// base32(SHA-256(key)), so that who sees an id can't claim it.
func MemberID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base32.StdEncoding.EncodeToString(sum[:])[:idLen]
}

// SubjectID is the public id of the member whom a server knows by a token's
// subject. No key has it: what is hashed is no key, for it has a space.
func SubjectID(subject string) string { return MemberID("sub " + subject) }
