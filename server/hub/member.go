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
	r.refresh(m)
}

// refresh tells the room if the member's status is no longer what it shows.
func (r *room) refresh(m *member) {
	if u, _ := r.roster.Get(m.id); u.Status != m.status() {
		u.Status = m.status()
		r.update(m, u)
	}
	r.tell(m)
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
