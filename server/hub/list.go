package hub

import (
	"cmp"
	"sort"

	"rollcall/shared"
)

// Occupied is a room that somebody is in.
type Occupied struct {
	Room string
	Info shared.RoomInfo
	// Since is when it was last empty, as far as this node knows, in milliseconds since
	// the Unix epoch.
	Since int64
	// Occupancy counts the members of all nodes, and the sessions and watchers of this one.
	shared.Occupancy
}

// Place is a member in a room.
type Place struct {
	Room   string
	Member shared.User
}

// Room returns a room. Of one that nobody is in, Since is 0.
func (h *Hub) Room(name string) Occupied {
	r := h.inUse(name)
	if r == nil {
		return Occupied{Room: name, Info: h.Remembered(name)}
	}
	return r.occupied()
}

// Member returns a member as a room shows them, if they are in it.
func (h *Hub) Member(name, id string) (u shared.User, here bool) {
	r := h.inUse(name)
	if r == nil {
		return u, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return u, false
	}
	return r.roster.Get(id)
}

// List returns the rooms that somebody is in, by name: the first most of those whose names
// begin with prefix and come after the name after. It also reports whether there are more.
func (h *Hub) List(prefix, after string, most int) (rooms []Occupied, more bool) {
	for r := range h.occupied.after(prefix, after) {
		o := r.occupied()
		if o.Members == 0 {
			continue // it has emptied meanwhile
		}
		if len(rooms) == most {
			return rooms, true
		}
		rooms = append(rooms, o)
	}
	return rooms, false
}

// RoomsOf is like List for the rooms that a member is in. It looks into every room.
func (h *Hub) RoomsOf(id, after string, most int) (places []Place, more bool) {
	for r := range h.occupied.after("", after) {
		r.mu.Lock()
		u, ok := r.roster.Get(id)
		r.mu.Unlock()
		if !ok {
			continue
		}
		if len(places) == most {
			return places, true
		}
		places = append(places, Place{Room: r.name, Member: u})
	}
	return places, false
}

// Position is a position in the order of a roster: by arrival, then by id. The zero Position
// is before all members.
type Position struct {
	JoinedAt int64 // milliseconds since the Unix epoch
	ID       string
}

// Page returns a room with the first most members after a position, and reports whether
// there are more. A member who is in the room from the first page to the last is on exactly
// one of them.
func (h *Hub) Page(name string, after Position, most int) (v View, more bool) {
	r := h.inUse(name)
	if r == nil {
		return View{Info: h.Remembered(name)}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return View{Info: h.Remembered(name)}, false
	}
	v = View{Epoch: r.roster.Epoch(), Rev: r.roster.Rev(), Info: r.roster.Info(), Count: r.roster.Len()}
	first := sort.Search(v.Count, func(i int) bool { return after.before(r.roster.At(i)) })
	end := min(first+most, v.Count)
	for i := first; i < end; i++ {
		v.Users = append(v.Users, r.roster.At(i))
	}
	return v, end < v.Count
}

// before reports whether u is after p.
func (p Position) before(u shared.User) bool {
	return cmp.Or(cmp.Compare(p.JoinedAt, u.JoinedAt), cmp.Compare(p.ID, u.ID)) < 0
}

// occupied returns the room as List does.
func (r *room) occupied() Occupied {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := Occupied{Room: r.name}
	if r.closed {
		o.Info = r.hub.Remembered(r.name)
		return o
	}
	o.Info, o.Occupancy = r.roster.Info(), r.occupancy()
	if o.Members > 0 {
		o.Since = min(r.since, r.roster.At(0).JoinedAt)
	}
	return o
}
