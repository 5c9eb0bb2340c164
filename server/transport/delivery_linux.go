package transport

import "golang.org/x/sys/unix"

// delivery returns what the system knows, or the zero delivery.
func (s *stream) delivery() (d delivery) {
	if s.socket == nil {
		return d
	}
	_ = s.socket.Control(func(fd uintptr) { // fails only for a closed connection
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return
		}
		queued, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
		if err != nil {
			return
		}
		d = delivery{acked: info.Bytes_acked, queued: uint64(queued)}
	})
	return d
}
