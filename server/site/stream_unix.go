//go:build unix

package site

import (
	"io"
	"syscall"
)

// canWait says that readNow and readable work on this system.
const canWait = true

// readNow reads what is there, or returns errQuiet.
func readNow(c syscall.RawConn, p []byte) (n int, err error) {
	closed := c.Read(func(fd uintptr) bool {
		for {
			n, err = syscall.Read(int(fd), p)
			if err != syscall.EINTR {
				return true
			}
		}
	})
	switch {
	case closed != nil:
		return 0, closed
	case err == syscall.EAGAIN:
		return 0, errQuiet
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// peekNow returns how much of p it has filled with what is there to be read,
// and stays so.
func peekNow(c syscall.RawConn, p []byte) (n int) {
	_ = c.Read(func(fd uintptr) bool { // what fails here fails when it is read
		for {
			var err error
			n, _, err = syscall.Recvfrom(int(fd), p, syscall.MSG_PEEK)
			if err != syscall.EINTR {
				return true
			}
		}
	})
	return max(n, 0)
}

// readable reports whether a read of fd would not block.
func readable(fd uintptr) bool {
	var b [1]byte
	for {
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		if err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}
