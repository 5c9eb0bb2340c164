package store

import (
	"context"
	"strings"
	"time"
)

// Ban is a row: a member who is kept out of a room. There is one for each member and room,
// and of two the one that was said later stays. Times are kept to the millisecond.
type Ban struct {
	Room, Member string
	Name         string    // of the member, for lists; empty if it is not known
	Since        time.Time // when it was said
	Until        time.Time
	Kept         time.Time // until when ForgetBans keeps it, if that is later than Until; otherwise zero
	SetBy        string
	SetByID      string // the member's who is SetBy, if it is one
	Reason       string
	Lifted       bool     // it was ended before Until
	ByAddress    bool     // it is about Addresses, too
	Addresses    []string // networks, without spaces in them
}

// SetBans writes bans, in their order and in one transaction. One that was said before what
// is there already is left out.
func (s *Store) SetBans(ctx context.Context, bans []Ban) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	set, err := tx.PrepareContext(ctx, `
		INSERT INTO bans (room, member, name, since, until, kept, set_by, set_by_id, reason, lifted, by_address, addresses)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (room, member) DO UPDATE SET name = excluded.name, since = excluded.since, until = excluded.until, kept = excluded.kept, set_by = excluded.set_by, set_by_id = excluded.set_by_id,
			reason = excluded.reason, lifted = excluded.lifted, by_address = excluded.by_address, addresses = excluded.addresses
		WHERE excluded.since >= bans.since`)
	if err != nil {
		return err
	}
	defer set.Close()
	for _, b := range bans {
		var kept int64
		if !b.Kept.IsZero() {
			kept = b.Kept.UnixMilli()
		}
		if _, err := set.ExecContext(ctx, b.Room, b.Member, b.Name, b.Since.UnixMilli(), b.Until.UnixMilli(), kept, b.SetBy, b.SetByID, b.Reason,
			b.Lifted, b.ByAddress, strings.Join(b.Addresses, " ")); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Bans returns all bans, also those that are over or lifted and that ForgetBans has not
// deleted yet.
func (s *Store) Bans(ctx context.Context) (all []Ban, err error) {
	rows, err := s.db.QueryContext(ctx,
		"SELECT room, member, name, since, until, kept, set_by, set_by_id, reason, lifted, by_address, addresses FROM bans ORDER BY room, member")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b Ban
		var since, until, kept int64
		var addresses string
		if err := rows.Scan(&b.Room, &b.Member, &b.Name, &since, &until, &kept, &b.SetBy, &b.SetByID, &b.Reason, &b.Lifted, &b.ByAddress, &addresses); err != nil {
			return nil, err
		}
		b.Since, b.Until, b.Addresses = time.UnixMilli(since).UTC(), time.UnixMilli(until).UTC(), strings.Fields(addresses)
		if kept != 0 {
			b.Kept = time.UnixMilli(kept).UTC()
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// ForgetBans deletes the bans that were over before a time, and those before them, also those
// that were lifted: until then an older one that another node has must not count again.
func (s *Store) ForgetBans(ctx context.Context, before time.Time) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM bans WHERE since < $1 AND until < $1 AND kept < $1", before.UnixMilli())
	return err
}
