package handover

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"rollcall/server/hub"
)

// The handshake fails before anything is sent to a process of another user.
func TestHandshakeRefusesAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be somebody else")
	}
	listener, err := net.Listen("unix", "@"+t.TempDir())
	must(t, err)
	defer listener.Close()
	for _, uid := range []int{os.Geteuid(), 65534} {
		dialed := make(chan error, 1)
		go func() {
			runtime.LockOSThread() // the thread, which has another user now, ends with the goroutine
			if _, _, no := syscall.RawSyscall(syscall.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); no != 0 {
				dialed <- no
				return
			}
			conn, err := net.Dial("unix", listener.Addr().String())
			if err == nil {
				_, err = fmt.Fprintln(conn, `{"node":"OTHER"}`)
				t.Cleanup(func() { _ = conn.Close() })
			}
			dialed <- err
		}()
		conn, err := listener.Accept()
		must(t, err)
		must(t, <-dialed)
		l := New("", slog.New(slog.DiscardHandler))
		l.hub = hub.New(hub.Config{Mesh: l.Mesh()})
		p, _, err := l.handshake(conn)
		if uid == os.Geteuid() && (err != nil || p.node != "OTHER") {
			t.Errorf("ourselves: %v", err)
		}
		if uid != os.Geteuid() && (err == nil || !strings.Contains(err.Error(), "of user 65534")) {
			t.Errorf("a stranger: %v", err)
		}
		l.hub.Close()
		_ = conn.Close()
	}
}
