package ui

import (
	"slices"
	"sort"
	"time"

	"rollcall/shared"
)

// A row is an entry of the list: a member, or a ghost.
type row struct {
	user shared.User
	gone shared.Reason // why the member left; "" if present
}

// rows returns the entries from (inclusive) to to (exclusive); the bounds may lie
// outside of the list. It takes O(to-from), plus O(log n) per ghost.
func (s *memberList) rows(from, to int) []row {
	line, gs := s.visible(), s.visibleGhosts()
	from, to = max(from, 0), min(to, line.Len()+len(gs))
	if from >= to {
		return nil
	}
	places := make([]int, len(gs)) // positions in the list, increasing like gs
	for i, g := range gs {
		places[i] = i + sort.Search(line.Len(), func(m int) bool { return s.compare(line.At(m), g.user) > 0 })
	}
	next, _ := slices.BinarySearch(places, from)
	out := make([]row, 0, to-from)
	for i := from; i < to; i++ {
		if next < len(gs) && places[next] == i {
			out = append(out, row{gs[next].user, gs[next].reason})
			next++
			continue
		}
		out = append(out, row{user: line.At(i - next)})
	}
	return out
}

// settleTime is how long transitions stay disabled after cards have changed places,
// until the browser has certainly painted them.
const settleTime = 100 * time.Millisecond

// cardOrder is the order of the cards in the document. When it changes, elements become
// those of other members, which must not be animated as if one member changed.
type cardOrder struct {
	ids []string
	at  time.Time // of the last change
}

// moved records the rows of a rendering and reports whether cards have changed places in
// it or within settleTime before. Cards appended at the end move none.
func (p *cardOrder) moved(rs []row, now time.Time) bool {
	for i := range min(len(rs), len(p.ids)) {
		if rs[i].user.ID != p.ids[i] {
			p.at = now
		}
	}
	p.ids = p.ids[:0]
	for _, r := range rs {
		p.ids = append(p.ids, r.user.ID)
	}
	return now.Sub(p.at) < settleTime
}
