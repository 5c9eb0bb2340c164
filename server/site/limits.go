package site

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rollcall/shared"
)

// Limits is how much one address may have, and one session. A field that is 0
// sets no limit.
type Limits struct {
	Connections int            // at a time, of one address: open ones of any kind and sessions
	Joins       int            // sessions that an address may begin a second, on average; as many at once as Connections
	Rooms       int            // that the sessions of one address are in
	Messages    int            // of one session a second, on average; five times as many at once
	Exempt      []netip.Prefix // whose addresses have no limits
}

// maxHolders bounds the addresses that are told apart. Those that come when there
// are as many share the limits of one.
const maxHolders = 100_000

// limits counts what addresses hold. An address of version 6 counts with all of its
// /64, which is what one customer has.
type limits struct {
	Limits

	mu      sync.Mutex // guards the rest
	holders map[netip.Prefix]*holder
	swept   time.Time
}

// holder is what an address holds.
type holder struct {
	open     int // connections that are no sessions
	sessions int
	joins    *rate.Limiter
	rooms    map[string]int // sessions, by room
}

func newLimits(c Limits) *limits {
	return &limits{Limits: c, holders: make(map[netip.Prefix]*holder)}
}

// opened notes a new connection and reports whether the address may have it.
// Either way it is to be noted when it is closed, or becomes a session.
func (l *limits) opened(addr netip.Addr) bool {
	if l.free(addr) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.open++
	return l.Connections == 0 || h.open+h.sessions <= l.Connections
}

// closed takes back what opened noted. Where an address shared a holder meanwhile,
// and does no more, it may have nothing to take back.
func (l *limits) closed(addr netip.Addr) {
	if l.free(addr) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.open = max(0, h.open-1)
	l.drop(addr, h)
}

// enter notes a session that is about to begin. The error, a shared.Error, says
// why the address may not have it. What entered has to leave.
func (l *limits) enter(addr netip.Addr, room string) error {
	if l.free(addr) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	switch {
	case l.Connections > 0 && h.sessions >= l.Connections:
		return shared.Errorf(shared.CodeServerFull, "your address has as many connections as it may")
	case l.Rooms > 0 && h.rooms[room] == 0 && len(h.rooms) >= l.Rooms:
		return shared.Errorf(shared.CodeServerFull, "your address is in as many rooms as it may be")
	case l.Joins > 0 && !h.joins.Allow():
		why := shared.Errorf(shared.CodeTooOften, "your address has begun too many connections")
		why.RetryAfterMS = (time.Second / time.Duration(l.Joins)).Milliseconds() + 1
		return why
	}
	h.sessions++
	h.rooms[room]++
	return nil
}

func (l *limits) leave(addr netip.Addr, room string) {
	if l.free(addr) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.sessions = max(0, h.sessions-1)
	if h.rooms[room]--; h.rooms[room] <= 0 {
		delete(h.rooms, room)
	}
	l.drop(addr, h)
}

// free reports whether an address has no limits. What is no address, as of a
// socket of this machine, has none.
func (l *limits) free(addr netip.Addr) bool {
	return !addr.IsValid() || slices.ContainsFunc(l.Exempt, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// holder returns what counts for an address. Guarded by mu.
func (l *limits) holder(addr netip.Addr) *holder {
	key := keyOf(addr)
	if h := l.holders[key]; h != nil {
		return h
	}
	if len(l.holders) >= maxHolders {
		l.sweep()
	}
	if len(l.holders) >= maxHolders {
		key = netip.Prefix{}
		if h := l.holders[key]; h != nil {
			return h
		}
	}
	h := &holder{rooms: make(map[string]int), joins: rate.NewLimiter(rate.Limit(l.Joins), max(l.Connections, l.Joins))}
	l.holders[key] = h
	return h
}

func keyOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // of a valid address it is one
	return p
}

// drop forgets a holder that holds nothing and may begin as much as a new one.
func (l *limits) drop(addr netip.Addr, h *holder) {
	if h.idle() {
		delete(l.holders, keyOf(addr))
	}
}

func (h *holder) idle() bool {
	return h.open == 0 && h.sessions == 0 && h.joins.Tokens() >= float64(h.joins.Burst())
}

// sweep drops all that could be, once a second at most.
func (l *limits) sweep() {
	if time.Since(l.swept) < time.Second {
		return
	}
	l.swept = time.Now()
	for key, h := range l.holders {
		if h.idle() {
			delete(l.holders, key)
		}
	}
}

// pace is how fast a session is read.
func (l *limits) pace() *rate.Limiter {
	if l.Messages == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(l.Messages), 5*l.Messages)
}

// refuseLimit answers a handshake that an address may not have.
func refuseLimit(w http.ResponseWriter, err error) {
	w.Header().Set("Retry-After", "1")
	refuse(w, http.StatusTooManyRequests, err)
}
