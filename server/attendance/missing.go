package attendance

import (
	"cmp"
	"context"
	"time"

	"rollcall/shared/api"
)

// MaxNamed is how many names a Missing has at most.
const MaxNamed = 20

// Missing is who is expected in a room and was not there.
type Missing struct {
	Expected int       // how many people are on the list that the time is about; 0 without one
	Absent   int       // how many of them were not there
	Names    []string  // of the first MaxNamed of these; their ids if they have none
	Gaps     []api.Gap // of which visits may be missing
}

// Missing returns who is expected in a room within a time, [from, to), and was not there. Most
// rooms have no list, and no visit is read for them.
func (r *Roll) Missing(ctx context.Context, room string, from, to time.Time) (m Missing, err error) {
	expected, err := r.store.Expected(ctx, room)
	if err != nil {
		return m, err
	}
	if m.Expected = len(listFor(expected, from, to).entries); m.Expected == 0 {
		return m, nil
	}
	report, err := r.Report(ctx, room, from, to)
	if err != nil {
		return m, err
	}
	defer report.Close()
	m.Expected, m.Gaps = len(report.list.entries), report.Gaps
	for p, err := range report.People() {
		if err != nil {
			return m, err
		}
		if p.Status != api.StatusAbsent {
			continue
		}
		if m.Absent++; m.Absent <= MaxNamed {
			m.Names = append(m.Names, cmp.Or(p.Name, p.ID))
		}
	}
	return m, nil
}
