package store

import (
	"context"
	"time"
)

// Erase deletes the visits of a member in every room, the marks that it has, and events that
// were not delivered yet. It takes the member off the lists of who is expected and of who hosts
// rooms, its name, reason and addresses from bans of it, which stay, and its name from those bans,
// lists and marks that were set by its word. It returns how many rows that were. A visit that has
// not ended is deleted too, and the end of that row is not written; a row that continues it is
// (see MaxVisit).
func (s *Store) Erase(ctx context.Context, member string) (rows int64, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, statement := range []string{
		"DELETE FROM visits WHERE member = $1",
		"DELETE FROM expected_people WHERE member = $1",
		"DELETE FROM marks WHERE person = $1",
		"DELETE FROM outbox WHERE member = $1",
		"UPDATE bans SET name = '', reason = '', addresses = '' WHERE member = $1 AND (name <> '' OR reason <> '' OR addresses <> '')",
		"UPDATE bans SET set_by = '', set_by_id = '' WHERE set_by_id = $1",
		"UPDATE expected SET set_by = '' WHERE set_by = 'token ' || $1",
		"UPDATE marks SET set_by = '' WHERE set_by = 'token ' || $1",
		`UPDATE rooms SET hosts = trim(replace(' ' || hosts || ' ', ' ' || $1 || ' ', ' ')), n = (SELECT max(n) + 1 FROM rooms)
			WHERE ' ' || hosts || ' ' LIKE '% ' || $1 || ' %'`,
	} {
		result, err := tx.ExecContext(ctx, statement, member)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, tx.Commit()
}

// forgetAtOnce is how many rows Forget deletes at most.
const forgetAtOnce = 500

// Forget deletes some of the visits that began before a time, and when there are no more of
// them the gaps and lives that ended before it, the marks that were set before it, and the
// lists of who was expected before it. It returns whether that was all. The time must be
// further back than MaxVisit.
func (s *Store) Forget(ctx context.Context, before time.Time) (all bool, err error) {
	at := before.UnixMilli()
	result, err := s.db.ExecContext(ctx,
		"DELETE FROM visits WHERE (life, n) IN (SELECT life, n FROM visits WHERE attached < $1 ORDER BY attached LIMIT $2)", at, forgetAtOnce)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == forgetAtOnce {
		return false, err
	}
	for _, statement := range []string{
		"DELETE FROM gaps WHERE ended < $1",
		"DELETE FROM lives WHERE seen < $1 AND NOT EXISTS (SELECT 1 FROM visits WHERE visits.life = lives.id)",
		"DELETE FROM marks WHERE set_at < $1",
		"DELETE FROM expected_people WHERE room IN (SELECT room FROM expected WHERE starts < $1)",
		"DELETE FROM expected WHERE starts < $1",
	} {
		if _, err := s.db.ExecContext(ctx, statement, at); err != nil {
			return false, err
		}
	}
	return true, nil
}
