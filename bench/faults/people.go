package faults

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/wires"
	"rollcall/shared"
)

// roomSize is how many people are in a room.
const roomSize = 100

// person has one connection, and reconnects when it is lost.
type person struct {
	*crowd.Client
	node  *node     // connected to, or on the way to; nil if to none
	stays []stay    // the last has no end while the person is connected
	mute  bool      // does not come back
	left  time.Time // when it was last shown gone
}

// stay is the time from when a person's connection was accepted until it was lost; to is
// zero before that.
type stay struct{ from, to time.Time }

// people are all persons on the nodes, and what was seen of them.
type people struct {
	*crowd.Crowd
	wire  *wires.Rollcall
	all   []*person            // by member
	rooms map[string][]*person // by name
	from  func(int) [4]byte    // as in crowd.Spec

	leaves int // departures that were shown, each once, however many saw it
	wrong  int // of them, those of a person that was connected then or within the grace before
}

func newPeople() (*people, error) {
	p := &people{wire: wires.NewRollcall(), rooms: map[string][]*person{}}
	var err error
	if p.Crowd, err = crowd.New(netip.AddrPort{}, p.wire); err != nil {
		return nil, err
	}
	p.Entered = func(c *crowd.Client) {
		one := p.all[c.Member]
		one.stays = append(one.stays, stay{from: time.Now()})
	}
	p.Gone = func(_ *crowd.Client, member int) { p.shownGone(p.all[member]) }
	return p, nil
}

// add makes n people.
func (p *people) add(n int, room func(i int) string) []*person {
	first := len(p.all)
	name := func(i int) string { return fmt.Sprint("person ", first+i) }
	for _, c := range p.Add(n, crowd.Spec{Room: room, Name: name, From: p.from}) {
		one := &person{Client: c}
		p.all = append(p.all, one)
		p.rooms[c.Room] = append(p.rooms[c.Room], one)
	}
	return p.all[first:]
}

// lose records that the person has lost its connection.
func (one *person) lose() {
	if last := len(one.stays) - 1; last >= 0 && one.stays[last].to.IsZero() {
		one.stays[last].to = time.Now()
	}
	one.node = nil
}

// wasThere reports whether the person was connected at the given time, for longer than
// it takes to tell all nodes, or had been within the grace before.
func (one *person) wasThere(at time.Time) bool {
	const told = 100 * time.Millisecond
	return slices.ContainsFunc(one.stays, func(s stay) bool {
		return at.Sub(s.from) > told && (s.to.IsZero() || at.Sub(s.to) < shared.DefaultGrace-told)
	})
}

// shownGone counts a departure. Others are shown the same one at about the same time, or
// when they come back a little later.
func (p *people) shownGone(one *person) {
	now := time.Now()
	if now.Sub(one.left) < shared.DefaultGrace {
		return
	}
	one.left = now
	p.leaves++
	if one.wasThere(now) {
		p.wrong++
	}
}

// back has a person that lost its connection come back to a node that is up.
func (fd *field) back(c *crowd.Client, _ error) {
	one := fd.all[c.Member]
	one.lose()
	if !one.mute {
		fd.After(rand.N(time.Second), func() { fd.comeAnywhere(one) }) // as the page waits
	}
}

func (fd *field) comeAnywhere(one *person) {
	up := fd.up()
	if len(up) == 0 || one.mute {
		fd.back(one.Client, nil)
		return
	}
	one.node = up[rand.IntN(len(up))]
	one.Server = one.node.Addr
	fd.Dial(one.Client, fd.wire.Return)
}

// fill has everybody come, and waits until all are shown everywhere and nothing of the
// beginning is still under way.
func (fd *field) fill() error {
	fd.Lost = fd.back
	for _, one := range fd.add(fd.sessions, func(i int) string { return fmt.Sprint("room-", i/roomSize) }) {
		fd.comeAnywhere(one)
	}
	fd.await(time.Minute, func() error {
		if i := slices.IndexFunc(fd.all, func(one *person) bool { return !one.Joined() }); i >= 0 {
			return fmt.Errorf("%s has not come", fd.all[i].Name)
		}
		return nil
	})
	fd.awaitWhole(time.Minute)
	fd.Rest(2 * shared.DefaultGrace)
	fd.leaves, fd.wrong = 0, 0
	return fd.Err()
}

// await calls wrong, with pauses of 5 ms, until it returns nil. After most, the crowd fails.
func (fd *field) await(most time.Duration, wrong func() error) {
	for deadline := time.Now().Add(most); fd.Err() == nil; fd.Rest(5 * time.Millisecond) {
		err := wrong()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			fd.Fail(fmt.Errorf("after %v: %w", most, err))
		}
	}
}

// awaitWhole waits until all are shown the same, and returns how long it took.
func (fd *field) awaitWhole(most time.Duration) time.Duration {
	began := time.Now()
	fd.await(most, fd.amiss)
	return time.Since(began)
}

// amiss returns an error if somebody on a node that is up is not shown exactly those who
// are to be in the room. Those who lost their connection and do not come back are not.
func (fd *field) amiss() error {
	for name, room := range fd.rooms {
		var there, looking []*crowd.Client
		for _, one := range room {
			if !one.mute || one.node != nil {
				there = append(there, one.Client)
			}
			if one.Joined() && one.node.up {
				looking = append(looking, one.Client)
			}
		}
		if err := crowd.CheckBeliefs(looking, there); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// on returns the people connected to a node.
func (fd *field) on(n *node) (on []*person) {
	for _, one := range fd.all {
		if one.node == n {
			on = append(on, one)
		}
	}
	return on
}

// awaitGone waits until nobody on the nodes is shown any of these, and returns in words
// how long that took from began for the first and for the last.
func (fd *field) awaitGone(these []*person, nodes []*node, began time.Time) string {
	var first time.Duration
	shown := func(one *person) bool {
		return slices.ContainsFunc(fd.rooms[one.Room], func(other *person) bool {
			return other.Joined() && slices.Contains(nodes, other.node) && other.Sees(one.Member)
		})
	}
	fd.await(time.Minute, func() error {
		left := 0
		for _, one := range these {
			if shown(one) {
				left++
			}
		}
		if left < len(these) && first == 0 {
			first = time.Since(began)
		}
		if left > 0 {
			return fmt.Errorf("%d are still shown", left)
		}
		return nil
	})
	last := time.Since(began)
	fd.within(goneWithin, last, "shown gone")
	return fmt.Sprintf("shown gone after %s to %s", ms(first), ms(last))
}
