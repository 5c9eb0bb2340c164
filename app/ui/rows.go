package ui

import (
	"slices"
	"sort"
	"time"

	"rollcall/shared"
)

// A row is one place on the sheet: a member, or the ghost of one.
type row struct {
	user shared.User
	gone shared.Reason // "" for one who is here
}

// rows returns the places from (inclusive) to to (exclusive) of the sheet. The
// bounds may lie outside. O(to-from), plus O(log n) per ghost.
func (s *sheet) rows(from, to int) []row {
	line, gs := s.line(), s.shown()
	from, to = max(from, 0), min(to, line.Len()+len(gs))
	if from >= to {
		return nil
	}
	places := make([]int, len(gs)) // on the sheet, increasing as gs is in its order
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

// stillFor is how long nothing morphs after cards have changed places: until
// the browser has certainly painted them.
const stillFor = 100 * time.Millisecond

// places is whose card stands where in the document. When that changes, the
// elements of one person turn into another's, which must not be seen.
type places struct {
	ids []string
	at  time.Time // of the last change
}

// moved notes the rows of a rendering and reports whether cards change places
// in it, or have just done so. That more follow at the end moves none.
func (p *places) moved(rs []row, now time.Time) bool {
	for i := range min(len(rs), len(p.ids)) {
		if rs[i].user.ID != p.ids[i] {
			p.at = now
		}
	}
	p.ids = p.ids[:0]
	for _, r := range rs {
		p.ids = append(p.ids, r.user.ID)
	}
	return now.Sub(p.at) < stillFor
}
