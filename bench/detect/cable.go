package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// cable is a network of its own with one cable to the server's. When it is cut
// packets get lost at its far end, in both directions and without a word to
// anybody, as behind a router that has lost its own cable.
type cable struct{ namespace, near string }

// What lies at the cable's ends is of the block for benchmarks (RFC 2544).
const (
	serverEnd = "198.18.213.1"
	clientEnd = "198.18.213.2"
)

func layCable() (*cable, error) {
	name := fmt.Sprintf("rollcall%d", os.Getpid())
	c := &cable{namespace: name, near: fmt.Sprintf("rc%d", os.Getpid())}
	far := c.near + "f"
	for _, command := range []string{
		"ip netns add " + name,
		"ip link add " + c.near + " type veth peer name " + far,
		"ip link set " + far + " netns " + name,
		"ip addr add " + serverEnd + "/30 dev " + c.near,
		"ip link set " + c.near + " up",
		"ip -n " + name + " addr add " + clientEnd + "/30 dev " + far,
		"ip -n " + name + " link set " + far + " up",
	} {
		if err := execute(command); err != nil {
			c.remove()
			return nil, err
		}
	}
	return c, nil
}

// inside is what to put before a command to run it at the far end.
func (c *cable) inside() []string { return []string{"ip", "netns", "exec", c.namespace} }

// cut loses every packet from now on.
func (c *cable) cut() error {
	cmd := exec.Command("ip", "netns", "exec", c.namespace, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(`table ip cut {
		chain in { type filter hook prerouting priority raw; policy drop; }
		chain out { type filter hook postrouting priority srcnat; policy drop; }
	}`)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, out)
	}
	return nil
}

func (c *cable) remove() {
	_ = execute("ip netns del " + c.namespace) // and with it the cable
	_ = execute("ip link del " + c.near)       // if it was never laid
}

func execute(command string) error {
	words := strings.Fields(command)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, out)
	}
	return nil
}
