package hub

import (
	"cmp"
	"crypto/rand"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/shared"
)

// Peer is the far end of a session, as far as the hub needs one.
type Peer interface {
	// Write sends one text message made of the given parts, in order. It may
	// block until the transport has taken the message, and keeps no part. It is
	// never called twice at a time.
	Write(parts [][]byte) error
	// Close ends the connection with a code and a reason, without waiting for
	// the peer, and makes a blocked Write return. Only the first call counts.
	Close(code shared.CloseCode, reason string)
}

// Config is what an operator may set. Zero fields take the defaults below.
type Config struct {
	// Grace is how long a member who lost the last connection is still shown.
	Grace time.Duration
	// MaxRooms bounds the rooms in use at a time; a session for one more is
	// refused with server_full.
	MaxRooms int
	// MaxSessions bounds the connections of all rooms together, likewise.
	MaxSessions int
	// MaxRoomSessions bounds the connections of one room, and its members; one
	// more is refused with room_full.
	MaxRoomSessions int
	// JoinWithin is how long a session may take to its got_a_new_user.
	JoinWithin time.Duration
	// MaxFrame bounds a message of a client, in bytes.
	MaxFrame int
	// LogBytes bounds the diffs that a room keeps for slow and returning
	// clients; who needs older ones gets a snapshot. A room keeps no more than
	// its roster is long, and at most twice this for a moment. It is taken to be
	// at least MinLogBytes and at most MaxLogBytes.
	LogBytes int
	// Mesh is told what other nodes want to know; nil where there are none.
	Mesh *Mesh
	// Log receives the stack of what crashed.
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
	MaxLogBytes = shared.MaxServerFrame/2 - 64<<10 // so that any stretch of a log fits a frame
)

// maxMemberSessions bounds the sessions of one member: no person has more tabs open in a room.
const maxMemberSessions = 64

// Hub is all rooms of one server. Its methods are safe for concurrent use.
type Hub struct {
	config  Config
	workers int            // how many goroutines may write in one room
	running sync.WaitGroup // the goroutines that write

	sessions atomic.Int64 // grows under mu, shrinks at any time
	slow     atomic.Int64 // sessions that are written to alone
	stats    *stats

	mu       sync.Mutex
	rooms    map[string]*room
	looked   int  // rooms that Look has made, until they are carried for it no more
	draining bool // see Drain
	closed   bool
}

// New makes a hub without rooms.
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
	return &Hub{config: c, workers: runtime.GOMAXPROCS(0), rooms: make(map[string]*room), stats: newStats()}
}

// newEpoch names one life of a room: no two are named alike.
func newEpoch() string { return rand.Text()[:16] }

// MaxFrame is Config.MaxFrame.
func (h *Hub) MaxFrame() int { return h.config.MaxFrame }

// Identity is who a peer is known to be before it says so.
type Identity struct {
	ID   string // of the member, whatever the peer's key
	Name string // the only one that the member has; "" to let the peer choose
}

// Connect makes a session for a peer that wants to join a room, and the room
// if it is the first. The peer has Config.JoinWithin to send its
// got_a_new_user. An error is a shared.Error: bad_room, room_full, server_full
// or stopping.
func (h *Hub) Connect(name string, p Peer) (*Session, error) { return h.ConnectAs(name, p, nil) }

// ConnectAs is Connect for a peer who is known; nil stands for one who is not.
func (h *Hub) ConnectAs(name string, p Peer, known *Identity) (*Session, error) {
	s, err := h.connect(name, p, known)
	if err != nil {
		h.stats.failed(err.(shared.Error).Code)
	}
	return s, err
}

func (h *Hub) connect(name string, p Peer, known *Identity) (*Session, error) {
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
	s, err := r.connect(p, known)
	if err == nil {
		h.sessions.Add(1)
	}
	return s, err
}

// Sessions is the number of connections, of all rooms together.
func (h *Hub) Sessions() int { return int(h.sessions.Load()) }

// View is what is known of a room at a revision.
type View struct {
	Epoch string
	Rev   uint64
	Count int           // members in the room
	Users []shared.User // the first of them, by arrival
}

// View returns the room with its first `most` members. A room that nobody is
// in has no epoch and is not made.
func (h *Hub) View(name string, most int) View {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return View{}
	}
	return r.view(most)
}

// Close tells every session that the server is going away and ends it, refuses
// new ones, and returns when nothing of the hub runs any more: at most a
// little over shared.StuckWriteAfter.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	rooms := slices.Collect(maps.Values(h.rooms))
	clear(h.rooms)
	h.mu.Unlock()
	for _, r := range rooms {
		r.close(shared.Errorf(shared.CodeStopping, "the server is going away"))
	}
	h.running.Wait()
}

// drop forgets r if it is still empty.
func (h *Hub) drop(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.empty() {
		return
	}
	r.closed = true
	if h.config.Mesh != nil {
		h.config.Mesh.Closed(r.name)
	}
	if r.beat != nil {
		r.beat.Stop()
	}
	delete(h.rooms, r.name)
}
