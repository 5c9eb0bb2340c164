package detect

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"rollcall/bench/cable"
	"rollcall/bench/crowd"
	"rollcall/bench/process"
	"rollcall/bench/wires"
	"rollcall/shared"
)

// way is one way to leave a room, with the bound that the design promises for it.
type way struct {
	Says  string
	Bound time.Duration
	leave func(c *crowd.Client) error // nil for the cut cable, which is cut for all at once
}

// noticed bounds how long the server takes to notice a dead connection that the system
// does not report.
const noticed = shared.PingEvery + shared.PongWithin

var ways = []way{
	{"`leave`: the person says so", 0, func(c *crowd.Client) error { return c.Send(shared.Encode(shared.Leave{})) }},
	{"the connection is closed, as by a program that ends or is killed", shared.DefaultGrace,
		func(c *crowd.Client) error { c.Close(); return nil }},
	{"the program is suspended: it neither reads nor answers", noticed + shared.DefaultGrace, (*crowd.Client).Pause},
	{"the cable is cut (every packet lost, both ways)", noticed + shared.DefaultGrace, nil},
}

// departures has s.Each clients leave one room in each way, and returns how long each was
// shown to another client after that, by the index of the way.
func departures(s settings) ([][]time.Duration, error) {
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	server, err := s.start(addr)
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	wire, err := cable.Lay()
	if err != nil {
		return nil, err
	}
	defer wire.Remove()
	w, err := crowd.New(addr, wires.NewRollcall())
	if err != nil {
		return nil, err
	}
	defer w.Close()
	spec := crowd.Spec{Room: func(int) string { return shared.Lobby }, Name: func(i int) string { return fmt.Sprint("victim ", i) }}
	observer := w.Open(1, spec)[0]
	victims := w.Open((len(ways)-1)*s.Each, spec)
	spec.Server = netip.AddrPortFrom(cable.Near, addr.Port())
	spec.From = func(int) [4]byte { return cable.Far.As4() }
	far := w.Add(s.Each, spec)
	w.Fail(wire.Inside(func() { w.Reopen(far) }))
	victims = append(victims, far...)
	went, gone := make([]time.Time, len(victims)), make([]time.Time, len(victims))
	w.Lost = func(c *crowd.Client, err error) {
		if c == observer {
			w.Fail(err)
		}
	}
	w.Gone = func(c *crowd.Client, member int) {
		if c == observer {
			gone[member-1] = time.Now() // the observer is member 0
		}
	}
	w.Watch(victims...)
	w.Expect(len(victims), observer)
	w.Join(observer)
	w.Join(victims...)
	w.Await(30 * time.Second)
	w.Expect(0, observer)
	for i, v := range victims {
		if leave := ways[i/s.Each].leave; leave != nil {
			w.Rest(rand.N(20 * time.Millisecond))
			went[i] = time.Now()
			w.Fail(leave(v))
			continue
		}
		if went[i] = time.Now(); v == far[0] {
			w.Fail(w.During(func() error { return wire.Cut(0) }))
		}
	}
	w.Await(2 * time.Minute)
	took := make([][]time.Duration, len(ways))
	for i, v := range victims {
		v.Close()
		took[i/s.Each] = append(took[i/s.Each], gone[i].Sub(went[i]))
	}
	return took, w.Verify(10 * time.Second)
}
