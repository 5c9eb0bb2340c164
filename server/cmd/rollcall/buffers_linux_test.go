package main

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A peer that takes nothing, or says more than is read, leaves little behind with the
// system, on whichever socket it came.
func TestTheSystemKeepsLittle(t *testing.T) {
	for name, share := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			l, err := listen("127.0.0.1:0", share)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			small := func(_, _ string, c syscall.RawConn) (err error) {
				_ = c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<10) })
				return err
			}
			peer, err := (&net.Dialer{Control: small}).Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close()
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			taken, err := c.Write(make([]byte, 16<<20))
			if !errors.Is(err, os.ErrDeadlineExceeded) || taken > maxUnsent+64<<10+16<<10 {
				t.Errorf("%d bytes were taken, %v", taken, err)
			}
			_ = peer.(*net.TCPConn).SetWriteBuffer(4 << 10)
			_ = peer.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			told, err := peer.Write(make([]byte, 16<<20)) // and nobody reads
			if !errors.Is(err, os.ErrDeadlineExceeded) || told > 4*maxUnread {
				t.Errorf("%d bytes were told, %v", told, err)
			}
			raw, err := c.(*net.TCPConn).SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			_ = raw.Control(func(fd uintptr) {
				ms, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
				if err != nil || time.Duration(ms)*time.Millisecond != deafAfter {
					t.Errorf("it is given up after %d ms, %v", ms, err)
				}
			})
		})
	}
}
