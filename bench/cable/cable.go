// Package cable cuts the network between this machine and a namespace of it. It needs
// Linux, nft and the right to make network namespaces.
package cable

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Cable is a network namespace with one link to it. A cut loses the packets at the far
// end, in both directions and without an error to anybody, as behind a router that has
// lost its own cable.
type Cable struct{ namespace, near string }

// The addresses of the link's ends; their block is reserved for benchmarks (RFC 2544).
// Far is in the namespace.
var (
	Near = netip.MustParseAddr("198.18.213.1")
	Far  = netip.MustParseAddr("198.18.213.2")
)

// Lay makes a namespace and the link. Only one cable can exist at a time.
func Lay() (*Cable, error) {
	c := &Cable{namespace: fmt.Sprintf("rollcall%d", os.Getpid()), near: fmt.Sprintf("rc%d", os.Getpid())}
	err := execute(fmt.Sprintf(`
		ip netns add %[1]s
		ip link add %[2]s type veth peer name %[2]sf
		ip link set %[2]sf netns %[1]s
		ip addr add %[3]s/30 dev %[2]s
		ip link set %[2]s up
		ip -n %[1]s addr add %[4]s/30 dev %[2]sf
		ip -n %[1]s link set %[2]sf up
		ip -n %[1]s link set lo up`, c.namespace, c.near, Near, Far))
	if err != nil {
		c.Remove()
		return nil, err
	}
	return c, nil
}

// Command returns the beginning of a command line that runs the rest in the namespace.
func (c *Cable) Command() []string { return []string{"ip", "netns", "exec", c.namespace} }

// Inside calls connect at the far end: sockets that it makes belong to the namespace.
func (c *Cable) Inside(connect func()) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	near, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer near.Close()
	far, err := os.Open("/run/netns/" + c.namespace)
	if err != nil {
		return err
	}
	defer far.Close()
	if err := unix.Setns(int(far.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("setns: %w", err)
	}
	connect()
	return unix.Setns(int(near.Fd()), unix.CLONE_NEWNET)
}

// Cut loses every packet from now on, except those from and to a TCP port at the far
// end; 0 stands for none.
func (c *Cable) Cut(except uint16) error {
	return execute(fmt.Sprintf("%s nft '"+`
		table ip cut {
			chain in { type filter hook prerouting priority raw; policy drop; iif lo accept; tcp dport %[2]d accept; }
			chain out { type filter hook postrouting priority srcnat; policy drop; oif lo accept; tcp sport %[2]d accept; }
		}'`, strings.Join(c.Command(), " "), except))
}

// Mend ends a cut.
func (c *Cable) Mend() error {
	return execute(strings.Join(c.Command(), " ") + " nft delete table ip cut")
}

// Remove removes the namespace and the link.
func (c *Cable) Remove() {
	_ = execute("ip netns del " + c.namespace) // with its end of the link
	_ = execute("ip link del " + c.near)       // which may not have been in it yet
}

// execute runs a script up to its first command that fails.
func execute(script string) error {
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", script, err, out)
	}
	return nil
}
