package hub

import (
	"time"

	"rollcall/shared"
)

// Bounds of Preload.
const (
	preloadWithin = 200 * time.Millisecond // how long Preload waits for the other nodes
	preloadKeeps  = 5 * time.Second        // how long the room is kept: most visitors connect soon after
	maxPreloaded  = 256                    // how many rooms are kept for Preload at a time
)

// Preload is View for somebody who is likely to connect next. In a hub with a Mesh it
// makes a room that is not in use, so that the members on other nodes become known,
// waits for them up to 200 ms, and keeps the room for 5 s. At most 256 rooms are kept
// like this; beyond that Preload is the same as View. A room that is not in use has the title
// that was suggested for it.
func (h *Hub) Preload(name string, most int) View {
	if loaded := h.openForPreload(name); loaded != nil {
		select {
		case <-loaded:
		case <-time.After(preloadWithin):
		}
	}
	if r := h.inUse(name); r != nil {
		r.suggest("")
	}
	v := h.View(name, most)
	if v.Epoch == "" && v.Info == (shared.RoomInfo{}) {
		h.mu.Lock()
		defer h.mu.Unlock()
		v.Info.Title = h.suggested(name)
	}
	return v
}

// openForPreload makes the room if other nodes may have members in it. It returns a
// channel that is closed when they have answered, or nil if there is nothing to wait
// for.
func (h *Hub) openForPreload(name string) (loaded <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[name]; r != nil {
		return r.replica.loaded
	}
	if h.config.Mesh == nil || h.closed || h.draining || h.preloaded >= maxPreloaded || len(h.rooms) >= h.config.MaxRooms {
		return nil
	}
	r := newRoom(h, name)
	r.mu.Lock() // a goroutine may write in it already
	r.preloaded = true
	r.mu.Unlock()
	h.rooms[name] = r
	h.preloaded++
	time.AfterFunc(preloadKeeps, func() { h.endPreload(r) })
	return r.replica.loaded
}

// endPreload ends what openForPreload began.
func (h *Hub) endPreload(r *room) {
	defer h.rescue(nil)
	h.mu.Lock()
	h.preloaded--
	h.mu.Unlock()
	r.mu.Lock()
	defer r.unlock()
	r.preloaded = false
}
