package events

import "time"

// maxRing bounds what a ring keeps, in bytes: some 8,000 events.
const maxRing = 4 << 20

// eventCost is about how many bytes an event takes beside its text.
const eventCost = 128

// Event is an encoded event. Text, an api.Event in JSON without a line end, must not be
// changed.
type Event struct {
	Seq              uint64
	Node, Type, Room string
	Text             []byte
}

// ring is the latest events of a node, without holes.
type ring struct {
	dropped uint64 // the number of the last event before those that are kept
	events  []Event
	bytes   int

	// What a copy of another node's ring had a while ago: this node's rooms certainly show
	// what these events tell.
	settled, recent uint64
	rotated         time.Time
	heard           time.Time // when the node last answered
}

// next returns the number of the next event.
func (r *ring) next() uint64 { return r.last() + 1 }

// last returns the number of the last event.
func (r *ring) last() uint64 { return r.dropped + uint64(len(r.events)) }

// add appends the next event. If the ring is full, the oldest quarter is dropped.
func (r *ring) add(e Event) {
	r.events = append(r.events, e)
	if r.bytes += e.size(); r.bytes <= maxRing {
		return
	}
	n := 0
	for ; r.bytes > maxRing*3/4; n++ {
		r.bytes -= r.events[n].size()
	}
	left := copy(r.events, r.events[n:])
	clear(r.events[left:])
	r.events = r.events[:left]
	r.dropped += uint64(n)
}

func (e Event) size() int { return eventCost + len(e.Room) + len(e.Text) }

// after returns the events after a number, at most most, and whether none between them and
// that number were dropped.
func (r *ring) after(seq uint64, most int) ([]Event, bool) {
	if seq < r.dropped {
		return nil, false
	}
	if seq >= r.last() {
		return nil, true
	}
	rest := r.events[seq-r.dropped:]
	return rest[:min(len(rest), most)], true
}

// settleAfter is how long after an event of another node came it is taken for certain that the
// rooms show what it tells, which the node has told before, on another way.
const settleAfter = time.Second

// settle notes the time. It is called when the node was asked.
func (r *ring) settle(now time.Time) {
	r.heard = now
	if now.Sub(r.rotated) >= settleAfter {
		r.settled, r.recent, r.rotated = r.recent, r.last(), now
	}
}
