package crowd

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Watch makes these the watched members, in place of those before.
func (w *Crowd) Watch(members ...*Client) {
	w.watched = membersOf(members)
	for _, c := range w.clients {
		c.have, c.want, c.waiting = 0, 0, false
		if c.Open() {
			c.Held()
		}
	}
	w.pending, w.waits = 0, nil
}

// Expect measures, for each client, how long it takes from now until it sees that many
// of the watched members.
func (w *Crowd) Expect(watched int, clients ...*Client) {
	for _, c := range clients {
		c.want, c.since, c.waiting = watched, w.now(), true
		w.pending++
		if c.have == c.want {
			w.satisfy(c, c.since)
		}
	}
}

func (w *Crowd) satisfy(c *Client, now int64) {
	c.waiting = false
	w.pending--
	w.waits = append(w.waits, time.Duration(now-c.since))
}

// Settled reports whether every client sees what was expected.
func (w *Crowd) Settled() bool { return w.pending == 0 }

// Waits returns the waiting times of clients that see what was expected, shortest first,
// and forgets them.
func (w *Crowd) Waits() []time.Duration {
	waits := w.waits
	w.waits = nil
	slices.Sort(waits)
	return waits
}

// Await serves the clients until all are settled, and returns their waits.
func (w *Crowd) Await(within time.Duration) []time.Duration {
	if err := w.Until(w.Settled, within); err != nil {
		for _, c := range w.clients {
			if c.waiting {
				err = fmt.Errorf("%w: %d clients wait, one of them (%s in room %s) for %d members and knows %d",
					err, w.pending, c.Name, c.Room, c.want, c.have)
				break
			}
		}
		w.Fail(err)
	}
	return w.Waits()
}

// place is a room on one server.
type place struct {
	server netip.AddrPort
	room   string
}

// Verify compares what every client that has joined and is connected sees with the truth.
// It waits up to within for messages that are under way. No client may be paused.
func (w *Crowd) Verify(within time.Duration) error {
	if w.failure == nil {
		w.Fail(w.verify(within))
	}
	return w.failure
}

func (w *Crowd) verify(within time.Duration) error {
	rooms, places := map[string][]*Client{}, map[place][]*Client{}
	for _, c := range w.clients {
		if c.Open() && c.joined {
			at := place{c.Server, c.Room}
			rooms[c.Room], places[at] = append(rooms[c.Room], c), append(places[at], c)
		}
	}
	var answers []func() bool
	for _, clients := range places {
		answered, err := w.wire.Ask(clients)
		if err != nil {
			return err
		}
		answers = append(answers, answered)
	}
	answered := func() bool { return !slices.ContainsFunc(answers, func(a func() bool) bool { return !a() }) }
	if err := w.Until(answered, within); err != nil {
		return fmt.Errorf("asking the server for the truth: %w", err)
	}
	check := func() error {
		for at, clients := range places {
			if err := w.wire.Check(clients, rooms[at.room]); err != nil {
				return fmt.Errorf("room %s: %w", at.room, err)
			}
		}
		return nil
	}
	for deadline := time.Now().Add(within); w.failure == nil; w.Rest(20 * time.Millisecond) {
		if wrong := check(); wrong == nil || time.Now().After(deadline) {
			return wrong
		}
	}
	return w.failure
}
