package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// openWithin bounds how long a database may take to answer when it is opened.
const openWithin = 20 * time.Second

// maxConns is the maximum number of connections of a Store: one writes, the others read.
const maxConns = 8

// Store is a database of Rollcall. Its methods are safe for concurrent use.
type Store struct {
	db         *sql.DB
	rowsAtOnce int // in a statement that writes
}

// files are the migrations, each of which is done in a transaction of its own.
//
//go:embed migrations/*.sql
var files embed.FS

// Open opens the database at an address: that of a PostgreSQL database
// ("postgres://user@host/name"), or else the name of a file for SQLite, which is made if it
// is missing. It brings the schema up to date.
//
// A database that another program has made, or a version of this one that says that older
// versions can't use it any more, is an error and stays as it is, and so does one whose
// migration fails. Errors are one line without a password in it.
func Open(ctx context.Context, address string) (*Store, error) {
	return open(ctx, address, migrations())
}

func migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // they are in the program
	}
	return sub
}

func open(ctx context.Context, address string, migrations fs.FS) (*Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	connect, dialect, rows := openFile, goose.DialectSQLite3, 1
	if IsPostgres(address) {
		connect, dialect, rows = openPostgres, goose.DialectPostgres, rowsAtOnce
	}
	db, err := connect(ctx, address)
	if err != nil {
		return nil, oneLine(err)
	}
	db.SetMaxOpenConns(maxConns)
	if err := migrate(ctx, db, dialect, migrations); err != nil {
		_ = db.Close()
		return nil, oneLine(err)
	}
	return &Store{db, rows}, nil
}

// CheckAddress returns an error if an address is of another kind of database, or can't be
// parsed. It connects to nothing.
func CheckAddress(address string) error {
	if IsPostgres(address) {
		_, err := parse(address)
		return err
	}
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		return fmt.Errorf("%.20q is not a kind of database: it is a file, or postgres://", scheme)
	}
	return nil
}

// IsPostgres reports whether an address is that of a PostgreSQL database, and not the name
// of a file.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// migrate brings the schema up to date.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, migrations fs.FS) error {
	options := []goose.ProviderOption{
		goose.WithTableName("rollcall_migrations"), goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	}
	if dialect == goose.DialectPostgres { // several nodes may start at the same time
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(openWithin/time.Second)))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, db, migrations, options...)
	if err != nil {
		return err
	}
	if err := checkVersion(ctx, db, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the schema can't be brought up to date, and nothing was changed by what failed: %w", err)
	}
	return nil
}

// checkVersion returns an error if the database can't be used by this version. One without
// tables can.
func checkVersion(ctx context.Context, db *sql.DB, p *goose.Provider) error {
	var least int64
	err := db.QueryRowContext(ctx, "SELECT least FROM rollcall").Scan(&least)
	switch {
	case err == nil:
	case errors.Is(err, sql.ErrNoRows) || isMissing(err):
		return nil
	default:
		return err
	}
	sources := p.ListSources()
	if known := sources[len(sources)-1].Version; least > known {
		return fmt.Errorf("it was made by a newer version of the program: its schema needs version %d, and this program knows %d", least, known)
	}
	return nil
}

// isMissing reports whether an error says that a table is missing, in the words of either
// database.
func isMissing(err error) bool {
	return strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "42P01")
}

// oneLine returns err with its text on one line.
func oneLine(err error) error {
	if line := strings.Join(strings.Fields(err.Error()), " "); line != err.Error() {
		return errors.New(line)
	}
	return err
}

// Close closes the database. Nothing may be under way.
func (s *Store) Close() error { return s.db.Close() }
