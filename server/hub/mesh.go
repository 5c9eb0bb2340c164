package hub

import (
	"cmp"
	"strings"
	"time"

	"rollcall/shared"
)

// Mesh is what a hub tells the other nodes of, where there are any. Each
// function is called with a lock of the hub held, in the order in which things
// happen in a room: it must not wait and must not call the hub.
type Mesh struct {
	// Node names this node; the records of two nodes that are as good as each
	// other are told apart by it.
	Node string
	// Opened is told of a room that somebody connects to, or looks at. Nobody is let in
	// before loaded is closed, so that the first snapshot has the members on
	// other nodes in it.
	Opened func(room string) (loaded <-chan struct{})
	// Closed is told of a room that has nobody of this node any more. What the
	// others said of it is forgotten.
	Closed func(room string)
	// Tell is told each change of this node's own part of a room.
	Tell func(room string, c Change)
}

// Record is what one node says of a member with sessions on it.
type Record struct {
	// User is what everybody is shown, but for the status, which is that of the
	// sessions on this node alone.
	User shared.User
	// Stamp counts the changes of the name and the note, whichever node they
	// are made on: the highest is the latest.
	Stamp uint64
}

// hash is of all that a record says.
func (rec Record) hash() shared.Hash {
	return (shared.HashUser(rec.User) + shared.Hash(rec.Stamp)) * 0x9e3779b97f4a7c15
}

// beats reports whether rec, of one node, goes before other, of another: the
// latest change, else who was there first.
func (rec Record) beats(other Record, node, otherNode string) bool {
	return cmp.Or(
		cmp.Compare(rec.Stamp, other.Stamp),
		-cmp.Compare(rec.User.JoinedAt, other.User.JoinedAt),
		-strings.Compare(node, otherNode),
	) > 0
}

// Digest proves a node's part of a room: the number of its records and the XOR
// of their hashes.
type Digest struct {
	Count int
	Hash  shared.Hash
}

// swap takes one record out of the digest and puts another in; nil is none.
func (d *Digest) swap(old, now *Record) {
	if old != nil {
		d.Count--
		d.Hash ^= old.hash()
	}
	if now != nil {
		d.Count++
		d.Hash ^= now.hash()
	}
}

// Change is one thing that a node says of its part of a room.
type Change struct {
	Kind   ChangeKind
	Record Record        // with Here
	ID     string        // with Gone and Left: of the member
	Reason shared.Reason // with Gone, and with End for those who are not confirmed
	Digest Digest        // with End and Proof
}

// ChangeKind says what a Change says.
type ChangeKind int

// The kinds of changes. The hub tells of the first three.
const (
	Here  ChangeKind = iota + 1 // a member has sessions on the node, or is seen otherwise there
	Gone                        // a member has none any more, and the grace is over
	Left                        // a member said so: wherever there are sessions, they end
	Begin                       // all that the node has follows, as Here, up to End
	End                         // whom the node has not confirmed since Begin is not there
	Proof                       // a digest, for the receiver to compare
)

// meshed is what a hub with others keeps of a member besides.
type meshed struct {
	stamp  uint64 // of what is shown
	own    *Record
	remote []remote // what other nodes say; at most one per node
	away   bool     // no session is here, and none was within the grace
}

type remote struct {
	part      *part
	record    Record
	confirmed uint32 // part.telling, when it was last told
}

// part is what another node has in a room.
type part struct {
	node    string
	digest  Digest
	telling uint32 // counts Begin
}

// enter locks r.mu, once the room has heard from the other nodes. Those who have waited
// for that are let in together: nobody is written to before the last of them is in (see claim), or
// the first snapshots would lack whoever waited beside their readers.
func (r *room) enter() {
	r.mu.Lock()
	if r.heard() {
		return
	}
	r.waiting++
	r.mu.Unlock()
	<-r.loaded
	r.mu.Lock()
	if r.waiting--; r.waiting == 0 {
		r.wakeAll()
	}
}

// heard reports whether the room has heard from the other nodes, if there are any.
func (r *room) heard() bool {
	select {
	case <-r.loaded:
		return true
	default:
		return r.loaded == nil
	}
}

// tell tells the others what this node has of m, if that is news. Since it
// repeats what is shown, whichever node it came from, it stays so when that
// node's record goes.
func (r *room) tell(m *member) {
	if m.mesh == nil {
		return
	}
	if m.mesh.away {
		m.mesh.away = false
		r.away--
	}
	u, _ := r.roster.Get(m.id)
	u.Status = m.ownStatus()
	rec := Record{User: u, Stamp: m.mesh.stamp}
	if old := m.mesh.own; old != nil && *old == rec {
		return
	}
	r.digest.swap(m.mesh.own, &rec)
	m.mesh.own = &rec
	r.hub.config.Mesh.Tell(r.name, Change{Kind: Here, Record: rec})
}

// touch notes that the name or the note of m was changed here, after all that
// this node knows of.
func (m *member) touch() {
	if m.mesh != nil {
		m.mesh.stamp++
	}
}

// tellLeft has the other nodes end their sessions of m.
func (r *room) tellLeft(m *member) {
	if m.mesh != nil {
		r.hub.config.Mesh.Tell(r.name, Change{Kind: Left, ID: m.id})
	}
}

// gone takes this node's sessions of m, which are over, out of what is told
// and shown.
func (r *room) gone(m *member, reason shared.Reason) {
	if m.mesh == nil {
		r.depart(m, reason)
		return
	}
	r.digest.swap(m.mesh.own, nil)
	m.mesh.own = nil
	r.hub.config.Mesh.Tell(r.name, Change{Kind: Gone, ID: m.id, Reason: reason})
	if len(m.mesh.remote) == 0 {
		r.depart(m, reason)
		return
	}
	m.stop()
	shown, _ := r.roster.Get(m.id)
	m.name, m.note, m.fading = shown.Name, shown.Note, ""
	m.seen = time.Time{}
	m.mesh.away = true
	r.away++
	r.merge(m)
}

// PartOf returns what another node has in a room, as far as this one has been told.
func (h *Hub) PartOf(name, node string) (part []Record) {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.parts[node]
	if p == nil {
		return nil
	}
	for _, m := range r.members {
		if i := m.mesh.by(p); i >= 0 {
			part = append(part, m.mesh.remote[i].record)
		}
	}
	return part
}

// Own calls do with this node's part of a room, under the room's lock: nothing
// is told of it meanwhile, nor, if nobody of this node is in the room, before
// do has returned. each calls its argument for each record.
func (h *Hub) Own(name string, do func(d Digest, each func(func(Record)))) {
	h.mu.Lock()
	r := h.rooms[name]
	if r == nil {
		defer h.mu.Unlock()
		do(Digest{}, func(func(Record)) {})
		return
	}
	r.mu.Lock()
	h.mu.Unlock()
	defer r.mu.Unlock()
	do(r.digest, func(take func(Record)) {
		for _, m := range r.members {
			if m.mesh.own != nil {
				take(*m.mesh.own)
			}
		}
	})
}
