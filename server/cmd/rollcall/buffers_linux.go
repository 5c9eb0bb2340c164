package main

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What the system keeps for one connection, in bytes. A peer that reads nothing leaves
// behind no more than maxUnsent and a segment (64 KiB), while what a long line has under
// way, which is acknowledged as it comes, is bounded by maxSent only: a send buffer as
// small as maxUnsent would slow that down. Of buffers the system takes twice what is said
// here, for what it needs itself.
const (
	maxUnsent = 16 << 10  // was never sent; a write waits then
	maxSent   = 256 << 10 // under way to the peer
	maxUnread = 32 << 10  // from a peer that is read more slowly; no client has much to say

	// deafAfter is after how long of taking nothing, and not even saying so, or of having no
	// room, a peer is given up by the system, also where we have closed the connection already.
	// It is longer than it takes until a WebSocket that is silent is ended, with what that says.
	deafAfter = 40 * time.Second
)

// bound bounds what the system keeps for each connection that l will accept, which has
// the options of the socket that it is accepted from. What is no TCP has none of them.
func bound(l net.Listener) {
	socket, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return // it is closed, as its next user sees
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF, maxSent)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, maxUnread)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deafAfter.Milliseconds()))
	})
}
