package hub

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"rollcall/shared"
)

// tick is how often Drain checks which sessions are due.
const tick = 20 * time.Millisecond

// Drain closes all sessions in an orderly way before Close, which must follow. From now
// on new sessions are refused with stopping. Members whose sessions are closed stay
// shown, as if their grace period did not end.
//
// A spread above zero means that there are other nodes to go to: sessions are closed one
// by one, in random order over that time, each with the advice to reconnect at once, and
// Drain returns when all members are back on another node. With a spread of zero all
// sessions are closed now, each with a random time after which to reconnect. Drain also
// returns when ctx ends.
func (h *Hub) Drain(ctx context.Context, spread time.Duration) {
	rooms := h.drainingRooms()
	var sessions []*Session
	for _, r := range rooms {
		r.mu.Lock()
		sessions = slices.Concat(sessions, r.sessions, r.watching.counters, r.pending)
		r.mu.Unlock()
	}
	rand.Shuffle(len(sessions), func(i, j int) { sessions[i], sessions[j] = sessions[j], sessions[i] })
	begin := time.Now()
	for sent := 0; sent < len(sessions); {
		due := len(sessions)
		if passed := time.Since(begin); passed < spread {
			due = int(int64(len(sessions)) * int64(passed) / int64(spread))
		}
		for ; sent < due; sent++ {
			sessions[sent].send(spread > 0)
		}
		if sent < len(sessions) && !wait(ctx) {
			return
		}
	}
	for spread > 0 && slices.ContainsFunc(rooms, (*room).awaited) && wait(ctx) {
	}
}

// drainingRooms refuses new sessions from now on, and returns all rooms.
func (h *Hub) drainingRooms() (rooms []*room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}

// wait waits for one tick. It returns false if ctx has ended.
func wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(tick):
		return true
	}
}

// goingAway returns the error for clients that are to reconnect after the given time.
func goingAway(after time.Duration) shared.Error {
	why := shared.Errorf(shared.CodeStopping, "the server is going away")
	why.RetryAfterMS = max(1, after.Milliseconds())
	return why
}

// send closes the session but keeps its member shown.
func (s *Session) send(atOnce bool) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	var after time.Duration
	if !atOnce {
		after = rand.N(shared.CloseGoingAway.Pause())
	}
	why, m := goingAway(after), s.member
	s.dismiss(&why, shared.ReasonClosed)
	if m != nil && m.graceTimer != nil {
		m.graceTimer.Stop()
		m.graceTimer, m.graceNumber = nil, m.graceNumber+1
	}
}

// awaited reports whether a member whose sessions were closed is not yet on another
// node.
func (r *room) awaited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.members {
		if len(m.sessions) == 0 && len(m.replica.remote) == 0 {
			return true
		}
	}
	return false
}

// Rooms returns the names of the rooms in use.
func (h *Hub) Rooms() []string {
	names, _ := h.listRooms()
	return names
}

// listRooms returns the names of the rooms in use, and the number of the first fact that
// happens later.
func (h *Hub) listRooms() (names []string, until uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.rooms {
		names = append(names, name)
	}
	return names, h.facts.now()
}
