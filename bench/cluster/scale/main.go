// Scale measures what nodes tell each other, without sockets to people: real
// hubs, real clusters, real NATS servers inside them, and peers that cost
// nothing. So what it says of a node is what the other nodes add to it.
//
//	scale [-people 100000] [-room 100]
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/server/cluster"
	"rollcall/server/hub"
	"rollcall/shared"
)

var (
	people   = flag.Int("people", 100_000, "how many people there are when a node starts")
	roomSize = flag.Int("room", 100, "how many of them are in a room")
	joiners  = flag.Int("joins", 60_000, "how many join as fast as they can, over three nodes")
)

const secret = "a secret of the measurement"

func main() {
	flag.Parse()
	var err error
	if at := os.Getenv(asNewcomer); at != "" {
		err = newcomer(at)
	} else {
		err = measure()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// node is a hub in a cluster, with a count of the bytes that it sends others.
type node struct {
	cluster  *cluster.Cluster
	hub      *hub.Hub
	embedded *cluster.Embedded
	sent     atomic.Int64
}

// counted is a transport that counts.
type counted struct {
	cluster.Transport
	sent *atomic.Int64
}

func (c counted) Send(to string, message []byte) {
	c.sent.Add(int64(len(message)))
	c.Transport.Send(to, message)
}

func newNode(join ...string) (*node, error) {
	n := &node{cluster: cluster.New(cluster.Config{})}
	n.hub = hub.New(hub.Config{Mesh: n.cluster.Mesh()})
	log := slog.New(slog.DiscardHandler)
	var err error
	n.embedded, err = cluster.Embed(cluster.Inside{Listen: "127.0.0.1:0", Join: join, Secret: secret, Log: log})
	if err != nil {
		return nil, err
	}
	t, err := n.cluster.Dial(cluster.NATS{Embedded: n.embedded})
	if err != nil {
		return nil, err
	}
	n.cluster.Start(n.hub, counted{t, &n.sent})
	return n, nil
}

// quiet is a peer who wants to hear nothing.
type quiet struct{}

func (quiet) Write([][]byte) error           { return nil }
func (quiet) Close(shared.CloseCode, string) {}

func (n *node) enter(room, name string, p hub.Peer) error {
	s, err := n.hub.Connect(room, p)
	if err == nil {
		s.Receive(shared.Encode(shared.GotANewUser{Name: name}))
	}
	return err
}

func roomOf(i int) string { return fmt.Sprint("room-", i / *roomSize) }

func measure() error {
	var nodes []*node
	var join []string
	for range 3 {
		n, err := newNode(join...)
		if err != nil {
			return err
		}
		nodes, join = append(nodes, n), append(join, n.embedded.Address())
	}
	await(func() bool {
		return !slices.ContainsFunc(nodes, func(n *node) bool { return len(n.cluster.Nodes()) < 3 })
	})
	if err := arrivals(nodes); err != nil {
		return err
	}
	if err := storm(nodes); err != nil {
		return err
	}
	return start(nodes)
}

func await(holds func() bool) {
	for !holds() {
		time.Sleep(200 * time.Microsecond)
	}
}

// bell is a peer that says when it is told of something.
type bell chan time.Time

func (b bell) Write([][]byte) error {
	select {
	case b <- time.Now():
	default:
	}
	return nil
}
func (b bell) Close(shared.CloseCode, string) {}

// arrivals measures how long it takes until an arrival on one node is written
// to somebody on another, one at a time.
func arrivals(nodes []*node) error {
	told := make(bell, 1)
	if err := nodes[1].enter("quiet", "watcher", told); err != nil {
		return err
	}
	if err := nodes[0].enter("quiet", "first", quiet{}); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	const n = 1000
	before := nodes[0].sent.Load()
	var took []time.Duration
	for i := range n {
		for len(told) > 0 {
			<-told
		}
		began := time.Now()
		if err := nodes[0].enter("quiet", fmt.Sprint("somebody ", i), quiet{}); err != nil {
			return err
		}
		took = append(took, (<-told).Sub(began))
	}
	slices.Sort(took)
	bytes := float64(nodes[0].sent.Load()-before) / n
	fmt.Printf("arrival seen on another node: p50 %v, p99 %v\n", took[n/2].Round(time.Microsecond), took[n*99/100].Round(time.Microsecond))
	fmt.Printf("bytes told to each node per arrival: %.0f one at a time\n", bytes) // only that node is told: who else is in the room is none
	return nil
}

// storm measures how many join a second until all nodes show all.
func storm(nodes []*node) error {
	rooms := *joiners / *roomSize
	for _, n := range nodes {
		for r := range rooms {
			if err := n.enter(fmt.Sprint("storm-", r), "resident", quiet{}); err != nil {
				return err
			}
		}
	}
	time.Sleep(2 * time.Second)
	before := nodes[0].sent.Load()
	began := time.Now()
	var joining sync.WaitGroup
	for i, n := range nodes {
		joining.Go(func() {
			for j := i; j < *joiners; j += len(nodes) {
				_ = n.enter(fmt.Sprint("storm-", j%rooms), "somebody", quiet{})
			}
		})
	}
	joining.Wait()
	local := time.Since(began)
	for _, n := range nodes {
		for r := range rooms {
			await(func() bool { return n.hub.View(fmt.Sprint("storm-", r), 0).Count == *roomSize+len(nodes) })
		}
	}
	all := time.Since(began)
	fmt.Printf("%d joins on 3 nodes: made in %v, shown on all after %v: %.0f a second\n", *joiners, local.Round(time.Millisecond), all.Round(time.Millisecond), float64(*joiners)/all.Seconds())
	fmt.Printf("bytes told to each node per arrival: %.0f in a storm\n", float64(nodes[0].sent.Load()-before)/2/float64(*joiners/3))
	return nil
}

const asNewcomer = "ROLLCALL_SCALE_JOIN"

// start measures what a node takes that starts while others have people.
func start(nodes []*node) error {
	for i := range *people {
		if err := nodes[i%3].enter(roomOf(i), fmt.Sprintf("person number %d", i), quiet{}); err != nil {
			return err
		}
	}
	time.Sleep(3 * time.Second)
	for _, how := range []string{"all rooms", "one room in ten"} {
		cmd := exec.Command(os.Args[0], "-people", strconv.Itoa(*people), "-room", strconv.Itoa(*roomSize))
		cmd.Env = append(os.Environ(), asNewcomer+"="+nodes[0].embedded.Address(), "ROLLCALL_SCALE_HOW="+how)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	return nil
}

func newcomer(at string) error {
	n, err := newNode(at)
	if err != nil {
		return err
	}
	await(func() bool { return len(n.cluster.Nodes()) == 4 })
	time.Sleep(2 * time.Second)
	how, step := os.Getenv("ROLLCALL_SCALE_HOW"), 1
	if how != "all rooms" {
		step = 10
	}
	rooms := *people / *roomSize
	before := resident()
	began := time.Now()
	var entering sync.WaitGroup
	var wanted int
	for r := 0; r < rooms; r += step {
		wanted += *roomSize
		entering.Go(func() { _ = n.enter(fmt.Sprint("room-", r), "newcomer", quiet{}) })
	}
	entering.Wait()
	first := time.Since(began)
	for r := 0; r < rooms; r += step {
		await(func() bool { return n.hub.View(fmt.Sprint("room-", r), 0).Count == *roomSize+1 })
	}
	took := time.Since(began)
	grown := resident() - before
	fmt.Printf("a new node, %d people present, its clients in %s: %d remote people shown after %v (everybody let in after %v); %.0f MB more, %.0f bytes each\n",
		*people, how, wanted, took.Round(time.Millisecond), first.Round(time.Millisecond), float64(grown)/1e6, float64(grown)/float64(wanted))
	n.cluster.Close(0)
	return nil
}

// resident is the memory of this process, in bytes, after the collector has run.
func resident() int64 {
	runtime.GC()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
