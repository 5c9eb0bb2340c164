package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// MaxMarks is the maximum number of marks of a room.
const MaxMarks = 20_000

// ErrTooManyMarks is returned for a mark beyond MaxMarks.
var ErrTooManyMarks = errors.New("the room has too many marks")

// Expected is the list of who should be in a room, and what was corrected by hand. Times are
// kept to the millisecond.
type Expected struct {
	Starts    time.Time      // zero if the list is about no time
	LateAfter *time.Duration // nil if nobody is late
	People    []Listed       // in the order in which they were given
	SetBy     string
	SetAt     time.Time       // zero if there is no list
	Marks     map[string]Mark // by person
}

// Listed is somebody on a list: by a member's id, a name, or both.
type Listed struct{ Member, Name string }

// Mark is a correction by hand. What it means, and who a person is, its caller decides.
type Mark struct {
	Mark  string
	SetBy string
	SetAt time.Time
}

// Expected returns the list of a room and its marks. A room without a list has nobody on it,
// and possibly marks.
func (s *Store) Expected(ctx context.Context, room string) (e Expected, err error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT e.starts, e.late_after, e.set_by, e.set_at, p.member, p.name
		FROM expected e JOIN expected_people p ON p.room = e.room WHERE e.room = $1 ORDER BY p.n`, room)
	if err != nil {
		return e, err
	}
	defer rows.Close()
	var starts, late sql.NullInt64
	var at int64
	for rows.Next() {
		var p Listed
		if err := rows.Scan(&starts, &late, &e.SetBy, &at, &p.Member, &p.Name); err != nil {
			return e, err
		}
		e.People = append(e.People, p)
	}
	if starts.Valid {
		e.Starts = time.UnixMilli(starts.Int64).UTC()
	}
	if late.Valid {
		e.LateAfter = new(time.Duration(late.Int64) * time.Millisecond)
	}
	if len(e.People) > 0 {
		e.SetAt = time.UnixMilli(at).UTC()
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return e, err
	}
	e.Marks, err = s.marks(ctx, room)
	return e, err
}

func (s *Store) marks(ctx context.Context, room string) (map[string]Mark, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT person, mark, set_by, set_at FROM marks WHERE room = $1", room)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[string]Mark)
	for rows.Next() {
		var person string
		var m Mark
		var at int64
		if err := rows.Scan(&person, &m.Mark, &m.SetBy, &at); err != nil {
			return nil, err
		}
		m.SetAt = time.UnixMilli(at).UTC()
		all[person] = m
	}
	return all, rows.Err()
}

// SetExpected sets the list of a room, in place of the one before; one without people removes
// that. If it starts at another time, the marks of the room are removed too, since they were
// about the time before. Marks of e itself are ignored.
func (s *Store) SetExpected(ctx context.Context, room string, e Expected) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	starts, late := milliseconds(e.Starts), sql.NullInt64{}
	if e.LateAfter != nil {
		late = sql.NullInt64{Int64: e.LateAfter.Milliseconds(), Valid: true}
	}
	for _, do := range []struct {
		statement string
		args      []any
	}{
		// The row of the room is locked from here on, so that two lists do not mix.
		{`INSERT INTO expected (room, starts, late_after, set_by, set_at) VALUES ($1, NULL, NULL, '', 0)
			ON CONFLICT (room) DO UPDATE SET set_at = 0`, []any{room}},
		{`DELETE FROM marks WHERE room = $1 AND EXISTS (
			SELECT 1 FROM expected WHERE room = $1 AND coalesce(starts, -1) <> coalesce(CAST($2 AS BIGINT), -1))`, []any{room, starts}},
		{"UPDATE expected SET starts = $2, late_after = $3, set_by = $4, set_at = $5 WHERE room = $1",
			[]any{room, starts, late, e.SetBy, e.SetAt.UnixMilli()}},
		{"DELETE FROM expected_people WHERE room = $1", []any{room}},
	} {
		if _, err := tx.ExecContext(ctx, do.statement, do.args...); err != nil {
			return err
		}
	}
	if err := s.list(ctx, tx, room, e.People); err != nil {
		return err
	}
	if len(e.People) == 0 {
		if _, err := tx.ExecContext(ctx, "DELETE FROM expected WHERE room = $1", room); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *Store) list(ctx context.Context, tx *sql.Tx, room string, people []Listed) error {
	n := 0
	for chunk := range slices.Chunk(people, s.rowsAtOnce) {
		args := []any{room}
		for _, p := range chunk {
			n++
			args = append(args, n, p.Member, p.Name)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO expected_people (room, n, member, name) VALUES "+tuples(len(chunk), "($1,$%d,$%d,$%d)", 3), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// SetMark sets the mark of a person in a room, or with an empty one removes it. It returns
// ErrTooManyMarks for one more than MaxMarks.
func (s *Store) SetMark(ctx context.Context, room, person string, m Mark) error {
	if m.Mark == "" {
		_, err := s.db.ExecContext(ctx, "DELETE FROM marks WHERE room = $1 AND person = $2", room, person)
		return err
	}
	result, err := s.db.ExecContext(ctx, `
		INSERT INTO marks (room, person, mark, set_by, set_at)
		SELECT $1, $2, $3, $4, CAST($5 AS BIGINT) WHERE (SELECT count(*) FROM marks WHERE room = $1 AND person <> $2) < CAST($6 AS BIGINT)
		ON CONFLICT (room, person) DO UPDATE SET mark = excluded.mark, set_by = excluded.set_by, set_at = excluded.set_at`,
		room, person, m.Mark, m.SetBy, m.SetAt.UnixMilli(), MaxMarks)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrTooManyMarks
}
