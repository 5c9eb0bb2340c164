package main

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"rollcall/shared"
)

// fault is something that happens to nodes.
type fault struct {
	name, what string
	reach      reach
	parts      bool // people can't be heard who are there, and are shown gone
	do         func(*field) (seen []string, err error)
}

// reach is which NATS servers a node knows.
type reach int

const (
	inside reach = iota // the one in the node itself
	one                 // one of three: a node that knew others would go round a fault
	all                 // all three, in an order that its NATS client draws
)

var faults = []fault{
	{"kill", "a node is killed (`kill -9`); 100 of its people do not come back", inside, false, killNode},
	{"freeze", "a node is frozen for 14 s and thawed", inside, true, freeze},
	{"deploy", "each node in turn is stopped and started", inside, false, deploy},
	{"nats-one", "one of three NATS servers is killed", all, false, killOneNATS},
	{"nats-all", "all NATS servers are down for 8 s, and come back empty; 100 people leave and 100 come meanwhile", all, false, killAllNATS},
	{"hole", "a node's way to NATS becomes a black hole for 20 s", all, false, blackHole},
	{"partition", "a partition between one NATS server, with its nodes, and the others, 30 s", one, true, partition},
	{"loss", "0.5% of all messages are lost for 20 s, while 50 people a second come and go", one, false, loss},
}

// What is promised: a node that can't be heard is noticed, and its people are
// shown gone after the grace; and who can be heard again is shown at once.
const (
	goneWithin = 10 * time.Second
	healWithin = 2 * time.Second
)

// settle waits until everything is whole, which should take most at most, and
// then for anything late.
func (fd *field) settle(most time.Duration, what string) (string, error) {
	took, err := fd.awaitWhole(90 * time.Second)
	if err != nil {
		return "", err
	}
	fd.within(most, took, "whole")
	time.Sleep(15 * time.Second)
	if again, err := fd.awaitWhole(time.Second); err != nil || again > 100*time.Millisecond {
		return "", fmt.Errorf("whole, and then not: %w", err)
	}
	return fmt.Sprintf("whole %s %s", ms(took), what), nil
}

