//go:build unix

package main

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// reusePort lets several processes of one user listen on one address.
func reusePort(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	if err != nil {
		return err
	}
	return failed
}
