package hub

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/shared"
)

// A kick is about the time before it: it ends the sessions that began until then, and refuses
// a client that comes back to one of those by itself, see shared.GotANewUser.JoinedAt. So it
// is remembered for a while. A client that was not connected is told when it comes back, and a
// node that was cut off when it is back, whatever has begun since then.

// Bounds of what a hub remembers of kicks.
const (
	// MaxKicks is the maximum number of kicks, of all rooms together. Of more the oldest are
	// forgotten.
	MaxKicks = 10_000
	// kicksKept is how long a kick is remembered.
	kicksKept = time.Hour
)

// heardKick is a kick in the order in which kicks were heard.
type heardKick struct {
	room, id string
	at       int64
}

// kick returns the latest kick of a member, or the zero Change.
func (rb *roomBans) kick(id string) Change {
	if rb == nil {
		return Change{}
	}
	return rb.kicks[id]
}

// kickOf is roomBans.kick for a room.
func (bs *bans) kickOf(room, id string) Change {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.rooms[room].kick(id)
}

// sayKick remembers and tells a kick that is said on this node now, and returns it with the time:
// later than that of those before, and c.At or later, unless that is so far ahead that others
// would not take it.
func (bs *bans) sayKick(room string, c Change) Change {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	now := time.Now()
	c.At = max(now.UnixMilli(), bs.rooms[room].kick(c.ID).At+1, min(c.At, now.Add(kicksKept/2).UnixMilli()))
	bs.putKick(room, c)
	bs.tell(room, c)
	return c
}

// hearKick remembers a kick of another node, unless it is too old or a later one is known. It
// reports whether it does.
func (bs *bans) hearKick(room string, c Change) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if c.At <= bs.rooms[room].kick(c.ID).At || c.At <= kicksBefore() {
		return false
	}
	bs.putKick(room, c)
	if isRecent(c.At) {
		bs.tell(room, c)
	}
	return true
}

// kicksBefore returns the time before which kicks are forgotten.
func kicksBefore() int64 { return time.Now().Add(-kicksKept).UnixMilli() }

// putKick remembers a kick. bs.mu is held.
func (bs *bans) putKick(room string, c Change) {
	rb := bs.of(room)
	if rb.kicks == nil {
		rb.kicks = make(map[string]Change)
	}
	rb.kicks[c.ID] = c
	bs.kicks = append(bs.kicks, heardKick{room, c.ID, c.At})
	bs.forgetKicks(kicksBefore())
	bs.sweepLater()
}

// forgetKicks forgets the oldest kicks: those from before a time, and those beyond MaxKicks.
// bs.mu is held.
func (bs *bans) forgetKicks(before int64) {
	n := max(0, len(bs.kicks)-MaxKicks)
	for n < len(bs.kicks) && bs.kicks[n].at <= before {
		n++
	}
	for _, k := range bs.kicks[:n] {
		if rb := bs.rooms[k.room]; rb.kick(k.id).At == k.at {
			delete(rb.kicks, k.id)
			bs.dropIfEmpty(k.room)
		}
	}
	bs.kicks = slices.Delete(bs.kicks, 0, n)
}

// afterKick returns the present time for a join of a member: later than the latest kick, which
// is not about it.
func (r *room) afterKick(id string) int64 {
	return max(time.Now().UnixMilli(), r.hub.bans.kickOf(r.name, id).At+1)
}

// arriveAnew shows m, of whom a session joins at a time, as arriving then if what is shown is a
// stay that a kick has ended: a node that is lost, or is still to hear of the kick, has it. The
// client goes by what is shown, and would be refused when it comes back.
func (r *room) arriveAnew(m *member, at int64) {
	if u, _ := r.roster.Get(m.id); u.JoinedAt <= r.hub.bans.kickOf(r.name, m.id).At {
		u.JoinedAt, u.StatusSince = at, 0
		r.update(m, u)
	}
}

// latestOf returns the latest time at which something began that this node knows of a member. By
// a clock that is ahead of this node's, that may still be to come.
func (r *room) latestOf(id string) int64 {
	shown, _ := r.roster.Get(id)
	at := shown.JoinedAt
	for _, s := range r.watchersAs(id) {
		at = max(at, s.since)
	}
	m := r.members[id]
	if m == nil {
		return at
	}
	for _, s := range m.sessions {
		at = max(at, s.since)
	}
	if m.replica != nil {
		for _, rec := range r.records(m) {
			at = max(at, rec.User.JoinedAt)
		}
	}
	return max(at, m.graceSince)
}

// hearKick takes over a kick that was said on another node, unless it is known.
func (h *Hub) hearKick(room, origin string, c Change) {
	if !h.bans.hearKick(room, c) {
		return
	}
	r := h.inUse(room)
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.unlock()
	if !r.closed {
		r.origin = origin
		defer func() { r.origin = "" }()
		r.kick(c.ID, kicked(c), c.At)
	}
}

// checkKick is Change.Check for a ChangeKick. One that is far ahead would hold for long.
func (c Change) checkKick() error {
	if ahead := time.Now().Add(kicksKept).UnixMilli(); c.At <= 0 || c.At > ahead {
		return fmt.Errorf("a kick at %d", c.At)
	}
	by, why := c.By, c.Why
	if err := cleanWord(shared.Lobby, c.ID, &by, &why); err != nil {
		return err
	}
	if by != c.By || why != c.Why {
		return errors.New("a kick whose words are not clean")
	}
	return nil
}

// kicked returns what the sessions are sent that a kick ends.
func kicked(c Change) shared.Error {
	return shared.Error{Code: shared.CodeKicked, Message: "you were removed from this room", By: c.By, Reason: c.Why}
}
