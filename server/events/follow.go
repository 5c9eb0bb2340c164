package events

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rollcall/shared"
)

// Places says up to which number the events of each node are known. A node that is not in it
// has told nothing yet.
type Places map[string]uint64

// String returns the places in an order that depends on them alone.
func (p Places) String() string {
	parts := make([]string, 0, len(p))
	for _, node := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, node+":"+strconv.FormatUint(p[node], 10))
	}
	return strings.Join(parts, ",")
}

// ParsePlaces parses what String returns.
func ParsePlaces(text string) (Places, error) {
	p := make(Places)
	for part := range strings.SplitSeq(text, ",") {
		node, seq, _ := strings.Cut(part, ":")
		n, err := strconv.ParseUint(seq, 10, 64)
		if err != nil || node == "" || len(p) > maxNodes {
			return nil, fmt.Errorf("%.20q is no place", part)
		}
		p[node] = n
	}
	return p, nil
}

// Places returns places such that the rooms show everything that was told up to them: whoever
// reads the rooms after this call, and then follows from there, misses nothing.
func (l *Log) Places() Places {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := make(Places, len(l.rings))
	for node, r := range l.rings {
		p[node] = r.settled
	}
	p[l.node] = l.rings[l.node].last()
	return p
}

// ErrBehind is the error of who follows too slowly: the next events are no longer kept.
var ErrBehind = errors.New("events: the next ones are no longer kept")

// maxTaken is the maximum number of events that Take looks at for each node.
const maxTaken = 256

// Follower is a cursor into the rings of all nodes. Its methods must not be called
// concurrently.
type Follower struct {
	log    *Log
	room   string
	places Places
	own    bool // only what this node tells
	count  int  // of the people in room, after the events of the last Take
	hash   shared.Hash
}

// Follow returns a follower of a room, or with "" of all, after the given places, or with nil
// from now on. lost says that events after these places are not kept any more. The names are
// of the nodes that did not answer in time, whose events follow when they do. It fails if this
// node does not know the others yet.
func (l *Log) Follow(ctx context.Context, room string, after Places) (f *Follower, lost bool, missing []string, err error) {
	if err := l.observer.Sync(ctx); err != nil {
		return nil, false, nil, err
	}
	if err := l.pull(ctx); err != nil {
		return nil, false, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f = &Follower{log: l, room: room, places: make(Places, len(l.rings))}
	for node, r := range l.rings {
		if after == nil {
			f.places[node] = r.last()
			continue
		}
		place := after[node]
		if place < r.dropped || place > r.last() && node == l.node {
			place, lost = r.dropped, true
		}
		f.places[node] = place
	}
	for node := range after {
		lost = lost || l.rings[node] == nil
	}
	return f, lost, l.missing, nil
}

// FollowOwn returns a follower of what this node tells, from now on.
func (l *Log) FollowOwn() *Follower {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &Follower{log: l, places: Places{l.node: l.rings[l.node].last()}, own: true}
}

// Places returns up to where the follower has read.
func (f *Follower) Places() Places { return f.places }

// Take returns the next events of all rooms, perhaps none, each of which must be passed, and
// whether these are all. more is closed when there may be more. The error is ErrBehind.
func (f *Follower) Take() (events []Event, all bool, more <-chan struct{}, err error) {
	l := f.log
	l.mu.Lock()
	defer l.mu.Unlock()
	all = true
	for node, r := range l.rings {
		if f.own && node != l.node {
			continue
		}
		next, ok := r.after(f.places[node], maxTaken)
		if !ok {
			return nil, false, nil, ErrBehind
		}
		events = append(events, next...)
		all = all && f.places[node]+uint64(len(next)) >= r.last()
	}
	maps.DeleteFunc(f.places, func(node string, _ uint64) bool { return l.rings[node] == nil })
	f.count, f.hash = l.state(f.room)
	return events, all, l.more, nil
}

// State returns the number of people in the room that is followed and the XOR of their hashes,
// after the events of the last Take, if these were all. If nobody of this node sees the room, it
// must have been preloaded.
func (f *Follower) State() (count int, hash shared.Hash) { return f.count, f.hash }

// Pass moves the follower behind an event, and reports whether it is one that it follows.
func (f *Follower) Pass(e Event) bool {
	f.places[e.Node] = e.Seq
	return f.room == "" || e.Room == f.room || e.Room == ""
}

// State returns the number of people in a room and the XOR of their hashes, after all events
// so far. If nobody of this node sees the room, it must have been preloaded.
func (l *Log) State(room string) (count int, hash shared.Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state(room)
}

func (l *Log) state(room string) (count int, hash shared.Hash) {
	if r := l.rooms[room]; r != nil {
		return len(r.members), r.hash
	}
	return 0, 0
}

// Sync waits until everything that happened before the call is told.
func (l *Log) Sync(ctx context.Context) error {
	if err := l.observer.Sync(ctx); err != nil {
		return err
	}
	return l.pull(ctx)
}
