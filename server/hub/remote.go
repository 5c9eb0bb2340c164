package hub

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"rollcall/shared"
)

// Remote applies changes of another node to a room, in order, and reports whether all
// digests in them were equal to its own. Changes of a room that is not in use are
// dropped, except bans and kicks. The caller must have checked them with Change.Check.
func (h *Hub) Remote(name, node string, changes []Change) bool {
	h.hearSentAway(name, node, changes)
	r := h.inUse(name)
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.unlock()
	if r.closed {
		return true
	}
	if r.origin = node; isGone(changes) {
		r.origin = ""
	}
	defer func() { r.origin = "" }()
	p := r.partOf(node)
	proved := true
	for _, c := range changes {
		proved = r.hear(p, c) && proved
	}
	r.dropIfEmpty(p)
	return proved
}

// dropIfEmpty forgets a part with nothing in it.
func (r *room) dropIfEmpty(p *part) {
	if p.digest == (Digest{}) && len(p.knocks) == 0 {
		delete(r.replica.parts, p.node)
	}
}

// isGone reports whether changes take out all that a node has in a room, because it is gone.
func isGone(changes []Change) bool {
	return len(changes) == 2 && changes[0].Kind == ChangeBegin && changes[1].Kind == ChangeEnd && changes[1].Reason != ""
}

// partOf returns the part of a node, and makes it if needed.
func (r *room) partOf(node string) *part {
	p := r.replica.parts[node]
	if p == nil {
		p = &part{node: node}
		if r.replica.parts == nil {
			r.replica.parts = make(map[string]*part)
		}
		r.replica.parts[node] = p
	}
	return p
}

// hear applies one change. It returns false if a digest in it differs.
func (r *room) hear(p *part, c Change) bool {
	switch c.Kind {
	case ChangeHere:
		r.put(p, c.Record)
	case ChangeGone:
		if m := r.members[c.ID]; m != nil {
			r.lose(p, m, c)
		}
	case ChangeLeft:
		if m := r.members[c.ID]; m != nil && m.replica.own != nil {
			r.leave(m, cmp.Or(c.At, math.MaxInt64))
		}
	case ChangeBegin:
		p.telling++
	case ChangeEnd:
		r.sweep(p, c)
		return p.digest == c.Digest
	case ChangeProof:
		return p.digest == c.Digest
	case ChangeRoom:
		r.hearRoom(p, c.Room)
	case ChangeAnnounce:
		r.announce(*c.Announcement)
	case ChangeKnocks:
		p.knocksTold = p.telling
		r.setKnocks(p, c.Knocks)
	case ChangeKnockAnswered:
		r.hearAnswer(c)
	}
	return true
}

// hearSentAway takes over the bans and kicks in changes of another node, before the rest of
// them.
func (h *Hub) hearSentAway(room, node string, changes []Change) {
	for _, c := range changes {
		switch c.Kind {
		case ChangeBan:
			b := *c.Ban
			b.Room = room
			_ = h.hearBan(b, node) // too many: then as many are kept out, and all nodes have the same bounds
		case ChangeKick:
			h.hearKick(room, node, c)
		}
	}
}

// put stores the record of p's node.
func (r *room) put(p *part, rec Record) {
	m := r.members[rec.User.ID]
	if m == nil {
		u := rec.User
		if rec.Masked {
			u.StatusSince = changedAt(u, time.Now()) // until the record comes that masks it
		}
		u.Devices = devicesOf(rec.live() + rec.Ending)
		m = r.show(u)
		m.replica.away = true
		r.replica.away++
	}
	if m.replica.away && len(m.replica.remote) == 0 { // see linger
		m.stop()
		m.graceStatus, m.ending = "", 0
	}
	i := m.replica.by(p)
	if i < 0 {
		i = len(m.replica.remote)
		m.replica.remote = append(m.replica.remote, remote{part: p, record: rec})
		p.digest.swap(nil, &rec)
	} else {
		p.digest.swap(&m.replica.remote[i].record, &rec)
		m.replica.remote[i].record = rec
	}
	m.replica.remote[i].confirmed = p.telling
	r.merge(m, time.Now())
}

// lose removes the record that p's node has of m, if any, because of c, a ChangeGone or
// ChangeEnd.
func (r *room) lose(p *part, m *member, c Change) {
	i := m.replica.by(p)
	if i < 0 {
		return
	}
	p.digest.swap(&m.replica.remote[i].record, nil)
	m.replica.remote = slices.Delete(m.replica.remote, i, i+1)
	switch reason := cmp.Or(c.Reason, shared.ReasonClosed); {
	case !m.replica.away || len(m.replica.remote) > 0:
		r.merge(m, c.time())
	case c.Late:
		r.linger(m, reason)
	default:
		r.nowhere(m, reason)
	}
}

