//go:build unix

package transport

import (
	"io"
	"syscall"
)

// canPoll reports that readNow, peekNow and hasData work on this system.
const canPoll = true

// readNow reads what is there, or returns errIdle.
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
		return 0, errIdle
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// peekNow copies what is there to p without consuming it, and returns how much.
func peekNow(c syscall.RawConn, p []byte) (n int) {
	_ = c.Read(func(fd uintptr) bool { // an error here comes again with the next read
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

// hasData reports whether a read of fd would not block.
func hasData(fd uintptr) bool {
	var b [1]byte
	for {
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		if err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}
