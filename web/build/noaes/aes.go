// Package aes takes the place of crypto/aes in the browser program. go-app names it for storage
// that is encrypted, which the program does not use.
package aes

import (
	"crypto/cipher"
	"errors"
)

// NewCipher returns an error.
func NewCipher([]byte) (cipher.Block, error) {
	return nil, errors.New("aes: the browser program has no ciphers")
}
