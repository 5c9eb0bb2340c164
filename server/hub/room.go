package hub

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"rollcall/server/hub/feed"
	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// room is a roster, its log, and the sessions that read it.
type room struct {
	hub  *Hub
	name string

	mu         sync.Mutex
	roster     shared.Roster // every change is an event applied to it
	info       RoomRecord    // the version of roster.Info
	members    map[string]*member
	most       int        // the maximum of len(members) since the map was made
	sessions   []*Session // of members and of watchers of the roster; each stores its index
	pending    []*Session // that neither watch nor have joined yet; likewise
	log        feed.Log
	pages      feed.Pages
	direct     int       // total length of all sessions' direct, in bytes
	snap       *snapshot // of the current revision; nil until one is asked for
	heartbeats *time.Timer
	closed     bool   // no session may connect; the next one makes a new room
	since      int64  // when the room last ceased to have no members, in milliseconds since the Unix epoch
	origin     string // the node whose changes are being applied; "" for this one

	fanout fanout // see flush.go

	watching  watching  // see role.go
	announced announced // see announce.go
	notes     notes     // see notes.go
	hosting   hosting   // see hosting.go
	knocks    knocks    // see knock.go
	replica   replica   // what other nodes have here; see replica.go
	suggested string    // a title for a room of which nobody has set anything; see suggest.go
	preloaded bool      // kept though nobody of this node is here; see preload.go
}

// snapshot is the encoded roster at one revision.
type snapshot struct {
	room  string
	epoch string
	rev   uint64
	info  shared.RoomInfo
	users [][]byte // runs of encoded users, each behind a comma
	after []byte   // the envelope that follows it, watching.behind
}

// newRoom makes a room. h.mu is held.
func newRoom(h *Hub, name string) *room {
	r := &room{
		hub:     h,
		name:    name,
		roster:  shared.NewRoster(name, newEpoch()),
		members: make(map[string]*member),

		suggested: h.suggested(name),
	}
	h.facts.add(Fact{Kind: FactRoomOpened, Room: name})
	if h.config.Mesh != nil {
		r.replica.loaded = h.config.Mesh.Opened(name)
	}
	r.recall()
	return r
}

// empty reports whether the room can be forgotten: it has no session or member of this
// node and is not preloaded.
func (r *room) empty() bool {
	return len(r.sessions)+len(r.pending)+len(r.watching.counters) == 0 && len(r.members) == r.replica.away && !r.preloaded && !r.closed
}

// unlock releases r.mu and has the hub forget the room if it is empty. It must be
// deferred: it recovers from a panic, which closes the room (see crash.go).
func (r *room) unlock() {
	if what := recover(); what != nil {
		r.crashed(what)
		return
	}
	r.sendOccupancy()
	empty := r.empty()
	r.mu.Unlock()
	if empty {
		r.hub.drop(r)
	}
}

// publish applies e to the roster as the next diff, appends it to the log, and wakes all
// sessions.
func (r *room) publish(e shared.Event) {
	if err := r.roster.Apply(e); err != nil {
		panic(fmt.Sprintf("hub: an impossible %s: %v", e.Event(), err))
	}
	r.snap = nil // it would keep old pages in memory
	r.appendWatchers()
	r.log.AppendDiff(r.roster.Rev(), e, r.keep())
	r.hub.stats.Count(func(c *stats.Counts) { c.Diffs++ })
	r.wakeAll()
}

// keep returns how many bytes of the log are worth keeping. For a session that is
// further behind a snapshot is shorter.
func (r *room) keep() int {
	return min(max(MinLogBytes, r.pages.Live()), r.hub.config.LogBytes)
}

// arrive adds a member who joins on this node at a time.
func (r *room) arrive(id, name string, known *Identity, at int64) *member {
	u := shared.User{ID: id, Name: name, Status: shared.StatusActive, JoinedAt: at}
	return r.show(known.apply(u))
}

// show adds a member who is shown as u.
func (r *room) show(u shared.User) *member {
	if len(r.members) == 0 {
		r.since = u.JoinedAt
		r.hub.occupied.add(r)
	}
	m := &member{id: u.ID, role: u.Role}
	u.Role = r.roleOf(u.ID, u.Role)
	m.entry = r.pages.Add(u)
	if r.hub.config.Mesh != nil {
		m.replica = &replicated{stamp: 1}
	}
	r.members[u.ID] = m
	r.most = max(r.most, len(r.members))
	r.publish(shared.NewUser{Rev: r.roster.Rev() + 1, User: u})
	r.listHost(m, u.Role)
	r.fact(FactArrived, u, "", time.Time{})
	r.startHeartbeats()
	return m
}

// update changes what is shown of m to u.
func (r *room) update(m *member, u shared.User) {
	r.pages.Remove(m.entry)
	m.entry = r.pages.Add(u)
	r.publish(shared.UserUpdated{Rev: r.roster.Rev() + 1, User: u})
	r.listHost(m, u.Role)
	r.followNote(m)
	r.fact(FactUpdated, u, "", time.Time{})
}

