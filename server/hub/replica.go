package hub

import (
	"time"

	"rollcall/shared"
)

// replica is what a room keeps of the nodes that replicate it, in a hub that is one of
// several. Guarded by room.mu.
type replica struct {
	loaded  <-chan struct{}  // closed once the other nodes have been heard; nil if there are none
	waiting int              // sessions that wait for loaded to be let in
	digest  Digest           // of what this node has told
	parts   map[string]*part // what other nodes have here, by node
	away    int              // members who are on other nodes only
}

// replicated is what a hub with a Mesh keeps of a member.
type replicated struct {
	stamp  uint64 // Record.Stamp of what is shown
	own    *Record
	remote []remote // records of other nodes, at most one per node
	away   bool     // has sessions on other nodes only, the grace period here being over
}

// remote is the record that another node has of a member.
type remote struct {
	part      *part
	record    Record
	confirmed uint32 // part.telling when the node last sent it
}

// part is what another node has in a room.
type part struct {
	node    string
	digest  Digest
	telling uint32 // counts ChangeBegin

	info     shared.Hash // of its RoomRecord, in digest; 0 if it has told none
	infoTold uint32      // telling when the node last sent that

	knocks     []shared.Knocker // who knocks there
	knocksTold uint32           // telling when the node last sent that
}

// enter locks r.mu after the other nodes have answered. Sessions that wait for that are
// let in together: nothing is written before the last of them is in (see claim).
// Otherwise their first snapshots would lack those who waited with them.
func (r *room) enter() {
	r.mu.Lock()
	if r.heard() {
		return
	}
	r.replica.waiting++
	r.mu.Unlock()
	<-r.replica.loaded
	r.mu.Lock()
	if r.replica.waiting--; r.replica.waiting == 0 {
		r.wakeAll()
	}
}

// heard reports whether all other nodes have answered.
func (r *room) heard() bool {
	select {
	case <-r.replica.loaded:
		return true
	default:
		return r.replica.loaded == nil
	}
}

// tell sends this node's record of m to the others if it has changed. The record repeats
// what is shown, whichever node that came from, so that it is still shown when the other
// node's record is gone.
func (r *room) tell(m *member) {
	if m.replica == nil {
		return
	}
	if m.replica.away {
		m.replica.away = false
		r.replica.away--
		r.followNote(m)
	}
	u, _ := r.roster.Get(m.id)
	rec := Record{
		User: u, Stamp: m.replica.stamp,
		Sessions: min(len(m.sessions), shared.MaxDevices), Ending: min(m.ending, shared.MaxDevices),
	}
	rec.User.Status, rec.User.Devices, rec.User.Role = m.ownStatus(), 0, m.role
	rec.Masked = rec.User.Status != u.Status
	if old := m.replica.own; old != nil && *old == rec {
		return
	}
	r.replica.digest.swap(m.replica.own, &rec)
	m.replica.own = &rec
	r.hub.config.Mesh.Tell(r.name, Change{Kind: ChangeHere, Record: rec})
}

// touch counts a change that m has made on this node, except of the status.
func (m *member) touch() {
	if m.replica != nil {
		m.replica.stamp++
	}
}

// tellLeft makes the other nodes end their sessions of m, but for those that begin later.
func (r *room) tellLeft(m *member) {
	if m.replica != nil {
		r.hub.config.Mesh.Tell(r.name, Change{Kind: ChangeLeft, ID: m.id, At: max(time.Now().UnixMilli(), r.latestOf(m.id))})
	}
}

// gone withdraws this node's record of m, which has no sessions here any more. m departs
// unless other nodes have sessions.
func (r *room) gone(m *member, reason shared.Reason) {
	r.detach(m, reason)
	at := time.Now()
	if m.replica == nil {
		r.depart(m, reason)
		return
	}
	if m.replica.own != nil {
		r.replica.digest.swap(m.replica.own, nil)
		m.replica.own = nil
		r.hub.config.Mesh.Tell(r.name, Change{Kind: ChangeGone, ID: m.id, Reason: reason, At: at.UnixMilli()})
	}
	if len(m.replica.remote) == 0 {
		r.nowhere(m, reason)
		return
	}
	m.stop()
	m.pending, m.signedIn, m.graceStatus, m.graceSince, m.ending = shared.UpdateUser{}, nil, "", 0, 0
	m.seen = time.Time{}
	m.replica.away = true
	r.replica.away++
	r.followNote(m)
	r.merge(m, at)
}
