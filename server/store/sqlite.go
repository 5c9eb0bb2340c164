package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// applicationID marks a SQLite file as ours, in its header (sqlite.org/fileformat2.html
// §1.3.18): "Roll".
const applicationID = 0x526f6c6c

// The header of a SQLite file.
const (
	headerSize = 100
	idOffset   = 68
	magic      = "SQLite format 3\x00"
)

// pragmas are set on each connection. Another process may be writing for a moment, such as
// a server that this one takes over from. With a write-ahead log and without a sync for each
// transaction a crash of the process loses nothing, and one of the machine loses the last
// transactions, not the file.
const pragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate"

// openFile opens a SQLite file, or makes one that only this user can read.
func openFile(ctx context.Context, name string) (*sql.DB, error) {
	fresh, err := checkFile(name)
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := mark(ctx, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	db, err := sql.Open("sqlite", uri(name)+"?"+pragmas)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return db, nil
}

// uri returns the name of a file as SQLite takes it with parameters behind
// (sqlite.org/uri.html).
func uri(name string) string { return "file:" + (&url.URL{Path: name}).EscapedPath() }

// checkFile makes the file if it is missing, and reports whether it is empty. It returns an
// error if the file can't be ours, and never changes one that exists.
func checkFile(name string) (fresh bool, err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return true, f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	info, err := os.Stat(name) // before it is opened, which could wait for the other end of a pipe
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%s is not a regular file", name)
	}
	if f, err = os.OpenFile(name, os.O_RDWR, 0); err != nil {
		return false, err
	}
	defer f.Close()
	header := make([]byte, headerSize)
	switch _, err := io.ReadFull(f, header); {
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return false, err
	case string(header[:len(magic)]) != magic:
		return false, fmt.Errorf("%s is not a database", name)
	case binary.BigEndian.Uint32(header[idOffset:]) != applicationID:
		return false, fmt.Errorf("%s is the database of another program", name)
	}
	return false, nil
}

// mark makes an empty file ours. It is done before there is a write-ahead log, so that the
// mark is in the file itself.
func mark(ctx context.Context, name string) error {
	db, err := sql.Open("sqlite", uri(name)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return errors.Join(err, db.Close())
}
