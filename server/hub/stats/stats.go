// Package stats counts what only a hub knows, for its operator: sessions, messages,
// snapshots and errors. Who comes and goes is in the facts that its observers are given.
package stats

import (
	"maps"
	"sync"

	"rollcall/shared"
)

// Counts are what a hub holds at one moment, and what it has counted since it was made.
type Counts struct {
	Sessions    int
	SlowReaders int // sessions that are written to alone, because a write took too long
	RoomBytes   int // that the rooms take, about

	Joins      uint64 // sessions that entered a room, those that came back included
	Flaps      uint64 // members who were back before their grace was over: nobody saw a thing
	Diffs      uint64 // changes of rosters
	Messages   uint64 // written to peers
	Bytes      uint64 // of those messages, without the transport's own
	Unsaid     uint64 // errors that a peer was not told because it reads none
	Resyncs    uint64 // rosters that a peer found to be wrong, for whatever reason
	Mismatches uint64 // those of them at the right revision with another hash, as far as peers say so

	Ended     map[shared.Reason]uint64 // sessions
	Failed    map[shared.Code]uint64   // what peers were told that went wrong, refusals included
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

// Recorder counts what happens in a hub. It is safe for concurrent use, and calls
// nothing of the hub, so its lock can be taken under any other. Counting costs a few
// additions under the lock. What happens once for each delivery is counted in a Tally
// instead, without a lock.
type Recorder struct {
	mu     sync.Mutex
	counts Counts
}

// NewRecorder returns a Recorder whose counts are zero.
func NewRecorder() *Recorder {
	return &Recorder{
		counts: Counts{
			Ended:      make(map[shared.Reason]uint64),
			Failed:     make(map[shared.Code]uint64),
			Snapshots:  make(map[Cause]uint64),
			FrameDiffs: NewHistogram(frameBounds),
			Rounds:     NewHistogram(roundBounds),
		},
	}
}

// Count calls change with the counts, under their lock.
func (st *Recorder) Count(change func(*Counts)) {
	st.mu.Lock()
	defer st.mu.Unlock()
	change(&st.counts)
}

// Failed counts an error that a peer was told.
func (st *Recorder) Failed(code shared.Code) { st.Count(func(c *Counts) { c.Failed[code]++ }) }

// Snapshot counts a snapshot that was sent, by cause.
func (st *Recorder) Snapshot(cause Cause) { st.Count(func(c *Counts) { c.Snapshots[cause]++ }) }

// Resync counts a roster that a peer found to be wrong. hash reports whether its hash
// differed at the right revision.
func (st *Recorder) Resync(hash bool) {
	st.Count(func(c *Counts) {
		c.Resyncs++
		if hash {
			c.Mismatches++
		}
	})
}

// Joined counts a session that entered a room. back reports whether it came within the
// grace period of its member's last session.
func (st *Recorder) Joined(back bool) {
	st.Count(func(c *Counts) {
		c.Joins++
		if back {
			c.Flaps++
		}
	})
}

// Counts returns a copy of the counts. The caller fills in what the hub holds.
func (st *Recorder) Counts() Counts {
	st.mu.Lock()
	defer st.mu.Unlock()
	c := st.counts
	c.Ended, c.Failed, c.Snapshots = maps.Clone(c.Ended), maps.Clone(c.Failed), maps.Clone(c.Snapshots)
	c.FrameDiffs, c.Rounds = c.FrameDiffs.Clone(), c.Rounds.Clone()
	return c
}