// linger keeps m shown, who has no record on any node, until another node sends one or
// the grace period is over.
func (r *room) linger(m *member, reason shared.Reason) {
	shown, _ := r.roster.Get(m.id)
	m.graceStatus, m.ending = shown.Status, max(shown.Devices, 1)
	r.startGrace(m, reason, time.Time{})
}

// nowhere makes m, who is on no node, depart.
func (r *room) nowhere(m *member, reason shared.Reason) {
	if m.replica.away {
		m.replica.away = false
		r.replica.away--
	}
	r.depart(m, reason)
}

// by returns the index of the record of p's node in remote, or -1.
func (ms *replicated) by(p *part) int {
	return slices.IndexFunc(ms.remote, func(o remote) bool { return o.part == p })
}

// sweep removes the records, and those who knock, that p's node has not repeated since its last
// ChangeBegin.
func (r *room) sweep(p *part, c Change) {
	if p.infoTold != p.telling { // what the room says of itself stays as it is
		p.digest.Hash ^= p.info
		p.info = 0
	}
	if p.knocksTold != p.telling {
		r.setKnocks(p, nil)
	}
	for _, m := range r.members {
		if i := m.replica.by(p); i >= 0 && m.replica.remote[i].confirmed != p.telling {
			r.lose(p, m, c)
		}
	}
}

// time returns when c happened, or now if that is not known or still to come.
func (c Change) time() time.Time {
	now := time.Now()
	if at := time.UnixMilli(c.At); c.At > 0 && at.Before(now) {
		return at
	}
	return now
}

// merge shows m as the records of all nodes say: as last changed, with the first arrival
// and the most attentive status. The result does not depend on the order in which records
// arrived. at is when the latest of them came or went.
func (r *room) merge(m *member, at time.Time) {
	var best *Record
	var from string
	for node, rec := range r.records(m) {
		if best == nil || rec.beats(*best, node, from) {
			best, from = rec, node
		}
	}
	u := best.User
	u.JoinedAt, u.Status = r.firstArrival(m), m.status()
	u.StatusSince = r.statusSince(m, u, at)
	m.replica.stamp = best.Stamp
	m.role, u.Role = u.Role, r.roleOf(m.id, u.Role)
	shown, _ := r.roster.Get(m.id)
	if u.Devices = shown.Devices; u != shown {
		u.Devices = m.devices(shown.Devices)
		want := m.pending.Apply(u)
		m.pending = shared.Changes(u, want) // without what another node has changed to the same
		if i := m.signedIn; i != nil && i.Role == m.role && i.Info == u.Info {
			m.signedIn = nil
		}
		r.update(m, u)
	}
	if shown, _ = r.roster.Get(m.id); shown.Devices != m.devices(shown.Devices) {
		r.showChange(m)
	}
	if m.replica.own != nil {
		r.tell(m)
	}
}

// firstArrival returns when m first arrived by the records of all nodes, since the latest kick if
// any of them is later: the others are of a stay that is over, and of nodes that are lost or are
// still to hear of the kick.
func (r *room) firstArrival(m *member) int64 {
	kicked := r.hub.bans.kickOf(r.name, m.id).At
	first, since := int64(math.MaxInt64), int64(math.MaxInt64)
	for _, rec := range r.records(m) {
		at := rec.User.JoinedAt
		if first = min(first, at); at > kicked {
			since = min(since, at)
		}
	}
	if since < math.MaxInt64 {
		return since
	}
	return first
}

// records yields what each node says of m, by its name.
func (r *room) records(m *member) iter.Seq2[string, *Record] {
	return func(yield func(string, *Record) bool) {
		if m.replica.own != nil && !yield(r.hub.config.Mesh.Node, m.replica.own) {
			return
		}
		for i := range m.replica.remote {
			if o := &m.replica.remote[i]; !yield(o.part.node, &o.record) {
				return
			}
		}
	}
}

// statusSince returns User.StatusSince of u, which has the status and the arrival of m
// already: the latest time in the records with that status. If there is none, because the
// record of a more attentive one is gone, the status has changed at the given time.
func (r *room) statusSince(m *member, u shared.User, at time.Time) int64 {
	var since int64
	known, changes := false, false
	for _, rec := range r.records(m) {
		changes = changes || rec.User.StatusSince != 0
		if rec.User.Status == u.Status && !rec.Masked {
			known = true
			since = max(since, cmp.Or(rec.User.StatusSince, rec.User.JoinedAt))
		}
	}
	shown, _ := r.roster.Get(m.id)
	if !known && u.Status == shown.Status {
		since, known, changes = shown.StatusSince, true, true
	}
	switch {
	case !known:
		return changedAt(u, at)
	case !changes || since <= u.JoinedAt:
		return 0
	}
	return since
}
