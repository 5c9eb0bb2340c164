package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"rollcall/shared"
)

const roomSize = 100

// field is nodes with all that is around them.
type field struct {
	dir     string
	nats    []*nats // outside the nodes; none if they are inside
	nodes   []*node
	people  []*person
	watches []*watcher
	byID    map[string]*person
	missed  []string // what took longer than it may
}

// nats is a NATS server, with the ways to it that can be broken.
type nats struct {
	*process
	clients, routes int
	ways            []*proxy // from the servers after it
	join            []string
}

// node is a Rollcall server.
type node struct {
	*process
	index int
	port  int
	inner int      // of the NATS server inside, if it is
	ways  []*proxy // to the NATS servers that it knows, its own first, if they are outside
	args  []string

	mu sync.Mutex
	up bool // people are sent to it
}

func newField(reach reach) (*field, error) {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return nil, err
	}
	fd := &field{dir: dir, byID: map[string]*person{}}
	if reach != inside {
		err = fd.startNATS(3)
	}
	if err == nil {
		err = fd.startNodes(reach)
	}
	if err != nil {
		fd.end()
		return nil, err
	}
	return fd, nil
}

// startNATS starts n servers, each of which reaches those before it over ways
// of ours only: see serveNATS.
func (fd *field) startNATS(n int) error {
	for range n {
		s := &nats{}
		var err error
		if s.clients, err = freePort(); err == nil {
			s.routes, err = freePort()
		}
		if err != nil {
			return err
		}
		for _, before := range fd.nats {
			way, err := newProxy("127.0.0.1:" + strconv.Itoa(before.routes))
			if err != nil {
				return err
			}
			before.ways = append(before.ways, way)
			s.join = append(s.join, way.addr())
		}
		if err := s.start(); err != nil {
			return err
		}
		fd.nats = append(fd.nats, s)
	}
	return nil
}

func (s *nats) start() (err error) {
	s.process, err = startNATS(s.clients, s.routes, s.join)
	return err
}

func (fd *field) startNodes(reach reach) error {
	secret := filepath.Join(fd.dir, "secret")
	if err := os.WriteFile(secret, []byte("a secret of the faults"), 0o600); err != nil {
		return err
	}
	for i := range *nodes {
		n := &node{index: i}
		var err error
		if n.port, err = freePort(); err == nil {
			n.inner, err = freePort()
		}
		if err != nil {
			return err
		}
		// All have one name: it is for people only.
		n.args = []string{*rollcall, "serve", "-addr", fmt.Sprintf("127.0.0.1:%d", n.port), "-node-name", "twin", "-log-level", "info"}
		if reach == inside {
			n.args = append(n.args, "-cluster", fmt.Sprintf("127.0.0.1:%d", n.inner), "-cluster-secret-file", secret)
			for _, other := range fd.nodes {
				n.args = append(n.args, "-join", fmt.Sprintf("127.0.0.1:%d", other.inner))
			}
		} else if err := n.pave(fd.nats, reach); err != nil {
			return err
		}
		fd.nodes = append(fd.nodes, n)
		if err := n.start(); err != nil {
			return err
		}
	}
	return nil
}

// pave makes the node's ways to its own NATS server and, if it is to know all,
// to the others. It is told of no server past a way.
func (n *node) pave(all []*nats, reach reach) error {
	known := len(all)
	if reach == one {
		known = 1
	}
	for i := range known {
		way, err := newProxy(fmt.Sprintf("127.0.0.1:%d", all[(n.index+i)%len(all)].clients))
		if err != nil {
			return err
		}
		n.ways = append(n.ways, way)
		n.args = append(n.args, "-nats", "nats://"+way.addr())
	}
	return nil
}

// wayInUse is the one over which the node is connected to NATS.
func (n *node) wayInUse() (*proxy, error) {
	var used []*proxy
	for _, way := range n.ways {
		if way.isUsed() {
			used = append(used, way)
		}
	}
	if len(used) != 1 {
		return nil, fmt.Errorf("node %d is connected over %d of its %d ways to NATS", n.index, len(used), len(n.ways))
	}
	return used[0], nil
}

func (n *node) start() (err error) {
	if n.process, _, err = start(nil, n.args...); err != nil {
		return err
	}
	n.setUp(true)
	return nil
}

func (n *node) setUp(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.up = on
}

func (n *node) isUp() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.up
}

// fill has everybody come, and waits until all are shown everywhere.
func (fd *field) fill() error {
	for i := range *sessions {
		p := newPerson(fd, i)
		fd.people = append(fd.people, p)
		fd.byID[p.id] = p
	}
	for _, n := range fd.nodes {
		for r := range fd.rooms() {
			w, err := watch(fd, n, r)
			if err != nil {
				return err
			}
			fd.watches = append(fd.watches, w)
		}
	}
	for _, p := range fd.people {
		go p.stay()
	}
	if _, err := fd.awaitWhole(time.Minute); err != nil {
		return err
	}
	time.Sleep(2 * shared.DefaultGrace) // so that nothing of the beginning is still to come
	return nil
}

func (fd *field) rooms() int { return (*sessions + roomSize - 1) / roomSize }

// whole reports whether every watcher on the given nodes is shown everybody of
// its room who wants to be there, and none else.
func (fd *field) whole(nodes []*node) bool {
	for _, w := range fd.watches {
		if slices.Contains(nodes, w.node) && !w.sees(fd) {
			return false
		}
	}
	return true
}

// awaitWhole waits until all who are up show the same, and says how long it took.
func (fd *field) awaitWhole(most time.Duration) (time.Duration, error) {
	began := time.Now()
	for !fd.whole(fd.up()) {
		if time.Since(began) > most {
			return 0, fmt.Errorf("not whole within %v: %s", most, fd.amiss())
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began), nil
}

func (fd *field) up() (up []*node) {
	for _, n := range fd.nodes {
		if n.isUp() {
			up = append(up, n)
		}
	}
	return up
}

// within notes it if something took longer than it may.
func (fd *field) within(most, took time.Duration, what string) {
	if took > most {
		fd.missed = append(fd.missed, fmt.Sprintf("%s after %s, which should take %s at most", what, ms(took), ms(most)))
	}
}

// amiss says what a watcher does not see.
func (fd *field) amiss() string {
	for _, w := range fd.watches {
		if w.node.isUp() && !w.sees(fd) {
			return w.amiss(fd)
		}
	}
	return "nothing"
}

// count returns how many departures were shown since the last call, and of how
// many of those the person had a connection at that moment or within the grace
// before: each once, however many watched.
func (fd *field) count() (leaves, wrong int) {
	type departure struct {
		p  *person
		at int64 // in seconds: watchers of several nodes see it at about the same time
	}
	seen := map[departure]bool{}
	for _, w := range fd.watches {
		for _, g := range w.take() {
			p := fd.byID[g.id]
			if p == nil {
				continue // a watcher
			}
			at := g.at.UnixMilli() / 1000
			if seen[departure{p, at}] || seen[departure{p, at - 1}] {
				continue
			}
			seen[departure{p, at}] = true
			leaves++
			if p.wasThere(g.at) {
				wrong++
			}
		}
	}
	return leaves, wrong
}

func (fd *field) end() {
	for _, p := range fd.people {
		p.quit()
	}
	for _, w := range fd.watches {
		w.quit()
	}
	for _, n := range fd.nodes {
		for _, way := range n.ways {
			way.close()
		}
		n.kill()
	}
	for _, s := range fd.nats {
		for _, way := range s.ways {
			way.close()
		}
		s.kill()
	}
	_ = os.RemoveAll(fd.dir)
}