// depart removes m, who has no session on any node, from the room.
func (r *room) depart(m *member, reason shared.Reason) {
	m.stop()
	r.pages.Remove(m.entry)
	delete(r.members, m.id)
	if len(r.members) == 0 {
		r.hub.occupied.remove(r)
	}
	r.followNote(m)
	r.shrink()
	u, _ := r.roster.Get(m.id)
	r.publish(shared.DisconnectUser{Rev: r.roster.Rev() + 1, ID: m.id, Reason: reason})
	r.listHost(m, "")
	r.fact(FactDeparted, u, reason, m.seen)
}

// shrink copies the map of the members when most of them have left, because a map never
// gives memory back by itself.
func (r *room) shrink() {
	if r.most <= 64+4*len(r.members) {
		return
	}
	members := make(map[string]*member, len(r.members))
	maps.Copy(members, r.members)
	r.members, r.most = members, len(members)
}

// leave is expel of a member who left in one of its windows.
func (r *room) leave(m *member, until int64) {
	r.expel(m, shared.Errorf(shared.CodeLeft, "you left in another window"), shared.ReasonLeft, until)
}

// expel closes the sessions of m on this node that began until a time, each of which is sent
// why, and withdraws m unless there are later ones, or there was one in the grace period.
func (r *room) expel(m *member, why shared.Error, reason shared.Reason, until int64) {
	for _, s := range slices.Clone(m.sessions) {
		if s.since <= until {
			s.dismiss(&why, reason)
		}
	}
	if len(m.sessions) == 0 && m.graceSince <= until {
		r.gone(m, reason)
	}
}

// startHeartbeats makes heartbeat run from now on.
func (r *room) startHeartbeats() {
	if r.heartbeats == nil {
		r.heartbeats = time.AfterFunc(shared.PingEvery, r.heartbeat)
	}
}

// heartbeat appends a proof of the roster to the log, between the diffs before and after
// it, has the occupancy sent again, and runs again after shared.PingEvery while the room
// has members or watchers.
func (r *room) heartbeat() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.closed || len(r.members)+r.watchers() == 0 {
		r.heartbeats = nil
		return
	}
	proof := shared.Heartbeat{Rev: r.roster.Rev(), Count: r.roster.Len(), Hash: r.roster.Hash()}
	r.appendWatchers()
	r.log.AppendOther(proof, r.keep())
	r.watching.again = true
	r.wakeAll()
	r.heartbeats.Reset(shared.PingEvery)
}

// snapshot returns the current roster in encoded form, and the number of watchers. It is
// encoded at most once per revision and number.
func (r *room) snapshot() *snapshot {
	if r.snap == nil {
		r.snap = &snapshot{
			room:  r.name,
			epoch: r.roster.Epoch(),
			rev:   r.roster.Rev(),
			info:  r.roster.Info(),
			users: r.pages.Snapshot(),
			after: r.watching.behind,
		}
	}
	return r.snap
}

// addSession appends s to a list of sessions and stores its index in it.
func addSession(list *[]*Session, s *Session) {
	s.index = len(*list)
	*list = append(*list, s)
}

// removeSession removes s from the list that it is in by moving the last session to its
// place.
func (r *room) removeSession(s *Session) {
	list := r.list(s)
	all := *list
	last := all[len(all)-1]
	all[s.index], last.index = last, s.index
	all[len(all)-1] = nil
	if all = all[:len(all)-1]; cap(all) > 64+4*len(all) {
		all = slices.Clone(all)
	}
	*list = all
	r.fanout.again = true // the current round may miss the session that moved
}

// close closes the room and all its sessions, each of which is sent why. After a crash
// the room may be inconsistent, so close relies on as little of it as possible.
func (r *room) close(why shared.Error) {
	r.closed = true
	r.endHosting()
	r.factsOfEnd()
	r.hub.occupied.remove(r)
	for _, s := range slices.Concat(r.sessions, r.watching.counters, r.pending) {
		s.finish(shared.ReasonClosed)
		if s.writing { // the write may never return
			code, _ := why.Code.Close()
			time.AfterFunc(shared.StuckWriteAfter, func() { s.peer.Close(code, "") })
		}
		s.startClose(&why)
	}
	for _, m := range r.members {
		m.stop()
	}
	for _, t := range []*time.Timer{r.heartbeats, r.notes.timer, r.hosting.timer} {
		if t != nil {
			t.Stop()
		}
	}
	// A timer or a session that comes late finds an empty room.
	r.sessions, r.pending, r.direct, r.watching = nil, nil, 0, watching{}
	clear(r.members)
	r.info, r.notes, r.hosting, r.knocks = RoomRecord{}, notes{}, hosting{}, knocks{}
	r.replica.away, r.replica.digest, r.replica.parts = 0, Digest{}, nil
	r.roster = shared.NewRoster(r.name, r.roster.Epoch())
}
