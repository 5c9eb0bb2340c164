//go:build unix

package storetest

import (
	"database/sql"
	"errors"
	"sync"
	"testing"
)

// Lock has another program write to a SQLite file until unlock is called, so that nobody else
// can. It waits up to 10 s for who writes just then. The test must import the driver, as package
// store does.
func Lock(t testing.TB, file string) (unlock func()) {
	t.Helper()
	other, err := sql.Open("sqlite", file+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if err := errors.Join(tx.Rollback(), other.Close()); err != nil {
			t.Error(err)
		}
	})
}
