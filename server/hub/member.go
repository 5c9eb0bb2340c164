package hub

import (
	"cmp"
	"slices"
	"time"

	"rollcall/shared"
)

// member is a person in a room, present while there is a session or while the
// grace of the last one runs. All fields are guarded by room.mu.
type member struct {
	id       string
	sessions []*Session
	entry    *entry // where the room's pages have the member

	name, note string      // as they are to be shown
	changes    pace        // of what the room is shown
	later      *time.Timer // shows what would have been too often

	// What the end of a session leaves to be settled when the grace is over.
	settle     *time.Timer
	settlement uint32        // the number of the settlement that is due; older timers do nothing
	reason     shared.Reason // why the last session that ended did
	seen       time.Time     // the last sign of life of the sessions that ended; zero if it is not ours to know
	fading     shared.Status // the most attentive status of the sessions that ended; "" if none did

	mesh *meshed // nil where there are no other nodes
}

// status is the most attentive status of the member's sessions, those whose
// grace runs and those on other nodes included.
func (m *member) status() shared.Status {
	status := m.ownStatus()
	if m.mesh != nil {
		for _, o := range m.mesh.remote {
			status = moreAttentive(status, o.record.User.Status)
		}
	}
	return status
}

// ownStatus is status without other nodes.
func (m *member) ownStatus() shared.Status {
	status := cmp.Or(m.fading, shared.StatusAway)
	for _, s := range m.sessions {
		status = moreAttentive(status, s.status)
	}
	return status
}

func moreAttentive(a, b shared.Status) shared.Status {
	for _, s := range [...]shared.Status{shared.StatusActive, shared.StatusIdle} {
		if a == s || b == s {
			return s
		}
	}
	return shared.StatusAway
}

// lost notes that a session of m has ended. What follows from it, a departure
// or a status without that session's, is seen only when the grace is over, so
// that a reload shows nothing.
func (r *room) lost(m *member, reason shared.Reason, seen time.Time) {
	m.reason = reason
	if seen.After(m.seen) {
		m.seen = seen
	}
	m.settlement++
	due := m.settlement
	if m.settle != nil {
		m.settle.Stop()
	}
	m.settle = time.AfterFunc(r.hub.config.Grace, func() { r.settle(m, due) })
}

// settle ends the grace of m, unless a later settlement is due instead.
func (r *room) settle(m *member, due uint32) {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.members[m.id] != m || m.settlement != due {
		return
	}
	m.settle = nil
	m.fading = ""
	if len(m.sessions) == 0 {
		r.gone(m, m.reason)
		return
	}
	r.reveal(m)
}

// reveal shows the room what m is now, unless it shows that. What comes too often
// is put off, and the wait for it returned.
func (r *room) reveal(m *member) (wait time.Duration) {
	if wait = m.changes.wait(time.Now()); wait <= 0 || r.shows(m) {
		r.revealNow(m)
		return 0
	}
	if m.later == nil {
		m.later = time.AfterFunc(wait, func() { r.revealLater(m) })
	}
	return wait
}

func (r *room) revealLater(m *member) {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.members[m.id] == m && m.later != nil {
		m.later = nil
		r.reveal(m)
	}
}

// revealNow is reveal that puts nothing off.
func (r *room) revealNow(m *member) {
	if !r.shows(m) {
		m.changes.take(time.Now())
		u, _ := r.roster.Get(m.id)
		if u.Name != m.name || u.Note != m.note {
			m.touch()
		}
		u.Name, u.Note, u.Status = m.name, m.note, m.status()
		r.update(m, u)
	}
	r.tell(m)
}

// shows reports whether the room is shown what m is now.
func (r *room) shows(m *member) bool {
	u, _ := r.roster.Get(m.id)
	return u.Name == m.name && u.Note == m.note && u.Status == m.status()
}

// stop stops the member's timers, and nothing is put off any more. One that has
// fired already finds that it has nothing to do.
func (m *member) stop() {
	for _, t := range []*time.Timer{m.settle, m.later} {
		if t != nil {
			t.Stop()
		}
	}
	m.settle, m.later, m.settlement = nil, nil, m.settlement+1
}

// forget takes an ended session off the member's list. Its status fades.
func (m *member) forget(s *Session) {
	i := slices.Index(m.sessions, s)
	m.sessions = slices.Delete(m.sessions, i, i+1)
	m.fading = moreAttentive(m.fading, s.status)
}

// adopt gives the member one more session. Its status is as before, until the
// peer says otherwise: of a tab that comes back nothing is seen.
func (m *member) adopt(s *Session) {
	s.member, s.status = m, shared.StatusActive
	if m.fading != "" || len(m.sessions) > 0 || m.mesh != nil && len(m.mesh.remote) > 0 {
		s.status = m.status()
	}
	m.sessions = append(m.sessions, s)
}
