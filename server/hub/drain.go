package hub

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"rollcall/shared"
)

// tick is how often Drain looks at whose turn it is.
const tick = 20 * time.Millisecond

// Drain sends everybody elsewhere. From now on new sessions are refused with
// stopping, and the members that are sent are shown on, as if their grace did
// not end. Close must follow.
//
// With a spread there are other nodes to go to: sessions end one by one, in an
// order drawn by lot and over that time, each told to come back at once; and
// Drain returns when all are back on another node. Without one all end now, and
// each is told to come back after a time of its own. It returns when ctx ends,
// in any case.
func (h *Hub) Drain(ctx context.Context, spread time.Duration) {
	rooms := h.drainingRooms()
	var sessions []*Session
	for _, r := range rooms {
		r.mu.Lock()
		sessions = append(sessions, r.sessions...)
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

// drainingRooms closes the door and returns the rooms that there are.
func (h *Hub) drainingRooms() (rooms []*room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}

// wait waits for the next look; false if ctx has ended.
func wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(tick):
		return true
	}
}

// goingAway is what is told to who is to come back after the given time.
func goingAway(after time.Duration) shared.Error {
	why := shared.Errorf(shared.CodeStopping, "the server is going away")
	why.RetryAfterMS = max(1, after.Milliseconds())
	return why
}

// send ends the session, and keeps its member.
func (s *Session) send(atOnce bool) {
	r := s.room
	r.mu.Lock()
	defer r.unlock()
	var after time.Duration
	if !atOnce {
		within, _ := shared.CloseGoingAway.Returns()
		after = rand.N(within)
	}
	why, m := goingAway(after), s.member
	s.dismiss(&why, shared.ReasonClosed)
	if m != nil && m.settle != nil {
		m.settle.Stop()
		m.settle, m.settlement = nil, m.settlement+1
	}
}

// awaited reports whether somebody who was sent is not back on another node.
func (r *room) awaited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.members {
		if len(m.sessions) == 0 && len(m.mesh.remote) == 0 {
			return true
		}
	}
	return false
}

// Rooms returns the names of the rooms in use.
func (h *Hub) Rooms() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.rooms {
		names = append(names, name)
	}
	return names
}
