//go:build js

// Package rand takes the place of crypto/rand in the browser program. It reads the browser's
// generator (crypto.getRandomValues) and nothing else.
//
// The real package puts a generator of its own before that one, as FIPS 140-3 wants it, which
// brings in AES, HMAC, SHA-3 and SHA-512. Where the program uses more of it, the build stops at
// the missing name.
package rand

import (
	"crypto/internal/sysrand"
	"io"
)

// Reader reads random bytes, and never fails. It is safe for concurrent use.
var Reader io.Reader = reader{}

type reader struct{}

func (reader) Read(b []byte) (int, error) {
	sysrand.Read(b)
	return len(b), nil
}

// Text returns 26 random characters of base 32, which are 130 bits, like the real Text.
func Text() string {
	const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	text := make([]byte, 26)
	sysrand.Read(text)
	for i, b := range text {
		text[i] = base32[b%32]
	}
	return string(text)
}
