package hub

import (
	"container/heap"
	"time"

	"rollcall/shared"
)

// notes are the members of a room whose notes have an end, and who have sessions on this
// node or are in their grace period: the node that has a member clears the note. The next
// to end is the first (container/heap). Guarded by room.mu.
type notes struct {
	members []*member
	timer   *time.Timer // runs endNotes when the first note ends; nil until there was one
}

func (n *notes) Len() int           { return len(n.members) }
func (n *notes) Less(i, j int) bool { return n.members[i].until < n.members[j].until }
func (n *notes) Swap(i, j int) {
	all := n.members
	all[i], all[j] = all[j], all[i]
	all[i].untilIndex, all[j].untilIndex = i, j
}

func (n *notes) Push(m any) {
	m.(*member).untilIndex = len(n.members)
	n.members = append(n.members, m.(*member))
}

func (n *notes) Pop() any {
	last := len(n.members) - 1
	m := n.members[last]
	n.members[last] = nil
	if n.members = n.members[:last]; last == 0 {
		n.members = nil
	}
	return m
}

// followNote brings notes in line with what is shown of m. It must be called whenever that
// changes, and when m comes to this node or leaves it.
func (r *room) followNote(m *member) {
	n, until := &r.notes, int64(0)
	if r.members[m.id] == m && (m.replica == nil || !m.replica.away) {
		u, _ := r.roster.Get(m.id)
		until = u.NoteUntil
	}
	was := m.until
	if until == was {
		return
	}
	if was != 0 && until == 0 {
		heap.Remove(n, m.untilIndex)
	}
	m.until = until
	switch {
	case until == 0:
	case was == 0:
		heap.Push(n, m)
	default:
		heap.Fix(n, m.untilIndex)
	}
	r.awaitNote()
}

// awaitNote sets the timer to the end of the first note.
func (r *room) awaitNote() {
	n := &r.notes
	if len(n.members) == 0 {
		if n.timer != nil {
			n.timer.Stop()
		}
		return
	}
	wait := time.Until(time.UnixMilli(n.members[0].until))
	if n.timer == nil {
		n.timer = time.AfterFunc(wait, r.endNotes)
		return
	}
	n.timer.Reset(wait)
}

// endNotes clears the notes whose end is over. It is run by notes.timer.
func (r *room) endNotes() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if r.closed {
		return
	}
	n := &r.notes
	for len(n.members) > 0 && n.members[0].until <= time.Now().UnixMilli() {
		r.endNote(n.members[0])
	}
	r.awaitNote()
}

// endNote clears the note of m. Other nodes where m is do the same, and what they tell of it
// changes nothing any more. A change that the rate limit has put off stays due.
func (r *room) endNote(m *member) {
	u, _ := r.roster.Get(m.id)
	u.Note, u.NoteUntil = "", 0
	m.pending = shared.Changes(u, m.pending.Apply(u))
	r.update(m, u)
	r.tell(m)
}

// dropEndedNote has m want no note, instead of one that was deferred until its end was over:
// the room would be shown it for an instant.
func (r *room) dropEndedNote(m *member) {
	if until := m.pending.NoteUntil; until != nil && *until <= time.Now().UnixMilli() {
		m.pending.Note, m.pending.NoteUntil = new(""), nil
		shown, _ := r.roster.Get(m.id)
		m.pending = shared.Changes(shown, m.pending.Apply(shown))
	}
}
