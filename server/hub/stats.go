package hub

import (
	"maps"
	"slices"

	"rollcall/server/hub/stats"
)

// Stats returns what the hub holds now and a copy of what it has counted.
func (h *Hub) Stats() stats.Counts {
	h.mu.Lock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.Unlock()
	size := 0
	for _, r := range rooms {
		r.mu.Lock()
		size += r.size()
		r.mu.Unlock()
	}
	c := h.stats.Counts()
	c.Sessions, c.SlowReaders, c.RoomBytes = int(h.sessions.Load()), int(h.slow.Load()), size
	return c
}
