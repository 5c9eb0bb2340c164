package ui

import (
	"slices"
	"time"

	"rollcall/shared"
)

const (
	ghostFor  = 4 * time.Second // how long a departed member is shown
	ghostMost = 12              // how many are shown at once; the oldest are dropped
)

// A ghost is a member who left a moment ago and is still shown in the list, with the
// reason, so that nobody disappears unnoticed.
type ghost struct {
	user   shared.User
	reason shared.Reason
	until  time.Time
}

// ghosts are sorted like the list, by the arrival of the member.
type ghosts []ghost

func (gs *ghosts) add(g ghost) {
	gs.forget(g.user.ID)
	if len(*gs) >= ghostMost {
		oldest := slices.MinFunc(*gs, func(a, b ghost) int { return a.until.Compare(b.until) })
		gs.forget(oldest.user.ID)
	}
	i, _ := slices.BinarySearchFunc(*gs, g, func(a, b ghost) int { return byArrival(a.user, b.user) })
	*gs = slices.Insert(*gs, i, g)
}

// forget drops the ghost of a member, who may have returned.
func (gs *ghosts) forget(id string) {
	*gs = slices.DeleteFunc(*gs, func(g ghost) bool { return g.user.ID == id })
}

func (gs ghosts) has(id string) bool {
	return slices.ContainsFunc(gs, func(g ghost) bool { return g.user.ID == id })
}

// expire drops the ghosts whose time is over and reports whether there were any.
func (gs *ghosts) expire(now time.Time) bool {
	before := len(*gs)
	*gs = slices.DeleteFunc(*gs, func(g ghost) bool { return !g.until.After(now) })
	return len(*gs) < before
}
