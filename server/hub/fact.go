package hub

import (
	"fmt"
	"sync"
	"time"

	"rollcall/shared"
)

// Fact is something that happened in a room, as an observer learns of it.
//
// Copy shows how facts make a copy of all rooms.
type Fact struct {
	Kind FactKind
	// Seq grows by one with each fact of a hub, over all rooms. Facts with Snapshot set
	// repeat the number of the first fact that is not in the snapshot.
	Seq  uint64
	Time time.Time // when it happened; with Snapshot, when the snapshot was made
	Room string    // empty with FactGap only
	// Member is the member as shown to the room: since the fact, or with FactDeparted and
	// FactDetached until it.
	Member shared.User
	// Origin is the node on which it happened, as Change comes from it; empty is this one,
	// also for what every node notices by itself: that another one is gone.
	Origin string
	// Reason is why somebody departed or detached.
	Reason shared.Reason
	// Seen is when somebody who departed or detached gave the last sign of life; zero if
	// that is not known, as of members of another node.
	Seen time.Time
	// Info is what the room says of itself since then, with FactRoomInfo.
	Info shared.RoomInfo
	// Hosting is who hosts the room since then, with FactRoomInfo.
	Hosting Hosting
	// By is by whose word the room says something else, with FactRoomInfo on the node where
	// that was set.
	By string
	// Ban is the ban, with FactBanned and FactUnbanned.
	Ban *Ban
	// Count is the number of watchers of the room, with FactWatchers.
	Count int
	// RoomEnded is set with FactDeparted if the room itself ends on this node and takes
	// the member with it: no client is shown the departure.
	RoomEnded bool
	// Snapshot is set in facts that say what is so, rather than what happened.
	Snapshot bool
}

// FactKind says what a Fact is about.
type FactKind int

// The kinds of facts. The order within a room is: opened, then arrivals, updates and
// departures of its members, then closed. Somebody is attached after the arrival and
// detached before the departure. Facts about bans are in the order of their versions, and
// are told of rooms that are not in use, too.
const (
	// FactGap says that facts were missed, if any came before. All that is known of any
	// room is void; a snapshot of every room follows.
	FactGap        FactKind = iota + 1
	FactRoomOpened          // a room is in use on this node
	FactArrived             // a member is shown to a room
	FactUpdated             // anything of a member changed
	FactDeparted            // a member is not shown any more, or not to this node, which closes the room
	FactRoomClosed          // a room has nobody of this node any more, or has crashed
	FactAttached            // the first session of a member on this node
	FactDetached            // the end of the last one, with the grace over: a reload is neither
	FactWatchers            // another number of sessions than before have watched the room for shared.WatcherAfter, at first none
	FactRoomInfo            // the room says something else of itself than before, at first nothing, or others host it
	FactBanned              // somebody is banned, or more is known of a ban; it is not told when the time is over
	FactUnbanned            // a ban was lifted
)

// String returns one word for the kind.
func (k FactKind) String() string {
	words := [...]string{"gap", "opened", "arrived", "updated", "departed", "closed", "attached", "detached", "watchers", "room info", "banned", "unbanned"}
	if k < FactGap || int(k) > len(words) {
		return fmt.Sprintf("FactKind(%d)", int(k))
	}
	return words[k-1]
}

// Bounds of what observers are behind.
const (
	maxFacts     = 16 << 10 // facts that are kept for the slowest observer, at some 200 bytes each
	maxBatch     = 256      // facts that an observer is given at a time
	restingFacts = 1 << 10  // facts for which there is space while no observer is behind
)

// Copy is what facts say of rooms: by room and id, the members shown there. It is not safe
// for concurrent use.
type Copy map[string]map[string]shared.User

// Apply brings the copy in line with the next fact.
func (c Copy) Apply(f Fact) {
	switch f.Kind {
	case FactGap:
		clear(c)
	case FactRoomOpened:
		c[f.Room] = make(map[string]shared.User)
	case FactArrived, FactUpdated:
		c[f.Room][f.Member.ID] = f.Member
	case FactDeparted:
		delete(c[f.Room], f.Member.ID)
	case FactRoomClosed:
		delete(c, f.Room)
	}
}

// facts is the queue of what observers have still to learn, in the order in which it
// happened. Its lock is taken last.
type facts struct {
	mu        sync.Mutex
	queue     []Fact // those with the numbers base, base+1, …
	base      uint64
	observers []*Observer
	ended     bool // no more facts come
}

// add appends f and returns at once, however far behind an observer is: of more than
// maxFacts the older half is dropped, which is a gap for those who had not got to it.
func (q *facts) add(f Fact) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.observers) == 0 {
		q.base++
		return
	}
	if len(q.queue) >= maxFacts {
		q.drop(maxFacts / 2)
	}
	f.Seq, f.Time = q.head(), time.Now()
	q.queue = append(q.queue, f)
	for _, o := range q.observers {
		o.nudge()
	}
}

// head is the number of the next fact. mu is held.
func (q *facts) head() uint64 { return q.base + uint64(len(q.queue)) }

// now is the number of the next fact.
func (q *facts) now() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.head()
}

// drop gives up the oldest n facts. mu is held.
func (q *facts) drop(n int) {
	left := copy(q.queue, q.queue[n:])
	clear(q.queue[left:])
	q.queue = q.queue[:left]
	q.base += uint64(n)
}

// release gives up the facts that every observer has taken. mu is held.
func (q *facts) release() {
	first := q.head()
	for _, o := range q.observers {
		first = min(first, max(o.cursor, q.base))
	}
	switch n := int(first - q.base); {
	case n == len(q.queue) && cap(q.queue) > restingFacts:
		q.queue, q.base = nil, first
	case 2*n >= len(q.queue):
		q.drop(n)
	}
}

// next moves the next facts for o to batch, which may be none. It returns false if o
// has missed some.
func (q *facts) next(o *Observer, batch []Fact) ([]Fact, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if o.cursor < q.base {
		return nil, false
	}
	pending := q.queue[o.cursor-q.base:]
	batch = append(batch, pending[:min(len(pending), maxBatch)]...)
	o.cursor += uint64(len(batch))
	q.release()
	return batch, true
}

// end has the observers stop when they have taken all facts.
func (q *facts) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	for _, o := range q.observers {
		o.nudge()
	}
}
