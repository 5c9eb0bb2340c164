package store

import (
	"context"
	"database/sql"
	"time"
)

// Outgoing is a row: an event that an endpoint has not acknowledged yet.
type Outgoing struct {
	Endpoint string
	Teller   string // who made it
	N        int64  // orders the events of a teller; about when it was made, in microseconds since 1970
	ID       string
	Room     string // "" is all
	Member   string // whom it is about; "" for nobody
	Body     string
}

// Told is a row: a stay of which the beginning was told, and the end not yet.
type Told struct {
	Room, Member string
	JoinedAt     int64 // milliseconds since 1970
}

// OutboxBatch is what a teller writes at once.
type OutboxBatch struct {
	Add  []Outgoing // one that is there gets another body
	Done []Outgoing // are deleted; without their bodies
	Here []Told
	Gone []Told
}

// WriteOutbox writes a batch in one transaction, and notes that the teller is alive.
func (s *Store) WriteOutbox(ctx context.Context, teller string, now time.Time, b OutboxBatch) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO tellers (id, seen) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", teller, now.UnixMilli()); err != nil {
			return err
		}
		if err := forEach(ctx, tx, `INSERT INTO outbox (endpoint, teller, n, owner, id, room, member, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (endpoint, teller, n) DO UPDATE SET body = excluded.body`, b.Add, func(o Outgoing) []any {
			return []any{o.Endpoint, o.Teller, o.N, teller, o.ID, o.Room, o.Member, o.Body}
		}); err != nil {
			return err
		}
		if err := forEach(ctx, tx, "DELETE FROM outbox WHERE endpoint = $1 AND teller = $2 AND n = $3", b.Done, func(o Outgoing) []any {
			return []any{o.Endpoint, o.Teller, o.N}
		}); err != nil {
			return err
		}
		if err := forEach(ctx, tx, `INSERT INTO told (room, member, joined_at, teller) VALUES ($1, $2, $3, $4)
			ON CONFLICT (room, member) DO UPDATE SET joined_at = excluded.joined_at, teller = excluded.teller`, b.Here, func(t Told) []any {
			return []any{t.Room, t.Member, t.JoinedAt, teller}
		}); err != nil {
			return err
		}
		return forEach(ctx, tx, "DELETE FROM told WHERE room = $1 AND member = $2 AND joined_at <= $3", b.Gone, func(t Told) []any {
			return []any{t.Room, t.Member, t.JoinedAt}
		})
	})
}

// TakeOver gives a teller what those have left that were last seen before a time: what they
// had still to send, in order, and the stays that they have told of. Of several that do so at
// a time, one gets each.
func (s *Store) TakeOver(ctx context.Context, teller string, before time.Time) (left []Outgoing, told []Told, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		left, told = nil, nil
		gone, err := query(ctx, tx, func(id *string) []any { return []any{id} }, "SELECT id FROM tellers WHERE seen < $1 AND id <> $2 ORDER BY id", before.UnixMilli(), teller)
		if err != nil {
			return err
		}
		for _, id := range gone {
			result, err := tx.ExecContext(ctx, "DELETE FROM tellers WHERE id = $1 AND seen < $2", id, before.UnixMilli())
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				return err
			}
			theirs, err := query(ctx, tx, func(t *Told) []any { return []any{&t.Room, &t.Member, &t.JoinedAt} }, "SELECT room, member, joined_at FROM told WHERE teller = $1", id)
			if err != nil {
				return err
			}
			told = append(told, theirs...)
			rows, err := query(ctx, tx, func(o *Outgoing) []any {
				return []any{&o.Endpoint, &o.Teller, &o.N, &o.ID, &o.Room, &o.Member, &o.Body}
			}, "SELECT endpoint, teller, n, id, room, member, body FROM outbox WHERE owner = $1 ORDER BY n, teller", id)
			if err != nil {
				return err
			}
			left = append(left, rows...)
			for _, statement := range []string{"UPDATE outbox SET owner = $1 WHERE owner = $2", "UPDATE told SET teller = $1 WHERE teller = $2"} {
				if _, err := tx.ExecContext(ctx, statement, teller, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return left, told, err
}

// EndTeller has others take over what a teller leaves, at once.
func (s *Store) EndTeller(ctx context.Context, teller string) error {
	_, err := s.db.ExecContext(ctx, "UPDATE tellers SET seen = 0 WHERE id = $1", teller)
	return err
}

// Waiting is how much an endpoint has not acknowledged, by all tellers.
type Waiting struct {
	Endpoint string
	Events   int
	Oldest   int64 // the least Outgoing.N
}

// Waiting returns how much endpoints have not acknowledged.
func (s *Store) Waiting(ctx context.Context) ([]Waiting, error) {
	return query(ctx, s.db, func(w *Waiting) []any { return []any{&w.Endpoint, &w.Events, &w.Oldest} },
		"SELECT endpoint, COUNT(*), MIN(n) FROM outbox GROUP BY endpoint ORDER BY endpoint")
}

// EndEndpoint notes that nothing more is sent to an endpoint, and deletes what waits for it.
func (s *Store) EndEndpoint(ctx context.Context, endpoint string, now time.Time) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO ended_endpoints (endpoint, at) VALUES ($1, $2) ON CONFLICT (endpoint) DO NOTHING", endpoint, now.UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM outbox WHERE endpoint = $1", endpoint)
		return err
	})
}

// ResumeEndpoint undoes EndEndpoint, but for what was deleted.
func (s *Store) ResumeEndpoint(ctx context.Context, endpoint string) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM ended_endpoints WHERE endpoint = $1", endpoint)
	return err
}

// EndedEndpoints returns the endpoints to which nothing is sent.
func (s *Store) EndedEndpoints(ctx context.Context) ([]string, error) {
	return query(ctx, s.db, func(e *string) []any { return []any{e} }, "SELECT endpoint FROM ended_endpoints ORDER BY endpoint")
}

// transact runs do in a transaction.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// forEach runs a statement for each row.
func forEach[T any](ctx context.Context, tx *sql.Tx, text string, rows []T, args func(T) []any) error {
	if len(rows) == 0 {
		return nil
	}
	statement, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, row := range rows {
		if _, err := statement.ExecContext(ctx, args(row)...); err != nil {
			return err
		}
	}
	return nil
}

// query returns the rows of a query; into returns where the columns of one go.
func query[T any](ctx context.Context, db interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, into func(*T) []any, text string, args ...any) (all []T, err error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := rows.Scan(into(&row)...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
