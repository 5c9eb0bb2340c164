package hub

import (
	"maps"
	"sync"
	"time"

	"rollcall/shared"
)

// Stats is what a hub holds, and what it has counted since it was made.
type Stats struct {
	Rooms, Members, Sessions int
	SlowReaders              int // sessions that are written to alone, because a write took too long

	Joins        uint64 // sessions that entered a room, those that came back included
	Arrivals     uint64 // members that were shown arriving
	Flaps        uint64 // members who were back before their grace was over: nobody saw a thing
	FalseLeaves  uint64 // members who were shown leaving, without having said so, and came back within ReturnWithin
	GhostSeconds float64
	Diffs        uint64 // changes of rosters
	Messages     uint64 // written to peers
	Bytes        uint64 // of those messages, without the transport's own
	Unsaid       uint64 // errors that a peer was not told because it reads none
	Resyncs      uint64 // rosters that a peer found to be wrong, for whatever reason
	Mismatches   uint64 // those of them at the right revision with another hash, as far as peers say so

	Ended     map[shared.Reason]uint64    // sessions
	Departed  map[shared.Reason]uint64    // members that were shown leaving
	Detection map[shared.Reason]Histogram // seconds from their last sign of life until all were told
	Failed    map[shared.Code]uint64      // what peers were told that went wrong, refusals included
	Snapshots map[Cause]uint64

	FrameDiffs Histogram // diffs per message, of those that carry any
	Rounds     Histogram // seconds from the first session that a round looks at to the last
}

// Cause says why a session was given a snapshot rather than diffs.
type Cause string

// The causes.
const (
	CauseJoin    Cause = "join"           // it holds nothing yet
	CauseRefused Cause = "resume_refused" // what it holds is of another epoch, or too old
	CauseResync  Cause = "resync"         // what it holds is wrong
	CauseBehind  Cause = "behind"         // it read so slowly that it fell out of the log
)

// ReturnWithin is how soon somebody comes back who had not left.
const ReturnWithin = time.Minute

// stats is the counting side of Stats. Its lock is taken last, for a few
// additions, and by no delivery: a flusher counts for itself and adds it up
// when a round is over.
type stats struct {
	mu     sync.Mutex
	counts Stats
	gone   departures
}

func newStats() *stats {
	return &stats{
		counts: Stats{
			Ended:      make(map[shared.Reason]uint64),
			Departed:   make(map[shared.Reason]uint64),
			Detection:  make(map[shared.Reason]Histogram),
			Failed:     make(map[shared.Code]uint64),
			Snapshots:  make(map[Cause]uint64),
			FrameDiffs: newHistogram(frameBounds),
			Rounds:     newHistogram(roundBounds),
		},
		gone: departures{at: make(map[departure]time.Time)},
	}
}

// count changes the counts under their lock.
func (st *stats) count(change func(*Stats)) {
	st.mu.Lock()
	defer st.mu.Unlock()
	change(&st.counts)
}

func (st *stats) failed(code shared.Code) { st.count(func(c *Stats) { c.Failed[code]++ }) }
func (st *stats) snapshot(cause Cause)    { st.count(func(c *Stats) { c.Snapshots[cause]++ }) }

// resync counts a roster that a peer found to be wrong, its hash or something else.
func (st *stats) resync(hash bool) {
	st.count(func(c *Stats) {
		c.Resyncs++
		if hash {
			c.Mismatches++
		}
	})
}

// joined counts a session that entered a room; back says whether its member's grace ran.
func (st *stats) joined(back bool) {
	st.count(func(c *Stats) {
		c.Joins++
		if back {
			c.Flaps++
		}
	})
}

// arrived counts somebody who is shown arriving.
func (st *stats) arrived(room, id string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.counts.Members++
	st.counts.Arrivals++
	if st.gone.back(departure{room, id}, time.Now()) {
		st.counts.FalseLeaves++
	}
}

// departed counts somebody who is shown leaving, and who last gave a sign of
// life at seen, if that is known.
func (st *stats) departed(room, id string, reason shared.Reason, seen time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := time.Now()
	st.counts.Members--
	st.counts.Departed[reason]++
	if reason != shared.ReasonLeft {
		st.gone.add(departure{room, id}, now)
	}
	if !seen.IsZero() {
		st.detected(reason, now.Sub(seen).Seconds())
	}
}

func (st *stats) detected(reason shared.Reason, late float64) {
	h, ok := st.counts.Detection[reason]
	if !ok {
		h = newHistogram(departureBounds)
	}
	h.observe(late)
	st.counts.Detection[reason] = h
	st.counts.GhostSeconds += late
}

// Stats returns a copy of the counts.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	rooms := len(h.rooms)
	h.mu.Unlock()
	st := h.stats
	st.mu.Lock()
	defer st.mu.Unlock()
	c := st.counts
	c.Rooms, c.Sessions, c.SlowReaders = rooms, int(h.sessions.Load()), int(h.slow.Load())
	c.Ended, c.Departed = maps.Clone(c.Ended), maps.Clone(c.Departed)
	c.Failed, c.Snapshots = maps.Clone(c.Failed), maps.Clone(c.Snapshots)
	c.FrameDiffs, c.Rounds = c.FrameDiffs.clone(), c.Rounds.clone()
	c.Detection = make(map[shared.Reason]Histogram, len(st.counts.Detection))
	for reason, d := range st.counts.Detection {
		c.Detection[reason] = d.clone()
	}
	return c
}
