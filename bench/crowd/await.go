package crowd

import (
	"fmt"
	"slices"
	"time"
)

// Watch has the crowd look out for these members from now on, and for nobody
// else. No client may know of them yet, unless known.
func (w *Crowd) Watch(members []*Client, known bool) {
	clear(w.watched)
	perRoom := map[string]int{}
	for _, m := range members {
		w.watched[m.Member] = true
		if known {
			perRoom[m.Room]++
		}
	}
	for _, c := range w.clients {
		c.have, c.waiting = perRoom[c.Room], false
	}
	w.pending, w.waits = 0, nil
}

// Expect has the crowd measure how long it takes from now until the client
// believes that so many of the watched are there.
func (w *Crowd) Expect(c *Client, watched int) {
	c.want, c.since, c.waiting = watched, w.now(), true
	w.pending++
	if c.have == c.want {
		w.satisfy(c, c.since)
	}
}

func (w *Crowd) satisfy(c *Client, now int64) {
	c.waiting = false
	w.pending--
	w.waits = append(w.waits, time.Duration(now-c.since))
}

// Await serves the clients until everybody has what was expected, and returns
// how long each of them took, from shortest to longest.
func (w *Crowd) Await(within time.Duration) ([]time.Duration, error) {
	err := w.Until(func() bool { return w.pending == 0 }, within)
	if err != nil && w.pending > 0 {
		err = fmt.Errorf("%w: %s", err, w.missing())
	}
	waits := w.waits
	w.waits = nil
	slices.Sort(waits)
	return waits, err
}

// missing says who still waits for what.
func (w *Crowd) missing() string {
	for _, c := range w.clients {
		if c.waiting {
			return fmt.Sprintf("%d clients wait, one of them (%s in room %s) for %d members and knows %d",
				w.pending, c.Name, c.Room, c.want, c.have)
		}
	}
	return "nobody waits"
}

// Verify compares what every client holds who has joined and not gone with the
// truth. What is still on its way has so long to arrive. Nobody may be paused.
func (w *Crowd) Verify(within time.Duration) error {
	rooms := map[string][]*Client{}
	for _, c := range w.clients {
		if c.fd >= 0 && c.joined {
			rooms[c.Room] = append(rooms[c.Room], c)
		}
	}
	var answers []func() bool
	for _, room := range rooms {
		answered, err := w.wire.Ask(room)
		if err != nil {
			return err
		}
		answers = append(answers, answered)
	}
	answered := func() bool { return !slices.ContainsFunc(answers, func(a func() bool) bool { return !a() }) }
	if err := w.Until(answered, within); err != nil {
		return fmt.Errorf("asking the server for the truth: %w", err)
	}
	var wrong error
	agreed := func() bool { wrong = w.check(rooms); return wrong == nil }
	deadline := time.Now().Add(within)
	for !agreed() {
		if time.Now().After(deadline) {
			return wrong
		}
		if err := w.Rest(20 * time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (w *Crowd) check(rooms map[string][]*Client) error {
	for name, room := range rooms {
		if err := w.wire.Check(room); err != nil {
			return fmt.Errorf("room %s: %w", name, err)
		}
	}
	return nil
}
