package hub

import (
	"cmp"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// Peer is the remote end of a session. The transport implements it.
type Peer interface {
	// Write sends one text message that consists of the given parts, in order. It may
	// block until the transport has accepted the message. It must not keep or change
	// the parts. It is never called concurrently.
	Write(parts [][]byte) error
	// Close closes the connection with a code and a reason, without waiting for the
	// peer, and makes a blocked Write return. Only the first call has an effect.
	Close(code shared.CloseCode, reason string)
}

// Config is the configuration of a Hub. Zero fields take the defaults below.
type Config struct {
	// Grace is how long a member is still shown after losing the last connection.
	Grace time.Duration
	// MaxRooms is the maximum number of rooms in use. A session that needs one more is
	// refused with server_full.
	MaxRooms int
	// MaxSessions is the maximum number of connections in all rooms together. One more
	// is refused with server_full.
	MaxSessions int
	// MaxRoomSessions is the maximum number of joined connections in one room, of its
	// members, and of its watchers. One more is refused with room_full. As many again,
	// but at least 64, may be connected without having joined or watched yet: one more
	// evicts one of those, chosen at random.
	MaxRoomSessions int
	// JoinWithin is how long a session may take to send its got_a_new_user or watch.
	JoinWithin time.Duration
	// MaxFrame is the maximum size of a client's message, in bytes.
	MaxFrame int
	// LogBytes is how many bytes of diffs a room keeps for slow and returning clients.
	// A client that needs older ones gets a snapshot. A room keeps no more than the
	// size of its roster, and for a moment up to twice that. The value is raised to
	// MinLogBytes or lowered to MaxLogBytes.
	LogBytes int
	// RememberRooms has the hub remember what rooms say of themselves while nobody is
	// there. An observer can keep it for longer than the hub; see RestoreRoom.
	RememberRooms bool
	// Mesh connects the hub to other nodes; nil for a server alone.
	Mesh *Mesh
	// Log receives panics with their stacks; nil discards them.
	Log *slog.Logger
}

// The defaults of Config.
const (
	DefaultMaxRooms        = 100_000
	DefaultMaxSessions     = 1_000_000
	DefaultMaxRoomSessions = 100_000
	DefaultLogBytes        = 256 << 10
)

// The bounds of Config.LogBytes.
const (
	MinLogBytes = 1 << 10                          // a handful of diffs
	MaxLogBytes = shared.MaxServerFrame/2 - 64<<10 // so that any part of a log fits into one frame
)

// maxMemberSessions is the maximum number of sessions of one member: more tabs than
// anybody has open in one room.
const maxMemberSessions = 64

// Hub holds all rooms of one server. Its methods are safe for concurrent use.
type Hub struct {
	config  Config
	workers int            // maximum number of goroutines that write in one room, slow sessions aside
	running sync.WaitGroup // goroutines that write to peers

	sessions atomic.Int64 // grows under mu, shrinks at any time
	slow     atomic.Int64 // slow sessions, each of which has a writer of its own
	stats    *stats.Recorder
	facts    facts
	occupied index // the rooms that have members
	bans     bans

	remembered remembered

	mu        sync.Mutex
	rooms     map[string]*room
	preloaded int  // rooms that are kept for Preload
	draining  bool // see Drain
	closed    bool

	suggestions []suggestion // by age; see SuggestTitle
}

// New returns a hub without rooms.
func New(c Config) *Hub {
	c.Grace = cmp.Or(c.Grace, shared.DefaultGrace)
	c.MaxRooms = cmp.Or(c.MaxRooms, DefaultMaxRooms)
	c.MaxSessions = cmp.Or(c.MaxSessions, DefaultMaxSessions)
	c.MaxRoomSessions = cmp.Or(c.MaxRoomSessions, DefaultMaxRoomSessions)
	c.JoinWithin = cmp.Or(c.JoinWithin, shared.JoinWithin)
	c.MaxFrame = cmp.Or(c.MaxFrame, shared.MaxClientFrame)
	c.LogBytes = min(max(MinLogBytes, cmp.Or(c.LogBytes, DefaultLogBytes)), MaxLogBytes)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{config: c, workers: runtime.GOMAXPROCS(0), rooms: make(map[string]*room), stats: stats.NewRecorder()}
	h.bans.hub = h
	return h
}

// newEpoch returns a random name for one lifetime of a room.
func newEpoch() string { return rand.Text()[:16] }

// MaxFrame returns Config.MaxFrame.
func (h *Hub) MaxFrame() int { return h.config.MaxFrame }

// Identity is what a sign-in has proved about a peer.
type Identity struct {
	ID   string // the member id, which replaces the one made from the peer's key
	Name string // the name, which the peer can't change; "" lets the peer choose
	Role shared.Role
	Info shared.Info
}

// Connect makes a session for a peer that wants to join or watch a room. It makes the
// room if that is not in use. The peer must send got_a_new_user or watch within
// Config.JoinWithin. An error is a shared.Error with the code bad_room, room_full,
// server_full, stopping or internal.
func (h *Hub) Connect(name string, p Peer) (*Session, error) { return h.ConnectAs(name, p, nil) }

// ConnectAs is Connect for a peer that has signed in. A nil identity is a peer that has
// not.
func (h *Hub) ConnectAs(name string, p Peer, known *Identity) (*Session, error) {
	return h.ConnectFrom(name, p, known, netip.Addr{})
}

// ConnectFrom is ConnectAs for a peer at an address, which a Ban with Address may keep out.
// It is told to nobody. The zero Addr is not known.
func (h *Hub) ConnectFrom(name string, p Peer, known *Identity, from netip.Addr) (*Session, error) {
	s, err := h.connect(name, p, known, networkOf(from))
	if err != nil {
		h.stats.Failed(shared.AsError(err).Code)
	}
	return s, err
}

func (h *Hub) connect(name string, p Peer, known *Identity, from netip.Prefix) (*Session, error) {
	if err := shared.CheckRoom(name); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.draining {
		return nil, goingAway(0)
	}
	if h.sessions.Load() >= int64(h.config.MaxSessions) {
		return nil, shared.Errorf(shared.CodeServerFull, "the server has no room for another connection")
	}
	r := h.rooms[name]
	if r == nil {
		if len(h.rooms) >= h.config.MaxRooms {
			return nil, shared.Errorf(shared.CodeServerFull, "the server has no room for another room")
		}
		r = newRoom(h, name)
		h.rooms[name] = r
	}
	s, err := r.connect(p, known, from)
	if err == nil {
		h.sessions.Add(1)
	}
	return s, err
}

// Sessions returns the number of connections in all rooms together.
func (h *Hub) Sessions() int { return int(h.sessions.Load()) }

// View is a room at one revision.
type View struct {
	Epoch string
	Rev   uint64
	Info  shared.RoomInfo
	Count int           // members in the room
	Users []shared.User // the first of them, by arrival
}

// View returns the room with its first most members. For a room that is not in use it
// returns a View of nothing but what is remembered of it, and does not make the room.
func (h *Hub) View(name string, most int) View {
	v, _ := h.Page(name, Position{}, most)
	return v
}

// inUse returns the room with a name, or nil if it is not in use.
func (h *Hub) inUse(name string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rooms[name]
}

// Close tells every session that the server is going away and closes it, and refuses new
// ones. It returns when no goroutine of the hub writes any more, which takes at most a
// little longer than shared.StuckWriteAfter.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	rooms := slices.Collect(maps.Values(h.rooms))
	clear(h.rooms)
	h.mu.Unlock()
	for _, r := range rooms {
		r.mu.Lock()
		if !r.closed {
			r.close(shared.Errorf(shared.CodeStopping, "the server is going away"))
		}
		r.mu.Unlock()
	}
	h.bans.stop()
	h.running.Wait()
	h.facts.end()
}

// drop closes and forgets r if it is still empty.
func (h *Hub) drop(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.empty() {
		return
	}
	r.closed = true
	r.factsOfEnd()
	r.withdrawInfo()
	h.occupied.remove(r)
	for _, t := range []*time.Timer{r.heartbeats, r.hosting.timer} {
		if t != nil {
			t.Stop()
		}
	}
	h.forget(r)
}

// forget removes r, which has been closed, from the hub. h.mu is held.
func (h *Hub) forget(r *room) {
	if h.rooms[r.name] != r {
		return
	}
	delete(h.rooms, r.name)
	if h.config.Mesh != nil {
		h.config.Mesh.Closed(r.name)
	}
}
