// Package keys reads and writes the file with the keys of the HTTP API. It has a line for
// each key: the name, the scopes, and the SHA-256 of the key in hexadecimal digits.
//
//	ci read,attendance 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//
// Empty lines, and lines that begin with #, are ignored. The key itself is stored nowhere:
// [Add] returns it once.
//
//   - file.go: the keys of a file that may change at any time.
//   - line.go: the form of a line.
//   - add.go: how a key is added.
package keys
