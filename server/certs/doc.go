// Package certs provides the server's TLS certificate: from files, which may change while it
// serves (files.go), or from a certificate authority by ACME (acme.go). The configurations
// that it returns are safe for concurrent use.
package certs
