package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstFD is the first file that a service manager passes, sd_listen_fds(3).
const firstFD = 3

// listen returns the socket to serve on, whose connections are bounded in what the
// system keeps for them; see socketAt.
func listen(addr string, share bool) (net.Listener, error) {
	l, err := socketAt(addr, share)
	if err == nil {
		bound(l)
	}
	return l, err
}

// socketAt returns the socket that a service manager has passed to this process
// (systemd's LISTEN_FDS), or a new one at addr. A shared one may be listened on
// by another server too, which takes over.
func socketAt(addr string, share bool) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) {
		if n := os.Getenv("LISTEN_FDS"); n != "1" {
			return nil, fmt.Errorf("the service manager passes %s sockets, and one is served", n)
		}
		f := os.NewFile(firstFD, "socket")
		defer func() { _ = f.Close() }() // the listener has one of its own
		return net.FileListener(f)
	}
	var config net.ListenConfig
	config.SetMultipathTCP(false) // whose sockets do not hand on what bound sets
	if share {
		config.Control = reusePort
	}
	return config.Listen(context.Background(), "tcp", addr)
}
