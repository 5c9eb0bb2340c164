package hub

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"rollcall/shared"
)

// MaxRemembered is the maximum number of rooms of which a hub with Config.RememberRooms
// remembers what they say of themselves while nobody is there.
const MaxRemembered = 100_000

// MaxRememberedHosts is how many of them may have hosts. Anybody may claim rooms, which must
// not leave those without a place that who runs the server says something of.
const MaxRememberedHosts = MaxRemembered / 2

// sweepHostsEvery is how often rooms may be looked through for hosts that have ended.
const sweepHostsEvery = time.Minute

// ErrTooManyRooms is the error of SetRoomInfo for a room that is not in use, if as many as
// MaxRemembered are remembered.
var ErrTooManyRooms = errors.New("hub: there are as many rooms as are remembered")

// remembered holds what rooms last said of themselves, whether they are in use or not. Its
// lock is taken last.
type remembered struct {
	mu     sync.Mutex
	rooms  map[string]Kept // never a zero one
	hosted int             // those with a Hosting
	swept  time.Time       // when rooms were last looked through for hosts that have ended
}

func (m *remembered) get(room string) Kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rooms[room].at(time.Now())
}

// set remembers k for a room, and reports whether there is space for it.
func (m *remembered) set(room string, k Kept) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, known := m.rooms[room]
	more := hosted(k) - hosted(before)
	switch {
	case !known && k != Kept{} && len(m.rooms) >= MaxRemembered:
		return false
	case more > 0 && m.hosted >= MaxRememberedHosts && !m.sweep():
		return false
	}
	m.put(room, k)
	return true
}

// put replaces what is remembered of a room. mu is held.
func (m *remembered) put(room string, k Kept) {
	m.hosted += hosted(k) - hosted(m.rooms[room])
	if k == (Kept{}) {
		delete(m.rooms, room)
		return
	}
	if m.rooms == nil {
		m.rooms = make(map[string]Kept)
	}
	m.rooms[room] = k
}

// sweep forgets hosts that have ended, at most once a minute, and reports whether there is
// space for others then. mu is held.
func (m *remembered) sweep() bool {
	if now := time.Now(); now.Sub(m.swept) >= sweepHostsEvery {
		m.swept = now
		for room, k := range m.rooms {
			m.put(room, k.at(now))
		}
	}
	return m.hosted < MaxRememberedHosts
}

// hosted returns 1 for a room that somebody hosts, and otherwise 0.
func hosted(k Kept) int {
	if k.Hosting.said() != (Hosting{}) {
		return 1
	}
	return 0
}

// Remembered returns what a room last said of itself, as far as it is remembered.
func (h *Hub) Remembered(room string) shared.RoomInfo { return h.remembered.get(room).Info }

// Kept returns what is to be kept of a room, as far as the hub remembers it.
func (h *Hub) Kept(room string) Kept { return h.remembered.get(room) }

// RememberedRooms returns the names of the rooms of which something is remembered.
func (h *Hub) RememberedRooms() []string {
	m := &h.remembered
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.rooms))
}

// RestoreRoom has a room say of itself, and be hosted by, what FactRoomInfo once told of, when
// it is next in use. Of one that is in use the nodes know better. It is for a hub with
// Config.RememberRooms. The error says what is not valid, or is ErrTooManyRooms.
func (h *Hub) RestoreRoom(name string, k Kept) error {
	if err := cmp.Or(shared.CheckRoom(name), k.Check()); err != nil {
		return err
	}
	if k.Hosting.Left == 0 && hosted(k) > 0 { // a host was there at the end
		k.Hosting.Left = time.Now().UnixMilli()
	}
	k = k.at(time.Now())
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[name] == nil && !h.remembered.set(name, k) {
		return ErrTooManyRooms
	}
	return nil
}

// recall has a room that is new in use say of itself what is remembered. It takes the room's
// lock: a goroutine that writes begins here.
func (r *room) recall() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.hub.remembered.get(r.name); k != (Kept{}) {
		rec := r.hub.record(k.Info, recalledStamp)
		rec.Hosting = k.Hosting
		r.setInfo(rec, "")
	}
}

// record returns the record of info as this node sets it.
func (h *Hub) record(info shared.RoomInfo, stamp uint64) RoomRecord {
	rec := RoomRecord{Info: info, Stamp: stamp}
	if h.config.Mesh != nil {
		rec.Node = h.config.Mesh.Node
	}
	return rec
}

// changeRemembered is changeKept for a room that is not in use.
func (h *Hub) changeRemembered(name string, change func(Kept) Kept, by string) (info shared.RoomInfo, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.config.RememberRooms || h.rooms[name] != nil { // somebody has come at this moment
		return info, ErrNotInUse
	}
	before := h.remembered.get(name)
	after := change(before).at(time.Now())
	switch {
	case after == before:
	case !h.remembered.set(name, after):
		return before.Info, ErrTooManyRooms
	default:
		h.facts.add(Fact{Kind: FactRoomInfo, Room: name, Info: after.Info, Hosting: after.Hosting, By: by})
	}
	return after.Info, nil
}
