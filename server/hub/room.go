package hub

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"rollcall/shared"
)

// room is one roster, its log, and the sessions that follow it.
type room struct {
	hub  *Hub
	name string

	mu       sync.Mutex
	roster   shared.Roster // the truth; every change is an event applied to it
	members  map[string]*member
	sessions []*Session // joined or about to; each knows its index
	log      log
	pages    pages
	snap     *snapshot // the latest one made
	beat     *time.Timer
	closed   bool // dropped by the hub; a newcomer makes a new one

	fanout fanout // see flush.go

	// Of a hub with others only; see mesh.go, remote.go.
	loaded  <-chan struct{}
	waiting int              // those who are to be let in once loaded is closed
	digest  Digest           // of what this node has told
	parts   map[string]*part // of the nodes that have somebody here
	away    int              // members who are on other nodes only
	looked  bool             // kept though nobody of this node is here; see look.go
}

// snapshot is the encoded roster at a revision.
type snapshot struct {
	room  string
	epoch string
	rev   uint64
	users [][]byte // runs of encoded users, each behind a comma
}

func newRoom(h *Hub, name string) *room {
	r := &room{
		hub:     h,
		name:    name,
		roster:  shared.NewRoster(name, newEpoch()),
		members: make(map[string]*member),
	}
	if h.config.Mesh != nil {
		r.loaded = h.config.Mesh.Opened(name)
	}
	return r
}

// empty reports whether nobody of this node is left, nor looks.
func (r *room) empty() bool {
	return len(r.sessions) == 0 && len(r.members) == r.away && !r.looked && !r.closed
}

// unlock releases r.mu and has the hub forget the room if nobody is left.
func (r *room) unlock() {
	empty := r.empty()
	r.mu.Unlock()
	if empty {
		r.hub.drop(r)
	}
}

// publish makes e the next diff: it changes the roster, goes into the log, and
// from there to every session.
func (r *room) publish(e shared.Event) {
	if err := r.roster.Apply(e); err != nil {
		panic(fmt.Sprintf("hub: an impossible %s: %v", e.Event(), err))
	}
	r.log.diff(r.roster.Rev(), e, r.keep())
	r.hub.stats.count(func(c *Stats) { c.Diffs++ })
	r.wakeAll()
}

// keep is how many bytes of log are worth keeping: whoever is further behind
// is served better by a snapshot.
func (r *room) keep() int {
	return min(max(MinLogBytes, r.pages.live), r.hub.config.LogBytes)
}

// arrive makes a member of whoever holds id.
func (r *room) arrive(id, name string) *member {
	return r.show(shared.User{ID: id, Name: name, Status: shared.StatusActive, JoinedAt: time.Now().UnixMilli()})
}

// show makes a member of u.
func (r *room) show(u shared.User) *member {
	m := &member{id: u.ID, name: u.Name, note: u.Note, entry: r.pages.add(u)}
	if r.hub.config.Mesh != nil {
		m.mesh = &meshed{stamp: 1}
	}
	r.members[u.ID] = m
	r.hub.stats.arrived(r.name, u.ID)
	r.publish(shared.NewUser{Rev: r.roster.Rev() + 1, User: u})
	if r.beat == nil {
		r.beat = time.AfterFunc(shared.PingEvery, r.heartbeat)
	}
	return m
}

// update shows the room the member as u.
func (r *room) update(m *member, u shared.User) {
	r.pages.remove(m.entry)
	m.entry = r.pages.add(u)
	r.publish(shared.UserUpdated{Rev: r.roster.Rev() + 1, User: u})
}

// depart takes a member without sessions out of the room.
func (r *room) depart(m *member, reason shared.Reason) {
	m.stop()
	r.pages.remove(m.entry)
	delete(r.members, m.id)
	r.hub.stats.departed(r.name, m.id, reason, m.seen)
	r.publish(shared.DisconnectUser{Rev: r.roster.Rev() + 1, ID: m.id, Reason: reason})
}

// leave takes a member out of the room with all its sessions here.
func (r *room) leave(m *member) {
	for len(m.sessions) > 0 {
		why := shared.Errorf(shared.CodeLeft, "you left in another window")
		m.sessions[len(m.sessions)-1].dismiss(&why, shared.ReasonLeft)
	}
	r.gone(m, shared.ReasonLeft)
}

// heartbeat puts the proof of the roster into the log, where it stands exactly
// between the diffs that it speaks of, and comes again while anybody is here.
func (r *room) heartbeat() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.closed || len(r.members) == 0 {
		r.beat = nil
		return
	}
	proof := shared.Heartbeat{Rev: r.roster.Rev(), Count: r.roster.Len(), Hash: r.roster.Hash()}
	r.log.aside(proof, r.keep())
	r.wakeAll()
	r.beat.Reset(shared.PingEvery)
}

// snapshot returns the roster as it is, encoded at most once for everybody
// who asks before it changes.
func (r *room) snapshot() *snapshot {
	if r.snap == nil || r.snap.rev != r.roster.Rev() {
		r.snap = &snapshot{
			room:  r.name,
			epoch: r.roster.Epoch(),
			rev:   r.roster.Rev(),
			users: r.pages.snapshot(),
		}
	}
	return r.snap
}

// enrol and discharge keep the list of sessions; a session knows its place.
func (r *room) enrol(s *Session) {
	s.index = len(r.sessions)
	r.sessions = append(r.sessions, s)
}

func (r *room) discharge(s *Session) {
	last := r.sessions[len(r.sessions)-1]
	r.sessions[s.index], last.index = last, s.index
	r.sessions[len(r.sessions)-1] = nil
	r.sessions = r.sessions[:len(r.sessions)-1]
	r.fanout.again = true // a round under way may have missed the one that moved
}

// view is what the page shows of the room: at most `most` members, by arrival.
func (r *room) view(most int) View {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := View{Epoch: r.roster.Epoch(), Rev: r.roster.Rev(), Count: r.roster.Len()}
	for i := range min(most, v.Count) {
		v.Users = append(v.Users, r.roster.At(i))
	}
	return v
}

// close ends the room with all its sessions, each of which is told why.
func (r *room) close(why shared.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, s := range slices.Clone(r.sessions) {
		s.dismiss(&why, shared.ReasonClosed)
	}
	for _, m := range r.members {
		m.stop()
	}
	r.hub.stats.count(func(c *Stats) { c.Members -= len(r.members) })
	clear(r.members) // so that a timer which has fired already finds nobody
	if r.beat != nil {
		r.beat.Stop()
	}
}
