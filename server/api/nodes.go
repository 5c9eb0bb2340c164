package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// Nodes is how the other nodes that share the rooms are asked.
type Nodes struct {
	// Ask sends a query to all others, calls take with each answer, and returns the names
	// of those that did not answer, or whose answer take has refused. An error says that
	// this node does not know the others yet.
	Ask func(ctx context.Context, query []byte, take func(answer []byte) error) (missing []string, err error)
	// Missing returns the names of those whose members of a room are missing here.
	Missing func(room string) (missing []string, err error)
}

// query is what a node asks the others. A node of another version may read it: it ignores
// fields that it does not know, and does not answer a query of an unknown kind.
type query struct {
	Kind   string `json:"kind"`
	Prefix string `json:"prefix,omitempty"` // of the names of the rooms, with queryRooms
	Room   string `json:"room,omitempty"`   // with queryRoom
	Member string `json:"member,omitempty"` // with queryMember
	After  string `json:"after,omitempty"`  // only rooms whose names come after this
	Limit  int    `json:"limit,omitempty"`  // the maximum number of rooms
}

// The kinds of queries.
const (
	queryRooms  = "rooms"  // the rooms that somebody is in
	queryRoom   = "room"   // one room
	queryMember = "member" // the rooms that a member is in
)

// part is the answer of one node. The numbers of members are those of all nodes, as far as
// this one knows; the numbers of sessions and watchers are its own.
type part struct {
	Rooms  []api.Room  `json:"rooms,omitempty"`
	Places []api.Place `json:"places,omitempty"`
	More   bool        `json:"more,omitempty"` // there are more after the last
}

// Answer returns the answer to a query of another node, in at most most bytes. It returns
// nil if the query is not valid or of an unknown kind.
func (a *API) Answer(text []byte, most int) []byte {
	if told := a.events.Answer(text, most); told != nil {
		return told
	}
	var q query
	if json.Unmarshal(text, &q) != nil {
		return nil
	}
	q.Limit = min(max(q.Limit, 1), api.MaxLimit)
	p, ok := a.own(q)
	for ok {
		answer, err := json.Marshal(p)
		switch {
		case err != nil || len(p.Rooms)+len(p.Places) == 0 && len(answer) > most:
			return nil
		case len(answer) <= most:
			return answer
		}
		p.Rooms, p.Places, p.More = p.Rooms[:len(p.Rooms)/2], p.Places[:len(p.Places)/2], true
	}
	return nil
}

// own returns the answer of this node, or false if it does not know the kind of q.
func (a *API) own(q query) (p part, ok bool) {
	switch q.Kind {
	case queryMember:
		places, more := a.hub.RoomsOf(q.Member, q.After, q.Limit)
		for _, at := range places {
			p.Places = append(p.Places, api.Place(at))
		}
		p.More = more
	case queryRoom:
		p.Rooms = []api.Room{roomOf(a.hub.Room(q.Room))}
	case queryRooms:
		rooms, more := a.hub.List(q.Prefix, q.After, q.Limit)
		for _, o := range rooms {
			p.Rooms = append(p.Rooms, roomOf(o))
		}
		p.More = more
	default:
		return p, false
	}
	return p, true
}

func roomOf(o hub.Occupied) api.Room {
	return api.Room{Room: o.Room, RoomInfo: o.Info, Members: o.Members, Sessions: o.Sessions, Watchers: o.Watchers, Since: o.Since}
}

// gather combines the answers of all nodes, and returns the names of those that are
// missing.
func (a *API) gather(ctx context.Context, q query) (part, api.Incomplete, error) {
	all := gathered{rooms: make(map[string]api.Room), places: make(map[string]api.Place)}
	own, _ := a.own(q)
	all.add(own)
	missing := []string{}
	if a.config.Nodes != nil {
		text, err := json.Marshal(q)
		if err != nil {
			return part{}, api.Incomplete{}, err
		}
		others, err := a.config.Nodes.Ask(ctx, text, func(answer []byte) error {
			var p part
			if err := json.Unmarshal(answer, &p); err != nil {
				return err
			}
			if err := p.check(q); err != nil {
				return err
			}
			all.add(p)
			return nil
		})
		if err != nil {
			return part{}, api.Incomplete{}, starting()
		}
		missing = append(missing, others...)
	}
	return all.first(q.Limit), api.Incomplete{MissingNodes: missing}, nil
}

// check returns an error if p, which another node sent, is not a possible answer to q.
func (p part) check(q query) error {
	wrong := errors.New("no answer to this")
	before := q.After
	for _, r := range p.Rooms {
		if shared.CheckRoom(r.Room) != nil || shared.CheckRoomInfo(r.RoomInfo) != nil || min(r.Members, r.Sessions, r.Watchers) < 0 || r.Since < 0 || q.Kind == queryMember ||
			r.Room <= before || !strings.HasPrefix(r.Room, q.Prefix) || q.Kind == queryRoom && r.Room != q.Room {
			return wrong
		}
		before = r.Room
	}
	before = q.After
	for _, at := range p.Places {
		if shared.CheckRoom(at.Room) != nil || shared.CheckUser(at.Member) != nil || at.Member.ID != q.Member || at.Room <= before {
			return wrong
		}
		before = at.Room
	}
	if p.More && len(p.Rooms)+len(p.Places) == 0 {
		return wrong
	}
	return nil
}

// gathered combines the answers of several nodes.
type gathered struct {
	rooms  map[string]api.Room
	places map[string]api.Place
	last   string // rooms after it must be left out, since a node may have others before them; "" if there is no such bound
	more   bool
}

// add adds the answer of a node. Two nodes with clients in a room both know all its members,
// so their numbers are not added up; the larger one is taken.
func (g *gathered) add(p part) {
	last := ""
	for _, r := range p.Rooms {
		last = r.Room
		if known, ok := g.rooms[r.Room]; ok {
			if r.RoomInfo == (shared.RoomInfo{}) {
				r.RoomInfo = known.RoomInfo // of a node that knows the room
			}
			r.Members = max(r.Members, known.Members)
			r.Sessions += known.Sessions
			r.Watchers += known.Watchers
			r.Since = earlier(r.Since, known.Since)
		}
		g.rooms[r.Room] = r
	}
	for _, at := range p.Places {
		last = at.Room
		if _, ok := g.places[at.Room]; !ok {
			g.places[at.Room] = at
		}
	}
	if p.More {
		g.more = true
		if g.last == "" || last < g.last {
			g.last = last
		}
	}
}

// earlier returns the earlier of two times, of which 0 is none.
func earlier(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// first returns the first rooms, by name.
func (g *gathered) first(limit int) (p part) {
	p.More = g.more
	p.Rooms = firstOf(g.rooms, g.last, limit, &p.More)
	p.Places = firstOf(g.places, g.last, limit, &p.More)
	return p
}

// firstOf returns the first values of m by key, up to the key last, and sets more if it
// leaves one out.
func firstOf[T any](m map[string]T, last string, limit int, more *bool) (first []T) {
	names := make([]string, 0, len(m))
	for name := range m {
		if last == "" || name <= last {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if limit > 0 && len(names) > limit {
		names, *more = names[:limit], true
	}
	for _, name := range names {
		first = append(first, m[name])
	}
	return first
}
