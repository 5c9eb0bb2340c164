package hub

import "time"

// Bounds of Look.
const (
	lookWithin = 200 * time.Millisecond // so long a look waits for the other nodes
	lookKeeps  = 5 * time.Second        // so long the room is carried then: who looks mostly connects next
	maxLooked  = 256                    // rooms that are carried for looks
)

// Look is View for somebody who may connect next. Where there are other nodes,
// a room that nobody of this one is in is carried for it, for 5 s, so that it
// has the members on the others; for that it waits 200 ms at most. Of 256 such
// rooms at a time, that is: of one more it has what View has.
func (h *Hub) Look(name string, most int) View {
	if loaded := h.carry(name); loaded != nil {
		select {
		case <-loaded:
		case <-time.After(lookWithin):
		}
	}
	return h.View(name, most)
}

// carry makes the room if others may know more of it. What it returns is
// closed when they have told; nil if nobody has to.
func (h *Hub) carry(name string) (loaded <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[name]; r != nil {
		return r.loaded
	}
	if h.config.Mesh == nil || h.closed || h.draining || h.looked >= maxLooked || len(h.rooms) >= h.config.MaxRooms {
		return nil
	}
	r := newRoom(h, name)
	r.looked = true
	h.rooms[name] = r
	h.looked++
	time.AfterFunc(lookKeeps, func() { h.lookAway(r) })
	return r.loaded
}

// lookAway ends what carry began.
func (h *Hub) lookAway(r *room) {
	defer h.rescue(nil)
	h.mu.Lock()
	h.looked--
	h.mu.Unlock()
	r.mu.Lock()
	defer r.unlock()
	r.looked = false
}
