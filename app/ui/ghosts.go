package ui

import (
	"slices"
	"time"

	"rollcall/shared"
)

const (
	ghostFor  = 4 * time.Second // how long one who left is still seen
	ghostMost = 12              // as many at once; the oldest go first
)

// A ghost is somebody who left a moment ago and still stands on the sheet, so
// that a departure can be seen by one who looked away.
type ghost struct {
	user   shared.User
	reason shared.Reason
	until  time.Time
}

// ghosts are by arrival of the member, as the sheet is.
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

// forget drops the ghost of a member, who may be back.
func (gs *ghosts) forget(id string) {
	*gs = slices.DeleteFunc(*gs, func(g ghost) bool { return g.user.ID == id })
}

// expire drops the ghosts whose time is over and reports whether there were any.
func (gs *ghosts) expire(now time.Time) bool {
	before := len(*gs)
	*gs = slices.DeleteFunc(*gs, func(g ghost) bool { return !g.until.After(now) })
	return len(*gs) < before
}
