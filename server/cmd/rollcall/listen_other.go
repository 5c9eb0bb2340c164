//go:build !unix

package main

import (
	"errors"
	"syscall"
)

// reusePort has no counterpart here.
func reusePort(string, string, syscall.RawConn) error {
	return errors.New("-handover: this system lets one process only listen on an address")
}
