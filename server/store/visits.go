package store

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"slices"
	"time"

	"rollcall/shared"
)

// OverAfter is how long after it was last seen a life is over, though it has not said so.
// A life that is seen again is not over.
const OverAfter = 15 * time.Second

// lateSplit is how much longer than MaxVisit a row may be for a while, because a visit that
// goes on is not split at once.
const lateSplit = 2 * time.Minute

// Visits returns the visits of a room that overlap a time, [from, to), by member, and those
// of one member by when they began. What is not over yet has a zero Detached. A visit that
// is open in a life that is over at the time now has ended when that was last seen, with the
// reason shared.ReasonNodeLost. It holds one row at a time; after an error it ends.
func (s *Store) Visits(ctx context.Context, room string, from, to, now time.Time) iter.Seq2[Visit, error] {
	return func(yield func(Visit, error) bool) {
		rows, err := s.db.QueryContext(ctx, `
			SELECT v.n, v.member, v.name, v.identity, v.role, v.attached, v.detached, v.reason, l.node, l.seen, l.ended
			FROM visits v JOIN lives l ON l.id = v.life
			WHERE v.room = $1 AND v.attached >= $2 AND v.attached < $3 AND (v.detached IS NULL OR v.detached >= $4)
			ORDER BY v.member, v.attached, v.life, v.n`,
			room, from.Add(-MaxVisit-lateSplit).UnixMilli(), to.UnixMilli(), from.UnixMilli())
		if err != nil {
			yield(Visit{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows, now)
			v.Room = room
			if err == nil && !v.Detached.IsZero() && v.Detached.Before(from) {
				continue
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Visit{}, err)
		}
	}
}

func scan(rows *sql.Rows, now time.Time) (v Visit, err error) {
	var attached, seen, ended int64
	var detached sql.NullInt64
	err = rows.Scan(&v.N, &v.Member, &v.Name, &v.Identity, &v.Role, &attached, &detached, &v.Reason, &v.Node, &seen, &ended)
	v.Attached = time.UnixMilli(attached).UTC()
	switch {
	case detached.Valid:
		v.Detached = time.UnixMilli(detached.Int64).UTC()
	case ended != 0 || now.Sub(time.UnixMilli(seen)) > OverAfter:
		v.Detached, v.Reason = time.UnixMilli(max(seen, attached)).UTC(), string(shared.ReasonNodeLost)
	}
	return v, err
}

// Gaps returns the times within [from, to) of which something may be missing, in order, none
// of which touch: what was noted as one, and the time between a life that is over without
// having said so and the next one that began, or now if there is none.
func (s *Store) Gaps(ctx context.Context, from, to, now time.Time) ([]Gap, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT began, ended FROM gaps WHERE ended >= $1 AND began < $2
		UNION ALL
		SELECT seen, (SELECT min(began) FROM lives later WHERE later.began > lives.seen)
		FROM lives WHERE ended = 0 AND seen < $3 AND seen < $2`,
		from.UnixMilli(), to.UnixMilli(), now.Add(-OverAfter).UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Gap
	for rows.Next() {
		var began int64
		var ended sql.NullInt64
		if err := rows.Scan(&began, &ended); err != nil {
			return nil, err
		}
		g := Gap{time.UnixMilli(began).UTC(), now.UTC()}
		if ended.Valid {
			g.To = time.UnixMilli(ended.Int64).UTC()
		}
		if !g.To.Before(from) {
			all = append(all, g)
		}
	}
	return union(all), rows.Err()
}

// union returns gaps in order, with those joined that overlap or touch.
func union(all []Gap) (joined []Gap) {
	slices.SortFunc(all, func(a, b Gap) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	for _, g := range all {
		if last := len(joined) - 1; last >= 0 && !g.From.After(joined[last].To) {
			if g.To.After(joined[last].To) {
				joined[last].To = g.To
			}
			continue
		}
		joined = append(joined, g)
	}
	return joined
}
