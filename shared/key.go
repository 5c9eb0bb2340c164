package shared

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
)

// idLen is the length of a member's id: 16 characters of base32 hold 80 bits, too
// many to find another key with the same id.
const idLen = 16

// NewKey returns a random key with at least 128 bits of entropy.
func NewKey() string { return rand.Text() }

// CheckKey returns an Error with code bad_key if key is not valid. A valid key has MinKeyBytes to MaxKeyBytes of printable ASCII without spaces.
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

// MemberID returns the public id of the member with the given key: the first 16
// characters of base32(SHA-256(key)). Seeing an id does not reveal the key.
func MemberID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base32.StdEncoding.EncodeToString(sum[:])[:idLen]
}

// SubjectID returns the public id of the member with the given token subject. No
// key has the same id, because what is hashed contains a space, as no key does.
func SubjectID(subject string) string { return MemberID("sub " + subject) }
