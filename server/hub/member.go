package hub

import (
	"cmp"
	"slices"
	"time"

	"rollcall/server/hub/feed"
	"rollcall/shared"
)

// member is a person in a room, shown while there is a session or while the grace period
// of the last one runs. All fields are guarded by room.mu.
type member struct {
	id       string
	sessions []*Session
	entry    *feed.Entry // place in room.pages

	pending  shared.UpdateUser // what the member has changed and the room is not shown yet, without the status
	role     shared.Role       // what the sign-in says; the room may have made it a host beside that
	signedIn *Identity         // the latest sign-in, if the room is not shown yet what it says
	changes  rateLimit         // of changes that the room is shown
	acts     rateLimit         // of what it does as a host
	deferred *time.Timer       // shows a change that the rate limit has put off; nil if there is none

	// The grace period, after the end of a session.
	graceTimer  *time.Timer
	graceNumber uint32        // number of the current grace period; timers of older ones do nothing
	reason      shared.Reason // why the latest session to end did
	seen        time.Time     // last sign of life of the sessions that ended; zero for a member of other nodes
	graceStatus shared.Status // most attentive status of the sessions that ended in the grace period, or ""

	graceSince int64 // the latest Session.since of those that ended in the grace period, or 0
	ending     int   // sessions that ended in the grace period
	until      int64 // the end of the note, as room.notes has it; 0 if it is not there
	untilIndex int   // in room.notes

	attached bool        // as FactAttached and FactDetached have it
	replica  *replicated // nil for a server alone
}

// status returns the most attentive status of the member's sessions, including those in
// their grace period and those on other nodes.
func (m *member) status() shared.Status {
	status := m.ownStatus()
	if m.replica != nil {
		for _, o := range m.replica.remote {
			status = moreAttentive(status, o.record.User.Status)
		}
	}
	return status
}

// ownStatus is status without other nodes.
func (m *member) ownStatus() shared.Status {
	status := cmp.Or(m.graceStatus, shared.StatusAway)
	for _, s := range m.sessions {
		status = moreAttentive(status, s.status)
	}
	return status
}

// moreAttentive returns the more attentive of two statuses: active before idle before
// away.
func moreAttentive(a, b shared.Status) shared.Status {
	for _, s := range [...]shared.Status{shared.StatusActive, shared.StatusIdle} {
		if a == s || b == s {
			return s
		}
	}
	return shared.StatusAway
}

// startGrace starts the grace period of m after the end of a session. A departure, or a
// status without that session's, is shown only when it is over, so that a reload shows
// nothing.
func (r *room) startGrace(m *member, reason shared.Reason, seen time.Time) {
	m.reason = reason
	if seen.After(m.seen) {
		m.seen = seen
	}
	m.graceNumber++
	due := m.graceNumber
	if m.graceTimer != nil {
		m.graceTimer.Stop()
	}
	m.graceTimer = time.AfterFunc(r.hub.config.Grace, func() { r.endGrace(m, due) })
}

// endGrace ends the grace period with the number due, unless a later one has begun.
func (r *room) endGrace(m *member, due uint32) {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.closed || r.members[m.id] != m || m.graceNumber != due {
		return
	}
	m.graceTimer = nil
	if m.deferred != nil { // a deferred change is shown before the departure
		r.showChange(m)
	}
	m.graceStatus, m.graceSince, m.ending = "", 0, 0
	if len(m.sessions) == 0 {
		r.gone(m, m.reason)
		return
	}
	r.showChange(m)
}

// showChange shows the room m as it should be (see wanted) if that differs from what is
// shown. If the rate limit forbids it, the change is deferred, and showChange returns for
// how long.
func (r *room) showChange(m *member) (wait time.Duration) {
	r.dropEndedNote(m)
	if wait = m.changes.wait(time.Now()); wait <= 0 || r.shows(m) {
		r.showNow(m)
		return 0
	}
	if m.deferred == nil {
		m.deferred = time.AfterFunc(wait, func() { r.showDeferred(m) })
	}
	return wait
}

// showDeferred shows the deferred change of m. It is run by m.deferred.
func (r *room) showDeferred(m *member) {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.members[m.id] == m && m.deferred != nil {
		m.deferred = nil
		r.showChange(m)
	}
}

