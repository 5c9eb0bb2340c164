package faults

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// fault is something that happens to nodes.
type fault struct {
	name, what string
	cut        bool // it needs a cable
	parts      bool // it cuts off people who are connected, so that others are shown them leaving
	do         func(*field) (seen []string)
}

var faults = []fault{
	{"kill", "a node is killed (`kill -9`); 100 of its people do not come back", false, false, killNode},
	{"freeze", "a node is frozen for 14 s and thawed", false, true, freezeNode},
	{"deploy", "each node in turn is stopped and started", false, false, deploy},
	{"partition", "a partition between one node and the others, 30 s", true, true, partition},
}

// What is promised: a node that can't be heard is noticed, and its people are shown gone
// after the grace; people who can be heard again are shown at once.
const (
	goneWithin = 10 * time.Second
	healWithin = 2 * time.Second
)

// settle waits until everybody is shown the right people, which may take up to most, and
// a while longer for anything late. Then it compares all rosters with the servers'.
func (fd *field) settle(most time.Duration, what string) string {
	took := fd.awaitWhole(90 * time.Second)
	fd.within(most, took, "whole")
	fd.Rest(15 * time.Second)
	if fd.Err() == nil {
		if err := errors.Join(fd.amiss(), fd.Verify(10*time.Second)); err != nil {
			fd.Fail(fmt.Errorf("whole, and then not: %w", err))
		}
	}
	return fmt.Sprintf("whole %s %s", ms(took), what)
}

func ms(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func killNode(fd *field) []string {
	n := fd.nodes[len(fd.nodes)-1]
	its := fd.on(n)
	mute := its[:min(100, len(its))]
	for _, p := range mute {
		p.mute = true
	}
	n.up = false
	began := time.Now()
	n.Stop()
	gone := fd.awaitGone(mute, fd.up(), began)
	return []string{
		fmt.Sprintf("its %d people: %d came back through others", len(its), len(its)-len(mute)),
		"the 100 " + gone, fd.settle(healWithin, "then"),
	}
}

func freezeNode(fd *field) []string {
	n := fd.nodes[len(fd.nodes)-1]
	its := fd.on(n)
	n.up = false
	began := time.Now()
	fd.Fail(n.Signal(syscall.SIGSTOP))
	gone := fd.awaitGone(its, fd.up(), began)
	fd.Rest(14*time.Second - time.Since(began))
	fd.Fail(n.Signal(syscall.SIGCONT))
	n.up = true
	return []string{fmt.Sprintf("its %d people, who can't be heard, %s", len(its), gone), fd.settle(healWithin, "after the thaw")}
}

func deploy(fd *field) []string {
	began := time.Now()
	for _, n := range fd.nodes {
		n.up = false
		fd.Fail(fd.During(func() error { return errors.Join(n.Terminate(), n.Restart()) }))
		n.up = true
		fd.Rest(2 * time.Second)
	}
	return []string{fmt.Sprintf("%d nodes in %s", len(fd.nodes), ms(time.Since(began))), fd.settle(healWithin, "then")}
}

// partition cuts the first node off from the others, but not from its people.
func partition(fd *field) []string {
	here, there := fd.nodes[:1], fd.nodes[1:]
	hers := fd.on(here[0])
	var theirs []*person
	for _, n := range there {
		theirs = append(theirs, fd.on(n)...)
	}
	began := time.Now()
	fd.Fail(fd.During(func() error { return fd.cable.Cut(here[0].Addr.Port()) }))
	one := fd.awaitGone(theirs, here, began)
	two := fd.awaitGone(hers, there, began)
	fd.Rest(30*time.Second - time.Since(began))
	fd.Fail(fd.During(fd.cable.Mend))
	return []string{"the others " + one + " on the one side, " + two + " on the other", fd.settle(healWithin, "after it has healed")}
}
