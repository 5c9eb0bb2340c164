package compare

import (
	"fmt"
	"slices"
	"time"
)

// The quiet room sees enough arrivals for this many deliveries, but not fewer than
// leastArrivals: in a large room, fewer arrivals give as many measurements.
const (
	deliveries    = 300_000
	leastArrivals = 20
)

// Plan holds the sizes of the scenarios.
type Plan struct {
	Rounds   int
	Sizes    []int         // of the room
	Slow     int           // readers in the room with slow ones
	Arrivals int           // in the quiet room, at most
	Rest     time.Duration // of the largest room
}

// The plans by default and with -quick.
var (
	full  = Plan{Rounds: 3, Sizes: []int{1000, 3000}, Slow: 1000, Arrivals: 100, Rest: 3 * time.Minute}
	quick = Plan{Rounds: 1, Sizes: []int{100, 200}, Slow: 200, Arrivals: 20, Rest: 100 * time.Millisecond}
)

// The scenarios by name.
const (
	nameRoom  = "room"  // a storm, a quiet room, memory, a leave storm
	nameSlow  = "slow"  // without slow readers
	nameStuck = "stuck" // the same with them
)

// Largest returns the size of the room in which all servers are compared.
func (p Plan) Largest() int { return slices.Max(p.Sizes) }

// play plays all scenarios once and passes their metrics to note. The subjects take
// turns, so that other work on the machine affects all of them.
func (p Plan) play(all []*Subject, note func(scenario, subject string, n int, m Metrics)) error {
	for _, n := range p.Sizes {
		d := day{n: n, arrivals: min(p.Arrivals, max(leastArrivals, deliveries/n))}
		if n == p.Largest() {
			d.rest = p.Rest
		}
		measured, err := d.play(all)
		if err != nil {
			return fmt.Errorf("%s %d: %w", nameRoom, n, err)
		}
		for i, m := range measured {
			note(nameRoom, all[i].Name, n, m)
		}
	}
	for _, scenario := range []string{nameSlow, nameStuck} {
		for _, s := range all {
			if s.Name != nameSocketIO && s.Name != nameRollcall {
				continue // beside readers that stop, centrifuge closes others that read
			}
			m, err := slowScenario(s, p.Slow, scenario == nameStuck)
			if err != nil {
				return fmt.Errorf("%s %d %s: %w", scenario, p.Slow, s.Name, err)
			}
			note(scenario, s.Name, p.Slow, m)
		}
	}
	return nil
}
