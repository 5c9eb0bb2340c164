// Package auth verifies the tokens (JWT, RFC 7519) that people bring from where they signed
// in, and says what each allows. It knows no rooms and no connections. A [Verifier] is safe
// for concurrent use.
//
// No token is accepted that is not signed by a current key in a method of that key, and that
// does not expire. Claims are read strictly: one that is repeated, null or of another type
// makes the token invalid.
//
//   - verifier.go, claims.go: what a token must be, and what it allows.
//   - keys.go: the keys that tokens are verified with, and for how long they are valid.
//   - secrets.go, set.go: the two kinds of keys, shared secrets and key sets.
//   - source.go: files and addresses that keys are read from, again and again.
package auth
