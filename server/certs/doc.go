// Package certs is how the server shows who it is: a certificate from files,
// which may change while it serves (files.go), or from an authority that gives
// them by ACME (acme.go).
package certs
