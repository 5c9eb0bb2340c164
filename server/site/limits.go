package site

import (
	"net/netip"
	"sync"
	"time"

	"rollcall/shared"
)

// Limits bounds what one address may have, and one session. A field that is 0 sets no
// limit.
type Limits struct {
	Connections int            // at a time of one address: sessions, and open connections of any kind
	Joins       int            // sessions that an address may begin a second, on average; at once, as many as Connections
	Rooms       int            // rooms in which one address has sessions
	Share       int            // sessions of one address in one room
	Messages    int            // events of one session a second, on average; at once, five times as many
	Exempt      []netip.Prefix // networks whose addresses have no limits; sessions still have Messages
}

// maxHolders bounds the addresses that are counted apart. Once there are as many, all
// further ones share the limits of one.
const maxHolders = 100_000

// limits counts what addresses hold. An IPv6 address counts as its /64, which is what one
// customer has. Its methods are safe for concurrent use.
type limits struct {
	Limits
	proxies []netip.Prefix // see Config.TrustedProxy

	mu      sync.Mutex // guards the rest
	holders map[netip.Prefix]*holder
	swept   time.Time
}

// holder counts what an address holds.
type holder struct {
	open     int // connections that are not sessions
	sessions int
	rooms    map[string]int // sessions, by room
	joins    bucket         // sessions that began
	refusals bucket         // handshakes that were refused
}

func newLimits(c Limits, proxies ...netip.Prefix) *limits {
	return &limits{Limits: c, proxies: proxies, holders: make(map[netip.Prefix]*holder)}
}

// opened counts a new connection and reports whether the address may have it. In either
// case closed must be called when the connection is closed, or becomes a session.
func (l *limits) opened(addr netip.Addr) bool {
	if l.exempt(addr) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.open++
	return l.Connections == 0 || h.open+h.sessions <= l.Connections
}

// closed undoes opened. If the address shared a holder when the connection was opened and
// has its own now, there may be nothing to undo.
func (l *limits) closed(addr netip.Addr) {
	if l.exempt(addr) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.open = max(0, h.open-1)
	l.forget(addr, h)
}

// enter counts a session that is about to begin. If the address may not have it, the
// error is a shared.Error, and nothing is counted. Otherwise leave must be called when the
// connection is gone, and deny before that if no session begins after all.
func (l *limits) enter(addr netip.Addr, room string) error {
	if l.exempt(addr) {
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
	case l.Share > 0 && h.rooms[room] >= l.Share:
		return shared.Errorf(shared.CodeRoomFull, "your address has as many connections to this room as it may")
	case !h.joins.allow(l.Joins, l.burst()):
		why := shared.Errorf(shared.CodeTooOften, "your address has begun too many connections")
		why.RetryAfterMS = (time.Second / time.Duration(l.Joins)).Milliseconds() + 1
		return why
	}
	h.sessions++
	h.rooms[room]++
	return nil
}

// deny gives back the place in the room of a session that does not begin after all, and
// counts a refusal instead of a join. The connection counts until leave.
func (l *limits) deny(addr netip.Addr, room string) {
	if l.exempt(addr) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.leaveRoom(room)
	h.joins.refund()
	h.refusals.allow(l.Joins, l.burst())
}

// refused counts a handshake that is refused, and reports whether there were so many that
// the answer should give no other reason. Refusals are counted apart from joins, because
// a foreign page can make a browser ask for them, which must keep nobody from joining.
func (l *limits) refused(addr netip.Addr) (often bool) {
	if l.exempt(addr) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.holder(addr).refusals.allow(l.Joins, l.burst())
}

// leave undoes enter when the connection of a session is gone. The room is "" after deny.
func (l *limits) leave(addr netip.Addr, room string) {
	if l.exempt(addr) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holder(addr)
	h.sessions = max(0, h.sessions-1)
	h.leaveRoom(room)
	l.forget(addr, h)
}

// leaveRoom uncounts a session in a room.
func (h *holder) leaveRoom(room string) {
	if h.rooms[room]--; h.rooms[room] <= 0 {
		delete(h.rooms, room)
	}
}

// burst returns how many sessions an address may begin at once.
func (l *limits) burst() int { return max(l.Connections, l.Joins) }

// exempt reports whether an address has no limits. An invalid address, as of a Unix
// socket, has none. A trusted proxy always has limits: its address stands for all clients
// that it does not name.
func (l *limits) exempt(addr netip.Addr) bool {
	return !addr.IsValid() || contains(l.Exempt, addr) && !contains(l.proxies, addr)
}

// holder returns the holder of an address, a new one if it has none. Guarded by mu.
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
	h := &holder{rooms: make(map[string]int)}
	l.holders[key] = h
	return h
}

// keyOf returns the network that a valid address is counted as.
func keyOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails only for an invalid address
	return p
}

// forget removes the holder of an address if it is idle. Guarded by mu.
func (l *limits) forget(addr netip.Addr, h *holder) {
	if l.idle(h) {
		delete(l.holders, keyOf(addr))
	}
}

// idle reports whether h is equal to a new holder. Guarded by mu.
func (l *limits) idle(h *holder) bool {
	full := float64(l.burst())
	return h.open == 0 && h.sessions == 0 && h.joins.available(l.Joins, l.burst()) == full && h.refusals.available(l.Joins, l.burst()) == full
}

// sweep removes all idle holders, at most once a second. Guarded by mu.
func (l *limits) sweep() {
	if time.Since(l.swept) < time.Second {
		return
	}
	l.swept = time.Now()
	for key, h := range l.holders {
		if l.idle(h) {
			delete(l.holders, key)
		}
	}
}
