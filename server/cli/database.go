package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"rollcall/server/store"
	"rollcall/shared"
)

// database is the flag that says which database to use, without a server.
type database struct {
	Database string `required:"" placeholder:"FILE-OR-URL" help:"The database of the server, as its -database says. The server may be running."`
}

// Validate returns an error if Database is not valid. It does not repeat the address. A
// command with a Validate of its own must call it.
func (d *database) Validate() error {
	if err := store.CheckAddress(d.Database); err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	if !store.IsPostgres(d.Database) {
		return nil
	}
	if shown, ok := store.WithoutPassword(d.Database); !ok || shown != d.Database {
		return errors.New("--database: others here can see a password in an address; use a passfile (PGPASSFILE)")
	}
	return nil
}

// open opens the database. It makes none.
func (d *database) open(ctx context.Context) (*store.Store, error) {
	if !store.IsPostgres(d.Database) {
		if _, err := os.Stat(d.Database); err != nil {
			return nil, fmt.Errorf("--database: %w", err)
		}
	}
	s, err := store.Open(ctx, d.Database)
	if err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	return s, nil
}

// Backup is the command that copies a database.
type Backup struct {
	File string `arg:"" help:"The file to be made."`
	database
}

// Help returns an example.
func (*Backup) Help() string {
	return "Example:\n\n  rollcall backup rollcall-2026-11-28.db -database /var/lib/rollcall/rollcall.db\n\nThe copy is the database as it was at one moment. To go back to it, stop the server, remove the files of the database that end in -wal and -shm, and put the copy in the place of the database."
}

// Run copies the database.
func (c *Backup) Run(e *Env) error {
	if store.IsPostgres(c.Database) {
		return errors.New("--database: this copies files; PostgreSQL has pg_dump, and pg_restore for the way back")
	}
	return store.Backup(e.Context, c.Database, c.File)
}

// Erase is the command that deletes what is kept of one person.
type Erase struct {
	ID string `arg:"" help:"The member's id, as 'rollcall who' and 'rollcall attendance' print it."`
	database
}

// Help returns an example.
func (*Erase) Help() string {
	return "Example:\n\n  rollcall erase MFZWIZTHNBVGWMJU -database /var/lib/rollcall/rollcall.db\n\nIt deletes the visits of that id in every room, also one that has not ended."
}

// Validate returns an error if the id or a flag is not valid.
func (c *Erase) Validate() error { return cmp.Or(shared.CheckID(c.ID), c.database.Validate()) }

// Run deletes the visits, and prints how many rows that were.
func (c *Erase) Run(e *Env) error {
	s, err := c.open(e.Context)
	if err != nil {
		return err
	}
	rows, err := s.Erase(e.Context, c.ID)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Stdout, "%d rows erased\n", rows)
	return err
}
