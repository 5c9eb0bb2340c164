package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// MaxVisit is the longest time that a row of visits is about, but for lateSplit. A longer
// visit is several rows that touch, each but the last with the reason Continued. So whoever
// looks for the visits of a day need not look further back than a day.
const MaxVisit = 12 * time.Hour

// The reasons of a visit's end beside those of shared.Reason.
const (
	Continued = "continued" // the next row of the same member begins at the same time
	Stopping  = "stopping"  // the server stopped, and had told its clients to come back
	Unknown   = "unknown"   // it ended in a gap, or at its beginning
)

// Visit is a row: a stay of a member in a room on one node. Times are kept to the
// millisecond.
type Visit struct {
	N        int64  // the number of the row in the life that writes it; a row is identified by both
	Room     string //
	Member   string // the id
	Name     string // as it was at the beginning; empty if no names are kept
	Identity string // how the id came about: "token" or "typed"
	Role     string // a shared.Role in words: "member" or "host"
	Attached time.Time
	Detached time.Time // the last sign of life; zero while it lasts
	Reason   string    // why it ended: a shared.Reason, Continued or Stopping; empty while it lasts
	Node     string    // the name of the node; only read
}

// Gap is a time of which a life may have written less than there was.
type Gap struct{ From, To time.Time }

// Life is one life of a node: what it writes has its mark. Its methods must not be called
// concurrently.
type Life struct {
	store *Store
	id    int64
}

// Begin begins a life of the node with a name, which need not be unique.
func (s *Store) Begin(ctx context.Context, node string, now time.Time) (*Life, error) {
	l := &Life{s, rand.Int64()}
	_, err := s.db.ExecContext(ctx, "INSERT INTO lives (id, node, began, seen) VALUES ($1, $2, $3, $3)", l.id, node, now.UnixMilli())
	if err != nil {
		return nil, oneLine(err)
	}
	return l, nil
}

// LastSeen returns the last sign of the lives that were not ended, as of a program that was
// killed. The zero time is that nobody knows, as where no attendance is taken.
func (s *Store) LastSeen(ctx context.Context) (time.Time, error) {
	var at int64
	err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(seen), 0) FROM lives WHERE ended = 0").Scan(&at)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at), nil
}

// Batch is what a life writes at once.
type Batch struct {
	New   []Visit   // rows to be added, ended or not; one that is there is brought up to date
	Ended []Visit   // rows that are there and have ended; one that was erased stays so
	Gap   Gap       // a gap to be noted, unless it is zero; one with the same From becomes longer, never shorter
	Seen  time.Time // everything up to this time is written with this batch; zero if not
}

// Write writes a batch, in one transaction. After an error nothing of it may be written, or
// all of it: writing it again does no harm.
func (l *Life) Write(ctx context.Context, b Batch) error {
	tx, err := l.store.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := l.insert(ctx, tx, b.New); err != nil {
		return err
	}
	if err := l.update(ctx, tx, b.Ended); err != nil {
		return err
	}
	if b.Gap != (Gap{}) {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO gaps (life, began, ended) VALUES ($1, $2, $3)
			ON CONFLICT (life, began) DO UPDATE SET ended = CASE WHEN excluded.ended > gaps.ended THEN excluded.ended ELSE gaps.ended END`,
			l.id, b.Gap.From.UnixMilli(), b.Gap.To.UnixMilli()); err != nil {
			return err
		}
	}
	if !b.Seen.IsZero() {
		if _, err := tx.ExecContext(ctx, "UPDATE lives SET seen = $2 WHERE id = $1", l.id, b.Seen.UnixMilli()); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// End notes that the life is over and has written everything. Visits that it has not ended
// are over since it was last seen.
func (l *Life) End(ctx context.Context, now time.Time) error {
	_, err := l.store.db.ExecContext(ctx, "UPDATE lives SET ended = $2 WHERE id = $1", l.id, now.UnixMilli())
	return err
}

// rowsAtOnce is how many rows a statement for PostgreSQL has at most: enough that the way
// there and back counts for little. SQLite has none, and its driver looks for each parameter
// among all of them, so it gets a row at a time.
const rowsAtOnce = 100

// each runs a statement for all rows, with those of a chunk in one. text returns the
// statement for a number of rows, and values appends a row's parameters.
func (l *Life) each(ctx context.Context, tx *sql.Tx, rows []Visit, text func(int) string, values func([]any, Visit) []any) error {
	prepared := make(map[int]*sql.Stmt, 2) // by the number of rows; they are closed with the transaction
	for chunk := range slices.Chunk(rows, l.store.rowsAtOnce) {
		statement := prepared[len(chunk)]
		if statement == nil {
			var err error
			if statement, err = tx.PrepareContext(ctx, text(len(chunk))); err != nil {
				return err
			}
			prepared[len(chunk)] = statement
		}
		args := []any{l.id}
		for _, v := range chunk {
			args = values(args, v)
		}
		if _, err := statement.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

func (l *Life) insert(ctx context.Context, tx *sql.Tx, rows []Visit) error {
	return l.each(ctx, tx, rows, func(n int) string {
		return "INSERT INTO visits (life, n, room, member, name, identity, role, attached, detached, reason) VALUES " +
			tuples(n, "($1,$%d,$%d,$%d,$%d,$%d,$%d,$%d,$%d,$%d)", 9) +
			" ON CONFLICT (life, n) DO UPDATE SET detached = excluded.detached, reason = excluded.reason"
	}, func(args []any, v Visit) []any {
		return append(args, v.N, v.Room, v.Member, v.Name, v.Identity, v.Role, v.Attached.UnixMilli(), milliseconds(v.Detached), v.Reason)
	})
}

func (l *Life) update(ctx context.Context, tx *sql.Tx, rows []Visit) error {
	return l.each(ctx, tx, rows, func(n int) string {
		return "WITH e (n, detached, reason) AS (VALUES " +
			tuples(n, "(CAST($%d AS BIGINT),CAST($%d AS BIGINT),CAST($%d AS TEXT))", 3) +
			") UPDATE visits SET detached = e.detached, reason = e.reason FROM e WHERE visits.life = $1 AND visits.n = e.n"
	}, func(args []any, v Visit) []any {
		return append(args, v.N, milliseconds(v.Detached), v.Reason)
	})
}

// tuples returns n copies of a tuple, with the numbers of its parameters, after the first one.
func tuples(n int, tuple string, parameters int) string {
	all := make([]string, n)
	next := 2
	for i := range all {
		numbers := make([]any, parameters)
		for k := range numbers {
			numbers[k] = next
			next++
		}
		all[i] = fmt.Sprintf(tuple, numbers...)
	}
	return strings.Join(all, ",")
}

// milliseconds returns a time as it is kept; the zero time is NULL.
func milliseconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
