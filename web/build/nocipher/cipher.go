// Package cipher takes the place of crypto/cipher in the browser program; see noaes.
package cipher

import "errors"

// Block stands for crypto/cipher.Block.
type Block any

// AEAD stands for crypto/cipher.AEAD.
type AEAD interface {
	NonceSize() int
	Seal(dst, nonce, plaintext, additionalData []byte) []byte
	Open(dst, nonce, ciphertext, additionalData []byte) ([]byte, error)
}

// NewGCM returns an error.
func NewGCM(Block) (AEAD, error) {
	return nil, errors.New("cipher: the browser program has no ciphers")
}
