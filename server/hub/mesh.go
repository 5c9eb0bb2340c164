package hub

import (
	"rollcall/shared"
)

// Mesh is how a hub tells other nodes about its rooms. Its functions are called with
// locks of the hub held, in the order in which things happen in a room. They must not
// block and must not call the hub.
type Mesh struct {
	// Node is the name of this node. It decides between records of two nodes that are
	// otherwise equal.
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

// Change is one statement of a node about its own part of a room.
type Change struct {
	Kind   ChangeKind
	Record Record        // with ChangeHere
	ID     string        // of the member, with ChangeGone, ChangeLeft, ChangeKick and ChangeKnockAnswered
	Reason shared.Reason // with ChangeGone, and with ChangeEnd for members without a ChangeHere
	At     int64         // with ChangeGone, ChangeLeft and ChangeKick: when that was, in milliseconds like User.JoinedAt; 0 if it is not known
	Digest Digest        // with ChangeEnd and ChangeProof
	Room   RoomRecord    // with ChangeRoom; zero from a node on which the room is not in use any more
	// By and Why are what the member is told, with ChangeKick.
	By, Why      string               `json:",omitempty"`
	Announcement *shared.Announcement `json:",omitempty"` // with ChangeAnnounce
	Ban          *Ban                 `json:",omitempty"` // with ChangeBan; its Room is not looked at
	Knocks       []shared.Knocker     `json:",omitempty"` // with ChangeKnocks: at most shared.MaxKnocks
	LetIn        bool                 `json:",omitempty"` // with ChangeKnockAnswered
	// Late, with Gone and End, says that this node is only now hearing what others said a
	// while ago: whoever seems to be on none may be on one that is still to be heard. So
	// they are shown until the grace is over.
	Late bool
}

// ChangeKind is the kind of a Change. The numbers never change: see package handover.
type ChangeKind int

// The kinds of changes. The hub itself passes those to Mesh.Tell that no comment says
// are parts of a whole: not ChangeBegin, ChangeEnd and ChangeProof.
const (
	ChangeHere          ChangeKind = iota + 1 // a member has sessions on the node, or its record there has changed
	ChangeGone                                // a member has no session there any more, and the grace period is over
	ChangeLeft                                // a member has left: its sessions until then end on every node
	ChangeBegin                               // all records of the node follow as ChangeHere, up to ChangeEnd
	ChangeEnd                                 // members without a ChangeHere since ChangeBegin are not there, and without a ChangeKnocks nobody knocks
	ChangeProof                               // a digest that the receiver compares with its own
	ChangeRoom                                // what the room says of itself, as the node knows it
	ChangeBan                                 // a ban, of a room that need not be in use; it is no part of a Digest
	ChangeKick                                // a member is kicked: its sessions until then end on every node; like a ban, it is no part of a Digest
	ChangeAnnounce                            // a line for everybody who is in the room or watches its roster
	ChangeKnocks                              // all who knock at the room on the node; it is no part of a Digest
	ChangeKnockAnswered                       // a host has answered whoever knocks with an ID on another node
)

// PartOf returns the records of another node in a room, as this node knows them.
func (h *Hub) PartOf(name, node string) (part []Record) {
	r := h.inUse(name)
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.replica.parts[node]
	if p == nil {
		return nil
	}
	for _, m := range r.members {
		if i := m.replica.by(p); i >= 0 {
			part = append(part, m.replica.remote[i].record)
		}
	}
	return part
}

// Part is a node's own part of a room.
type Part struct {
	Digest Digest
	Room   RoomRecord         // a zero Stamp if nobody has set it
	Knocks []shared.Knocker   // who knocks at the room on the node
	Each   func(func(Record)) // calls its argument for each record
}

// Changes calls tell with the changes that make up the part, without ChangeBegin and
// ChangeEnd. The members come first: whoever of them connects to the receiver before it has
// all of the part must not find the room locked and be a stranger.
func (p Part) Changes(tell func(Change)) {
	p.Each(func(rec Record) { tell(Change{Kind: ChangeHere, Record: rec}) })
	if p.Room.Stamp > 0 {
		tell(Change{Kind: ChangeRoom, Room: p.Room})
	}
	if len(p.Knocks) > 0 {
		tell(Change{Kind: ChangeKnocks, Knocks: p.Knocks})
	}
}

// Own calls do with this node's part of a room. The room's lock is held meanwhile, so
// Mesh.Tell is not called for the room until do has returned.
func (h *Hub) Own(name string, do func(Part)) {
	h.mu.Lock()
	r := h.rooms[name]
	if r == nil {
		defer h.mu.Unlock()
		do(Part{Each: func(func(Record)) {}})
		return
	}
	r.mu.Lock()
	h.mu.Unlock()
	defer r.mu.Unlock()
	do(Part{r.replica.digest, r.info, r.knocks.own(), func(take func(Record)) {
		for _, m := range r.members {
			if m.replica.own != nil {
				take(*m.replica.own)
			}
		}
	}})
}
