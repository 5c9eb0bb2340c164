package handover

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkUser returns an error if the process at the other end of a Unix socket is another
// user's (SO_PEERCRED, unix(7)). It accepts every other kind of connection.
func checkUser(conn net.Conn) error {
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return nil
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return err
	}
	var who *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if int(who.Uid) != os.Geteuid() {
		return fmt.Errorf("it is of user %d", who.Uid)
	}
	return nil
}
