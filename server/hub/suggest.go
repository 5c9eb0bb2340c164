package hub

import (
	"cmp"
	"slices"
	"time"

	"rollcall/shared"
)

// Bounds of SuggestTitle for rooms that are not in use.
const (
	suggestedFor = time.Minute // a page takes less to load
	maxSuggested = 256         // rooms; the oldest suggestion is forgotten
)

// RoomRecord.Stamp of what a room says before anybody has set it there. SetRoomInfo wins over
// both.
const (
	suggestedStamp = iota + 1
	recalledStamp
)

// suggestion is a title for a room that is not in use.
type suggestion struct {
	room, title string
	until       time.Time
}

// SuggestTitle gives a room the title that somebody has typed to open it, for as long as the
// room is in use on any node. It changes nothing in a room that says something of itself
// already, or has said it, and what SetRoomInfo sets wins over it, on other nodes too. The
// title is cleaned as by SetRoomInfo; one that breaks the rules is an error with the code
// bad_title.
//
// For a room that is not in use, the first title is kept for a minute: whoever has typed it
// is about to come. It is kept for 256 rooms at a time.
func (h *Hub) SuggestTitle(name, title string) error {
	if err := shared.CheckRoom(name); err != nil {
		return err
	}
	title, err := clean(title, shared.CleanTitle)
	if err != nil || title == "" {
		return err
	}
	h.mu.Lock()
	h.suggest(suggestion{name, title, time.Now().Add(suggestedFor)})
	r := h.rooms[name]
	h.mu.Unlock()
	if r != nil {
		r.suggest(title)
	}
	return nil
}

// suggest keeps s unless there is a suggestion for the room. h.mu is held.
func (h *Hub) suggest(s suggestion) {
	if h.suggested(s.room) != "" {
		return
	}
	h.suggestions = append(h.suggestions, s)
	h.suggestions = slices.Delete(h.suggestions, 0, max(0, len(h.suggestions)-maxSuggested))
}

// suggested returns the title that is suggested for a room, or "". h.mu is held.
func (h *Hub) suggested(room string) string {
	now := time.Now()
	h.suggestions = slices.DeleteFunc(h.suggestions, func(s suggestion) bool { return !s.until.After(now) })
	if i := slices.IndexFunc(h.suggestions, func(s suggestion) bool { return s.room == room }); i >= 0 {
		return h.suggestions[i].title
	}
	return ""
}

// suggest suggests a title to r, or "" to take the one that was suggested before if that is
// possible now.
func (r *room) suggest(title string) {
	r.mu.Lock()
	defer r.unlock()
	r.suggested = cmp.Or(r.suggested, title)
	r.takeTitle()
}

// takeTitle gives the room the title that was suggested for it, if it is known that nobody has
// set anything on any node.
func (r *room) takeTitle() {
	if r.suggested == "" || !r.heard() || r.closed {
		return
	}
	title := r.suggested
	if r.suggested = ""; r.info.Stamp == 0 {
		r.setInfo(r.hub.record(shared.RoomInfo{Title: title}, suggestedStamp), "")
	}
}
