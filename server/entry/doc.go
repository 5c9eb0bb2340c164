// Package entry decides who may enter, by the tokens (JWT, RFC 7519) that people
// bring from where they signed in. It knows no rooms and no connections.
//
//   - gate.go: what a token must be, and what it allows.
//   - keys.go: what tokens are signed with, from a file or an address, which may
//     change while the server runs.
package entry
