package hub

import (
	"cmp"
	"math"
	"slices"

	"rollcall/shared"
)

// Remote applies what another node says of a room, in order, and reports
// whether every proof in it held. Of a room that is not in use it is dropped.
func (h *Hub) Remote(name, node string, changes []Change) bool {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.unlock()
	if r.closed {
		return true
	}
	p := r.partOf(node)
	proved := true
	for _, c := range changes {
		proved = r.hear(p, c) && proved
	}
	if p.digest.Count == 0 {
		delete(r.parts, node)
	}
	return proved
}

func (r *room) partOf(node string) *part {
	p := r.parts[node]
	if p == nil {
		p = &part{node: node}
		if r.parts == nil {
			r.parts = make(map[string]*part)
		}
		r.parts[node] = p
	}
	return p
}

// hear applies one change, and reports whether it held if it was a proof.
func (r *room) hear(p *part, c Change) bool {
	switch c.Kind {
	case Here:
		r.put(p, c.Record)
	case Gone:
		if m := r.members[c.ID]; m != nil {
			r.lose(p, m, c.Reason)
		}
	case Left:
		if m := r.members[c.ID]; m != nil && m.mesh.own != nil {
			r.leave(m)
		}
	case Begin:
		p.telling++
	case End:
		r.sweep(p, c.Reason)
		return p.digest == c.Digest
	case Proof:
		return p.digest == c.Digest
	}
	return true
}

// put takes in what p's node says of a member.
func (r *room) put(p *part, rec Record) {
	m := r.members[rec.User.ID]
	if m == nil {
		m = r.show(rec.User)
		m.mesh.away = true
		r.away++
	}
	i := m.mesh.by(p)
	if i < 0 {
		i = len(m.mesh.remote)
		m.mesh.remote = append(m.mesh.remote, remote{part: p, record: rec})
		p.digest.swap(nil, &rec)
	} else {
		p.digest.swap(&m.mesh.remote[i].record, &rec)
		m.mesh.remote[i].record = rec
	}
	m.mesh.remote[i].confirmed = p.telling
	r.merge(m)
}

// lose takes out what p's node said of m, if it said something.
func (r *room) lose(p *part, m *member, reason shared.Reason) {
	i := m.mesh.by(p)
	if i < 0 {
		return
	}
	p.digest.swap(&m.mesh.remote[i].record, nil)
	m.mesh.remote = slices.Delete(m.mesh.remote, i, i+1)
	if m.mesh.away && len(m.mesh.remote) == 0 {
		r.away--
		r.depart(m, cmp.Or(reason, shared.ReasonClosed))
		return
	}
	r.merge(m)
}

// by is where in remote the record of p's node is, or -1.
func (ms *meshed) by(p *part) int {
	return slices.IndexFunc(ms.remote, func(o remote) bool { return o.part == p })
}

// sweep takes out whom p's node has not confirmed since it began to tell.
func (r *room) sweep(p *part, reason shared.Reason) {
	for _, m := range r.members {
		if i := m.mesh.by(p); i >= 0 && m.mesh.remote[i].confirmed != p.telling {
			r.lose(p, m, reason)
		}
	}
}

// merge brings what is shown of m in line with what all nodes say: the latest
// name and note, the first arrival, the most attentive status. It is the same
// on every node that has heard the same, in whatever order.
func (r *room) merge(m *member) {
	var best *Record
	var from string
	joined := int64(math.MaxInt64)
	weigh := func(rec *Record, node string) {
		joined = min(joined, rec.User.JoinedAt)
		if best == nil || rec.beats(*best, node, from) {
			best, from = rec, node
		}
	}
	if m.mesh.own != nil {
		weigh(m.mesh.own, r.hub.config.Mesh.Node)
	}
	for i := range m.mesh.remote {
		weigh(&m.mesh.remote[i].record, m.mesh.remote[i].part.node)
	}
	u := best.User
	u.JoinedAt, u.Status = joined, m.status()
	m.mesh.stamp = best.Stamp
	if shown, _ := r.roster.Get(m.id); u != shown {
		m.follow(shown, u)
		r.update(m, u)
	}
	if m.mesh.own != nil {
		r.tell(m)
	}
}

// follow takes over what is shown of m from now on, but for what was asked for
// here and is still to be shown.
func (m *member) follow(shown, now shared.User) {
	if m.name == shown.Name {
		m.name = now.Name
	}
	if m.note == shown.Note {
		m.note = now.Note
	}
}
