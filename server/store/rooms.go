package store

import (
	"context"
	"database/sql"
	"time"

	"rollcall/shared"
)

// Room is a row: what a room says of itself, and who hosts it, for when it is next used. The
// zero RoomInfo is that of a room that says nothing.
type Room struct {
	Room string
	shared.RoomInfo
	Hosts    string // their ids, separated by spaces
	HostLock bool   // the lock is a host's
	HostLeft int64  // when the last host left, in milliseconds since 1970; 0 while one is there
	// N numbers the changes of all rooms. Of several at the same time, two may have the
	// same number, and one that is read may be followed by one with a smaller number.
	N int64 // only read
}

// SetRooms writes what rooms say of themselves, in one transaction.
func (s *Store) SetRooms(ctx context.Context, rooms []Room) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, r := range rooms {
		if err := setRoom(ctx, tx, r); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func setRoom(ctx context.Context, tx *sql.Tx, r Room) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO rooms (room, title, topic, locked, hosts, host_lock, host_left, n)
		VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT coalesce(max(n), 0) + 1 FROM rooms))
		ON CONFLICT (room) DO UPDATE SET title = excluded.title, topic = excluded.topic, locked = excluded.locked,
			hosts = excluded.hosts, host_lock = excluded.host_lock, host_left = excluded.host_left, n = excluded.n`,
		r.Room, r.Title, r.Topic, r.Locked, r.Hosts, r.HostLock, r.HostLeft)
	return err
}

// Rooms returns what rooms say of themselves, by N and name, at most limit: those that come
// after a number and a name.
func (s *Store) Rooms(ctx context.Context, after int64, name string, limit int) (all []Room, err error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT room, title, topic, locked, hosts, host_lock, host_left, n
		FROM rooms WHERE (n, room) > ($1, $2) ORDER BY n, room LIMIT $3`, after, name, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Room
		if err := rows.Scan(&r.Room, &r.Title, &r.Topic, &r.Locked, &r.Hosts, &r.HostLock, &r.HostLeft, &r.N); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// ForgetRooms deletes the rooms that say nothing, and that nobody hosts or whose last host left
// before a time. It keeps the latest 10,000 changes, which another node may not have read yet.
func (s *Store) ForgetRooms(ctx context.Context, left time.Time) error {
	_, err := s.db.ExecContext(ctx, `
		DELETE FROM rooms
		WHERE title = '' AND topic = '' AND (NOT locked OR host_lock) AND (hosts = '' AND NOT host_lock OR host_left BETWEEN 1 AND $1)
			AND n < (SELECT max(n) FROM rooms) - $2`, left.UnixMilli(), laterRooms)
	return err
}

// laterRooms is how many of the latest changes ForgetRooms keeps.
const laterRooms = 10_000
