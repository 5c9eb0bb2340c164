package ui

import (
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

const (
	arrivedFor = 4 * time.Second // how long an arrival is shown beside the number of members
	leftFor    = 2 * time.Minute // how long a departed member is listed below the others
	moveMost   = 12              // how many of either are shown at once; the oldest are dropped
)

// A move is an arrival or a departure that is still shown.
type move struct {
	user   shared.User
	reason shared.Reason // of a departure
	until  time.Time
}

// moves are sorted by time, with a member at most once.
type moves []move

func (ms *moves) add(m move) {
	ms.forget(m.user.ID)
	*ms = append(*ms, m)
	*ms = slices.Delete(*ms, 0, max(0, len(*ms)-moveMost))
}

// forget drops a member, who has moved again.
func (ms *moves) forget(id string) {
	*ms = slices.DeleteFunc(*ms, func(m move) bool { return m.user.ID == id })
}

func (ms moves) has(id string) bool {
	return slices.ContainsFunc(ms, func(m move) bool { return m.user.ID == id })
}

// showMove adds m to ms, which is a field of the page, for some time.
func (p *Page) showMove(ms *moves, m move, d time.Duration) {
	m.until = time.Now().Add(d)
	ms.add(m)
	p.ctx.After(d, func(app.Context) {
		now := time.Now()
		*ms = slices.DeleteFunc(*ms, func(m move) bool { return !m.until.After(now) })
	})
}

// names returns the names of those who have moved.
func (ms moves) names() []string {
	names := make([]string, len(ms))
	for i, m := range ms {
		names[i] = m.user.Name
	}
	return names
}

// recentlyLeft returns who left within the last minutes, the latest first. The list has
// those who left a moment ago.
func (p *Page) recentlyLeft() app.UI {
	items := []app.UI{}
	for _, m := range slices.Backward(p.left) {
		if p.ghosts.has(m.user.ID) {
			continue
		}
		items = append(items, box("li", "",
			face(m.user.ID, m.user.Name), label("bdi", "", m.user.Name), label("span", "", string(msgs.Reason[string(m.reason)]))))
	}
	if len(items) == 0 {
		return nil
	}
	return box("section", "left",
		label("h2", "", string(msgs.RecentlyLeft)).ID("left-title"),
		box("ul", "", items...).Role("list").Attr("aria-labelledby", "left-title"),
	).Attr("aria-labelledby", "left-title")
}