// showDeferredTo shows the deferred change of m before a session of m joins, so that the
// client does not take it for a later change. It may exceed the rate limit by one.
// Beyond that it returns how long the session must wait, and extends a grace period that
// runs.
func (r *room) showDeferredTo(m *member) (wait time.Duration) {
	r.dropEndedNote(m)
	if m.deferred == nil || !r.owes(m) {
		return 0
	}
	if wait = m.changes.wait(time.Now()) - shared.UpdateEvery; wait <= 0 {
		r.showNow(m)
		return 0
	}
	if len(m.sessions) == 0 && m.graceTimer != nil {
		r.startGrace(m, m.reason, m.seen) // somebody is trying to join
	}
	return wait
}

// showNow is showChange without a rate limit.
func (r *room) showNow(m *member) {
	if !r.shows(m) {
		m.changes.use(time.Now())
		if m.pending != (shared.UpdateUser{}) || m.signedIn != nil {
			m.touch()
		}
		u := r.wanted(m)
		if m.signedIn != nil {
			m.role = m.signedIn.Role
		}
		m.pending, m.signedIn = shared.UpdateUser{}, nil
		r.update(m, u)
	}
	if m.replica == nil || !m.replica.away || len(m.sessions) > 0 {
		r.tell(m)
	}
}

// wanted returns m as the room should be shown it.
func (r *room) wanted(m *member) shared.User {
	shown, _ := r.roster.Get(m.id)
	u := m.signedIn.apply(m.pending.Apply(shown))
	if m.signedIn != nil {
		u.Role = r.roleOf(m.id, u.Role)
	}
	if now := m.status(); now != u.Status {
		u.Status, u.StatusSince = now, changedAt(u, time.Now())
	}
	u.Devices = m.devices(shown.Devices)
	return u
}

// changedAt returns t as User.StatusSince of u, which is later than the arrival.
func changedAt(u shared.User, t time.Time) int64 { return max(t.UnixMilli(), u.JoinedAt+1) }

// shows reports whether the room is shown m as it should be.
func (r *room) shows(m *member) bool {
	shown, _ := r.roster.Get(m.id)
	return !r.owes(m) && shown.Devices == m.devices(shown.Devices)
}

// owes reports whether the room is still to be shown something that m has changed, or
// another status.
func (r *room) owes(m *member) bool {
	shown, _ := r.roster.Get(m.id)
	return m.pending != (shared.UpdateUser{}) || m.signedIn != nil || shown.Status != m.status()
}

// stop stops the member's timers and drops a deferred change. A timer that has fired
// already does nothing.
func (m *member) stop() {
	for _, t := range []*time.Timer{m.graceTimer, m.deferred} {
		if t != nil {
			t.Stop()
		}
	}
	m.graceTimer, m.deferred, m.graceNumber = nil, nil, m.graceNumber+1
}

// forget removes an ended session from m. Its status counts until the grace period is
// over.
func (m *member) forget(s *Session) {
	i := slices.Index(m.sessions, s)
	m.sessions = slices.Delete(m.sessions, i, i+1)
	m.graceStatus = moreAttentive(m.graceStatus, s.status)
	m.graceSince = max(m.graceSince, s.since)
	m.ending++
}

// adopt adds a session to m. It starts with the status that m is shown with, so that a
// tab which reconnects changes nothing.
func (m *member) adopt(s *Session) {
	s.member, s.status = m, shared.StatusActive
	if m.graceStatus != "" || len(m.sessions) > 0 || m.replica != nil && len(m.replica.remote) > 0 {
		s.status = m.status()
	}
	m.sessions = append(m.sessions, s)
}

// apply returns u with what the sign-in says; a nil Identity says nothing.
func (i *Identity) apply(u shared.User) shared.User {
	if i != nil {
		u.Role, u.Info = i.Role, i.Info
	}
	return u
}

// signIn shows the room what the sign-in of a session of m says, which has just joined. It
// holds for all sessions of m until another one says something else.
func (r *room) signIn(m *member, known *Identity) {
	shown, _ := r.roster.Get(m.id)
	if known != nil {
		if m.signedIn = known; known.Role == m.role && known.Info == shown.Info {
			m.signedIn = nil
		}
	}
	if r.showChange(m) > 0 {
		r.tell(m)
	}
}
