package faults

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"rollcall/bench/cable"
	"rollcall/bench/process"
)

// field is nodes with everything around them.
type field struct {
	settings
	*people
	dir    string
	cable  *cable.Cable // the first node is at its far end; nil without one
	nodes  []*node
	missed []string // promises that were broken
}

// node is a Rollcall server with a NATS server in it.
type node struct {
	*process.Process
	up bool // people are sent to it
}

// start starts the nodes, the first of them at the end of a cable if that is wanted.
func (fd *field) start(withCable bool) (err error) {
	if withCable {
		if fd.cable, err = cable.Lay(); err != nil {
			return err
		}
	}
	if fd.people, err = newPeople(); err != nil {
		return err
	}
	if withCable {
		fd.from = func(int) [4]byte { return cable.Near.As4() }
	}
	if fd.dir, err = os.MkdirTemp("", "faults"); err != nil {
		return err
	}
	secret := filepath.Join(fd.dir, "secret")
	if err := os.WriteFile(secret, []byte("a secret of the faults"), 0o600); err != nil {
		return err
	}
	var join []string
	for i := range fd.settings.nodes {
		addr, err := process.FreeAddr()
		if err != nil {
			return err
		}
		inner, err := process.FreeAddr()
		if err != nil {
			return err
		}
		var command []string
		if withCable {
			host := cable.Near
			if i == 0 {
				host, command = cable.Far, fd.cable.Command()
			}
			addr, inner = netip.AddrPortFrom(host, addr.Port()), netip.AddrPortFrom(host, inner.Port())
		}
		command = append(command, fd.rollcall, "serve", "-addr", addr.String(), "-log-level", "info",
			"-exempt", "127.0.0.0/8", "-exempt", cable.Near.String()+"/32",
			"-cluster", inner.String(), "-cluster-secret-file", secret)
		p, err := process.Start("", addr, append(command, join...)...)
		if err != nil {
			return err
		}
		fd.nodes = append(fd.nodes, &node{p, true})
		join = append(join, "-join", inner.String())
	}
	return nil
}

func (fd *field) up() (up []*node) {
	for _, n := range fd.nodes {
		if n.up {
			up = append(up, n)
		}
	}
	return up
}

// within records a miss if something took longer than most.
func (fd *field) within(most, took time.Duration, what string) {
	if took > most {
		fd.missed = append(fd.missed, fmt.Sprintf("%s after %s, which should take %s at most", what, ms(took), ms(most)))
	}
}

// close ends everything that was started.
func (fd *field) close() {
	if fd.people != nil {
		fd.Close()
	}
	for i, n := range fd.nodes {
		n.Stop()
		if fd.verbose {
			fmt.Printf("node %d:\n%s\n", i, n.Output())
		}
	}
	if fd.cable != nil {
		fd.cable.Remove()
	}
	_ = os.RemoveAll(fd.dir)
}
