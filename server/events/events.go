// Package events makes, of what happens in rooms, the events that are told to programs.
//
// A Log is an observer of a hub: no room waits for it. Each node tells what happened on it,
// with numbers of its own, and keeps its latest events encoded in a ring. Whoever follows is a
// cursor into rings, as a session is one into the log of its room: it costs no queue, and who
// is too slow falls out of the ring and is told so. Where nodes share rooms, each copies the
// rings of the others while it runs, so that any of them tells all events, each node's in
// order.
//
//   - events.go: Log, and how facts become events.
//   - ring.go: the events of one node. follow.go: reading those of all.
//   - pull.go: copying those of other nodes.
package events

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// Config is what a Log needs.
type Config struct {
	Node string // this life of this node, if it shares rooms with others; "" for a random name
	// Ask sends a query to all other nodes; see cluster.Cluster. It is nil for a server alone.
	Ask func(ctx context.Context, query []byte, take func(answer []byte) error) (missing []string, err error)
	// Shared says that there are, or may come, other processes that show the same rooms: a
	// room that ends here does not end for who is in it.
	Shared bool
	Log    *slog.Logger
}

// Log is the events of a hub, and copies of those of other nodes. Its methods are safe for
// concurrent use.
type Log struct {
	config   Config
	node     string
	observer *hub.Observer

	pulling sync.Mutex // held while other nodes are asked

	mu      sync.Mutex
	rooms   map[string]*room
	rings   map[string]*ring // by node
	more    chan struct{}    // closed, and replaced, when a ring has more
	begun   bool             // the first snapshot has begun
	missing []string         // the nodes that did not answer the last time
}

// room is what the facts say of a room.
type room struct {
	members map[string]member
	hash    shared.Hash
}

type member struct {
	shared.User
	attached bool // had a session on this node
}

// Node returns the name of this life of this node.
func (l *Log) Node() string { return l.node }

// Observe begins to tell what happens in h, until h is closed.
func Observe(h *hub.Hub, c Config) *Log {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{
		config: c, node: cmp.Or(c.Node, rand.Text()[:16]),
		rooms: make(map[string]*room), rings: make(map[string]*ring), more: make(chan struct{}),
	}
	l.rings[l.node] = new(ring)
	l.observer = h.Observe("events", l.apply)
	_ = l.observer.Sync(context.Background()) // for the snapshot: who is in it is not told of; an error is that h is closed
	return l
}

// apply turns facts into events. It is what the hub's observer calls.
func (l *Log) apply(facts []hub.Fact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range facts {
		l.fact(f)
	}
	l.wake()
}

// wake tells who follows that there is more. mu is held.
func (l *Log) wake() {
	close(l.more)
	l.more = make(chan struct{})
}

// fact applies one fact to the copy of its room, and tells it if that is for this node to do.
// mu is held.
func (l *Log) fact(f hub.Fact) {
	switch f.Kind {
	case hub.FactGap:
		if l.begun {
			l.tell(api.AttendanceGap, f, "")
		}
		l.begun = true
		clear(l.rooms)
	case hub.FactRoomOpened:
		l.rooms[f.Room] = &room{members: make(map[string]member)}
	case hub.FactRoomClosed:
		delete(l.rooms, f.Room)
	case hub.FactAttached:
		if m, ok := l.rooms[f.Room].members[f.Member.ID]; ok {
			m.attached = true
			l.rooms[f.Room].members[m.ID] = m
		}
	case hub.FactArrived, hub.FactUpdated:
		l.shown(f)
	case hub.FactDeparted:
		l.gone(f)
	}
}

// shown applies that somebody arrived or changed.
func (l *Log) shown(f hub.Fact) {
	r := l.rooms[f.Room]
	m, known := r.members[f.Member.ID]
	if known {
		r.hash ^= shared.HashUser(m.User)
	}
	m.User = f.Member
	r.members[m.ID] = m
	r.hash ^= shared.HashUser(m.User)
	if f.Snapshot || f.Origin != "" && !m.attached {
		return
	}
	stay := StayOf(f.Room, m.User)
	switch {
	case f.Kind == hub.FactUpdated:
		l.tell(api.MemberUpdated, f, fmt.Sprintf("%s-%s-%d", stay, l.node, l.rings[l.node].next()))
	case len(r.members) == 1:
		l.tell(api.RoomOccupied, f, stay+"-occupied")
		fallthrough
	default:
		l.tell(api.MemberJoined, f, stay+"-joined")
	}
}

// gone applies that somebody departed. If they had sessions on several nodes, which may end
// on all at once, each of these tells it. A server that takes over tells it of those who did not
// come back.
func (l *Log) gone(f hub.Fact) {
	r := l.rooms[f.Room]
	m, known := r.members[f.Member.ID]
	if !known {
		return
	}
	delete(r.members, m.ID)
	r.hash ^= shared.HashUser(m.User)
	handedOver := l.config.Shared && l.config.Ask == nil
	if f.RoomEnded && l.config.Shared || f.Origin != "" && !m.attached && !handedOver {
		return
	}
	stay := StayOf(f.Room, m.User)
	l.tell(api.MemberLeft, f, stay+"-left")
	if len(r.members) == 0 {
		l.tell(api.RoomVacated, f, stay+"-vacated")
	}
}

// StayOf returns the id of a stay, which is the same on all nodes.
func StayOf(room string, u shared.User) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", room, u.ID, u.JoinedAt))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// tell appends an event. mu is held.
func (l *Log) tell(kind string, f hub.Fact, id string) {
	own := l.rings[l.node]
	e := api.Event{ID: id, Type: kind, Timestamp: f.Time.UTC().Truncate(time.Millisecond), Node: l.node, Seq: own.next()}
	e.Data.Room = f.Room
	if r := l.rooms[f.Room]; r != nil {
		e.Data.Count, e.Data.Hash = len(r.members), r.hash
	}
	switch kind {
	case api.AttendanceGap:
		e.ID, e.Data.Truth = fmt.Sprintf("%s-%d-gap", l.node, e.Seq), "rooms"
	case api.MemberLeft:
		e.Data.Reason = f.Reason
		if !f.Seen.IsZero() {
			e.Data.LastSeen = f.Seen.UnixMilli()
		}
		fallthrough
	case api.MemberJoined, api.MemberUpdated:
		e.Data.Member = &f.Member
	}
	text, err := json.Marshal(e)
	if err != nil {
		panic("events: an event can't be encoded: " + err.Error())
	}
	own.add(Event{Seq: e.Seq, Node: l.node, Type: kind, Room: f.Room, Text: text})
}

// Close ends the log.
func (l *Log) Close() { l.observer.Close() }
