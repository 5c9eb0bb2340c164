// Sockets measures a cluster with a connection for each person: three nodes, as
// processes, and a crowd of clients for each, as further ones, so that none of
// them needs more descriptors than a process may have. Everybody is in a room
// with people of all nodes.
//
//		sockets -rollcall ../bin/rollcall [-people 10000] [-rooms 300] [-pace 1000]
//
//	  - main.go: what is measured.
//	  - crowd.go: the clients of one node, in a process of their own.
//	  - arrivals.go: how long an arrival takes to be seen.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"rollcall/bench/subject"
)

var (
	rollcall = flag.String("rollcall", "../bin/rollcall", "the program")
	people   = flag.Int("people", 10_000, "how many are connected to each node")
	rooms    = flag.Int("rooms", 300, "in how many rooms")
	pace     = flag.Int("pace", 1000, "how many join a second on each node")
	times    = flag.Int("arrivals", 500, "how many arrivals are timed")

	// Of a crowd's process:
	at     = flag.String("at", "", "the node that the clients of this process connect to")
	index  = flag.Int("index", 0, "which crowd this is")
	own    = flag.Int("own", 0, "how many clients it has")
	others = flag.Int("others", 0, "how many crowds of -people there are besides")
)

const nodes = 3

func main() {
	flag.Parse()
	do := measure
	if *at != "" {
		do = beCrowd
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "sockets:", err)
		os.Exit(1)
	}
}

// cluster is the nodes that run.
type cluster struct {
	program *subject.Subject
	secret  string
	first   string // where the first of them hears others
	nodes   []*subject.Process
}

func measure() error {
	dir, err := os.MkdirTemp("", "rollcall-sockets")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := filepath.Abs(*rollcall)
	if err != nil {
		return err
	}
	c := &cluster{program: subject.All(dir, program)[subject.NameRollcall], secret: filepath.Join(dir, "secret")}
	defer func() {
		for _, n := range c.nodes {
			n.Stop()
		}
	}()
	if err := os.WriteFile(c.secret, []byte("a secret of the measurement"), 0o600); err != nil {
		return err
	}
	for range nodes {
		if err := c.start(); err != nil {
			return err
		}
	}
	crowds, err := storm(c)
	defer func() {
		for _, crowd := range crowds {
			crowd.end()
		}
	}()
	if err != nil {
		return err
	}
	if err := arrivals(c.nodes[0].Addr, c.nodes[1].Addr); err != nil {
		return err
	}
	return newcomer(c)
}

// start starts one more node.
func (c *cluster) start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	_ = l.Close()
	// Those who connect first wait for the last of the crowd until they may join.
	args := []string{"-cluster", address, "-cluster-secret-file", c.secret, "-join-within", "5m"}
	if c.first != "" {
		args = append(args, "-join", c.first)
	} else {
		c.first = address
	}
	n, err := c.program.Start(args...)
	if err == nil {
		c.nodes = append(c.nodes, n)
		time.Sleep(2 * time.Second) // they find each other
	}
	return err
}

// storm has everybody connect, and then join.
func storm(c *cluster) (crowds []*crowdProcess, err error) {
	idle, err := c.memory()
	if err != nil {
		return nil, err
	}
	for i, n := range c.nodes {
		crowd, err := startCrowd(n.Addr, i, *people, nodes-1)
		if err != nil {
			return crowds, err
		}
		crowds = append(crowds, crowd)
	}
	for _, crowd := range crowds {
		if err := crowd.hear(); err != nil {
			return crowds, err
		}
	}
	connected, err := c.memory()
	if err != nil {
		return crowds, err
	}
	began := time.Now()
	for _, crowd := range crowds {
		if err := crowd.join(); err != nil {
			return crowds, err
		}
	}
	for _, crowd := range crowds {
		if err := crowd.hear(); err != nil {
			return crowds, err
		}
	}
	took := time.Since(began)
	all := *people * nodes
	fmt.Printf("%d people join, %d on each of %d nodes and %d a second there, in %d rooms: everybody sees everybody after %v, %.0f joins a second\n",
		all, *people, nodes, *pace, *rooms, took.Round(time.Millisecond), float64(all)/took.Seconds())
	time.Sleep(5 * time.Second)
	joined, err := c.memory()
	if err != nil {
		return crowds, err
	}
	for i := range c.nodes {
		fmt.Printf("node %d: %.0f MB idle, %.0f MB with %d connections, %.0f MB with all in their rooms, %d of them on other nodes\n",
			i+1, idle[i], connected[i], *people, joined[i], all-*people)
	}
	return crowds, nil
}

// memory is what each node has resident, in MB.
func (c *cluster) memory() (all []float64, err error) {
	for _, n := range c.nodes {
		m, err := n.Memory()
		if err != nil {
			return nil, err
		}
		all = append(all, float64(m.Now)/1e6)
	}
	return all, nil
}

// newcomer starts a node while everybody is there, and has somebody enter each
// room through it.
func newcomer(c *cluster) error {
	if err := c.start(); err != nil {
		return err
	}
	n := c.nodes[nodes]
	idle, err := n.Memory()
	if err != nil {
		return err
	}
	crowd, err := startCrowd(n.Addr, nodes, *rooms, nodes)
	if err != nil {
		return err
	}
	defer crowd.end()
	if err := crowd.hear(); err != nil {
		return err
	}
	began := time.Now()
	if err := crowd.join(); err != nil {
		return err
	}
	if err := crowd.hear(); err != nil {
		return err
	}
	took := time.Since(began)
	time.Sleep(5 * time.Second)
	full, err := n.Memory()
	if err != nil {
		return err
	}
	all := *people * nodes
	fmt.Printf("a new node, one client in each of the %d rooms: all %d are shown to them after %v; %.0f MB more, %.0f bytes for each on another node\n",
		*rooms, all, took.Round(time.Millisecond), float64(full.Now-idle.Now)/1e6, float64(full.Now-idle.Now)/float64(all))
	return nil
}
