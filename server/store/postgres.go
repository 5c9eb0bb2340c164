package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// connectWithin bounds how long a connection to PostgreSQL may take, unless the address says
// something else (connect_timeout).
const connectWithin = 5 * time.Second

// openPostgres connects to a PostgreSQL database. A connection of the pool is tried, with a
// packet there and back, whenever it is used again: one that the server has ended meanwhile
// is replaced, and a read does not fail because of it.
func openPostgres(ctx context.Context, address string) (*sql.DB, error) {
	c, err := parse(address)
	if err != nil {
		return nil, err
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, connectWithin)
	db := stdlib.OpenDB(*c, stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return true }))
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// parse parses an address, as libpq does: what it does not say comes from the environment
// (PGUSER, PGPASSFILE and others). The error has no password in it.
func parse(address string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, oneLine(fmt.Errorf("not an address of a PostgreSQL database: %w", err))
	}
	return c, nil
}

// Hidden stands for a secret in what may be shown.
const Hidden = "xxxxx"

// WithoutPassword returns an address of a PostgreSQL database with Hidden in place of its
// passwords, one of which may be a parameter, such as sslpassword. An address without any is
// returned as it is. ok is false if it can't be parsed.
func WithoutPassword(address string) (shown string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	found, query := false, u.Query()
	if _, ok := u.User.Password(); ok {
		u.User, found = url.UserPassword(u.User.Username(), Hidden), true
	}
	for name := range query {
		if strings.Contains(name, "password") {
			query.Set(name, Hidden)
			u.RawQuery, found = query.Encode(), true
		}
	}
	if !found {
		return address, true
	}
	return u.String(), true
}