func ms(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// of are the people connected to n.
func (fd *field) of(n *node) (people []*person) {
	for _, p := range fd.people {
		if p.on() == n {
			people = append(people, p)
		}
	}
	return people
}

// shownGone waits until none of the people is shown on any of the nodes, and
// says how long that took from began for the first and for the last.
func (fd *field) shownGone(people []*person, nodes []*node, began time.Time) (string, error) {
	end := time.Now().Add(time.Minute)
	var first time.Duration
	for {
		left := 0
		for _, w := range fd.watches {
			if slices.Contains(nodes, w.node) {
				w.client.Roster(func(r *shared.Roster) {
					for _, p := range people {
						if _, ok := r.Get(p.id); ok {
							left++
						} else if p.room == w.room && first == 0 {
							first = time.Since(began)
						}
					}
				})
			}
		}
		if last := time.Since(began); left == 0 {
			fd.within(goneWithin, last, "shown gone")
			return fmt.Sprintf("shown gone after %s to %s", ms(first), ms(last)), nil
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("%d are still shown", left)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func killNode(fd *field) ([]string, error) {
	n := fd.nodes[len(fd.nodes)-1]
	its := fd.of(n)
	mute := its[:min(100, len(its))]
	for _, p := range mute {
		p.setMute(true)
	}
	n.setUp(false)
	began := time.Now()
	n.kill()
	gone, err := fd.shownGone(mute, fd.up(), began)
	if err != nil {
		return nil, err
	}
	whole, err := fd.settle(healWithin, "then")
	return []string{fmt.Sprintf("its %d people: %d came back through others", len(its), len(its)-len(mute)), "the 100 " + gone, whole}, err
}

func freeze(fd *field) ([]string, error) {
	n := fd.nodes[len(fd.nodes)-1]
	its := fd.of(n)
	n.setUp(false)
	began := time.Now()
	if err := n.signal(syscall.SIGSTOP); err != nil {
		return nil, err
	}
	gone, err := fd.shownGone(its, fd.up(), began)
	if err != nil {
		return nil, err
	}
	time.Sleep(14*time.Second - time.Since(began))
	if err := n.signal(syscall.SIGCONT); err != nil {
		return nil, err
	}
	n.setUp(true)
	whole, err := fd.settle(healWithin, "after the thaw")
	return []string{fmt.Sprintf("its %d people, who can't be heard, ", len(its)) + gone, whole}, err
}

func deploy(fd *field) ([]string, error) {
	began := time.Now()
	for _, n := range fd.nodes {
		n.setUp(false)
		if err := n.signal(syscall.SIGTERM); err != nil {
			return nil, err
		}
		<-n.ended
		if err := n.start(); err != nil {
			return nil, err
		}
		time.Sleep(2 * time.Second)
	}
	took := time.Since(began)
	whole, err := fd.settle(healWithin, "then")
	return []string{fmt.Sprintf("%d nodes in %s", len(fd.nodes), ms(took)), whole}, err
}

func killOneNATS(fd *field) ([]string, error) {
	fd.nats[0].kill()
	whole, err := fd.settle(healWithin, "then")
	if err == nil {
		err = fd.nats[0].start()
	}
	return []string{whole}, err
}

func killAllNATS(fd *field) ([]string, error) {
	for _, s := range fd.nats {
		s.kill()
	}
	began := time.Now()
	time.Sleep(2 * time.Second)
	for _, p := range fd.people[:100] { // of one room: they are seen to go where they were, then everywhere
		p.setMute(true)
		p.quit()
	}
	time.Sleep(8*time.Second - time.Since(began))
	for _, s := range fd.nats {
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	whole, err := fd.settle(healWithin, "after they are back")
	return []string{whole}, err
}

func blackHole(fd *field) ([]string, error) {
	n := fd.nodes[0]
	its, others := fd.of(n), fd.nodes[1:]
	way, err := n.wayInUse()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	way.setHole(true)
	time.Sleep(20*time.Second - time.Since(began))
	way.setHole(false)
	whole, err := fd.settle(healWithin, "then")
	if err != nil {
		return nil, err
	}
	if other, err := n.wayInUse(); err != nil || other == way {
		return nil, fmt.Errorf("the node did not find another NATS server (%w)", err)
	}
	return []string{fmt.Sprintf("%d people on it, %d other nodes; it finds another NATS server", len(its), len(others)), whole}, nil
}

func partition(fd *field) ([]string, error) {
	var here, there []*node
	for _, n := range fd.nodes {
		if n.index%len(fd.nats) == 0 {
			here = append(here, n)
		} else {
			there = append(there, n)
		}
	}
	var hers, theirs []*person
	for _, p := range fd.people {
		if slices.Contains(here, p.on()) {
			hers = append(hers, p)
		} else {
			theirs = append(theirs, p)
		}
	}
	began := time.Now()
	fd.cut(true)
	one, err := fd.shownGone(theirs, here, began)
	if err != nil {
		return nil, err
	}
	two, err := fd.shownGone(hers, there, began)
	if err != nil {
		return nil, err
	}
	time.Sleep(30*time.Second - time.Since(began))
	fd.cut(false)
	whole, err := fd.settle(healWithin, "after it has healed")
	return []string{"the others " + one + " on the one side, " + two + " on the other", whole}, err
}

// cut cuts the first NATS server off from the others, or heals it.
func (fd *field) cut(on bool) {
	for _, way := range fd.nats[0].ways {
		way.setHole(on)
	}
}

func loss(fd *field) ([]string, error) {
	for _, n := range fd.nodes {
		n.ways[0].setLoss(0.005)
	}
	end := time.Now().Add(20 * time.Second)
	churned := 0
	for ; time.Now().Before(end); churned++ {
		p := newPerson(fd, 1_000_000+churned)
		p.room = churned % fd.rooms()
		up := fd.up()
		time.AfterFunc(2*time.Second, p.quit)
		go p.connect(up[churned%len(up)])
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(2*time.Second + shared.DefaultGrace)
	var lost int64
	for _, n := range fd.nodes {
		n.ways[0].setLoss(0)
		lost += n.ways[0].lostSoFar()
	}
	whole, err := fd.settle(healWithin, "when the last of them is gone")
	return []string{fmt.Sprintf("%d came and went", churned), fmt.Sprintf("%d messages lost", lost), whole}, err
}
