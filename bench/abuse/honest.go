package abuse

import (
	"fmt"
	"slices"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/wires"
	"rollcall/shared"
)

// perAddress is how many honest clients come from one address.
const perAddress = 100

// every is the time between two changes, the shortest that the limits allow.
const every = 1100 * time.Millisecond

// honest are clients in one room. One of them changes its note now and then; all
// measure how long it takes to arrive.
type honest struct {
	*crowd.Crowd
	lost  int // connections that ended before they were to
	shown int // how often one of them was shown leaving to another
}

// gather has n honest clients join, a few at a time, and returns when all see all.
func gather(t *target, n int) (*honest, error) {
	wire := wires.NewRollcall()
	wire.Strangers = true
	people, err := crowd.New(t.Addr, wire)
	if err != nil {
		return nil, err
	}
	h := &honest{Crowd: people}
	h.Lost = func(*crowd.Client, error) { h.lost++ }
	h.Gone = func(*crowd.Client, int) { h.shown++ }
	all := h.Add(n, crowd.Spec{
		Room: func(int) string { return "honest" },
		Name: func(i int) string { return fmt.Sprint("Honest ", i) },
		From: func(i int) [4]byte { return [4]byte{127, 1, 0, byte(1 + i/perAddress)} },
	})
	h.Watch(all...)
	for few := range slices.Chunk(all, 10) {
		for _, c := range few {
			h.Expect(n, c)
			h.Dial(c, wire.Join)
		}
		in := func() bool { return !slices.ContainsFunc(few, func(c *crowd.Client) bool { return !c.Joined() }) }
		if err := h.Until(in, 20*time.Second); err != nil {
			h.Close()
			return nil, fmt.Errorf("honest clients join: %w", err)
		}
	}
	h.Await(30 * time.Second)
	h.shown = 0
	return h, h.Err()
}

// hearWithin bounds the wait for a change. Clients that have not received it by then are
// counted with this time.
const hearWithin = 10 * time.Second

// listen has one of them change its note again and again, and returns the median and the
// 99th percentile of how long it took until the others were told.
func (h *honest) listen(lasts time.Duration) string {
	var heard []time.Duration
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		began := time.Now()
		here := h.Clients()
		if len(here) == 0 {
			break
		}
		h.Watch(here[0])
		for _, c := range here {
			h.Expect(c.Have()+1, c)
		}
		note := fmt.Sprint("at ", began.UnixNano())
		h.Fail(here[0].Send(shared.Encode(shared.UpdateUser{Note: &note})))
		late := h.Until(h.Settled, hearWithin) != nil
		waits := h.Waits()
		if heard = append(heard, waits...); late {
			heard = append(heard, slices.Repeat([]time.Duration{hearWithin}, len(here)-len(waits))...)
		}
		h.Rest(every - time.Since(began))
	}
	if slices.Sort(heard); len(heard) == 0 {
		heard = []time.Duration{time.Hour}
	}
	return fmt.Sprintf("%.1f / %.1f ms", float64(heard[len(heard)/2])/1e6, float64(heard[len(heard)*99/100])/1e6)
}
