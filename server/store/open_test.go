//go:build unix

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"rollcall/server/store/storetest"
)

// later is the migrations of a later version: ours and one more.
func later(t *testing.T, more string) fs.FS {
	t.Helper()
	all := fstest.MapFS{"99999_more.sql": {Data: []byte("-- +goose Up\n" + more)}}
	names, err := fs.Glob(migrations(), "*")
	check(t, err)
	for _, name := range names {
		text, err := fs.ReadFile(migrations(), name)
		check(t, err)
		all[name] = &fstest.MapFile{Data: text}
	}
	return all
}

// raw opens a database as any program does.
func raw(t *testing.T, address string) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if IsPostgres(address) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, address)
	check(t, err)
	return db
}

func do(t *testing.T, address string, statements ...string) {
	t.Helper()
	db := raw(t, address)
	for _, s := range statements {
		_, err := db.Exec(s)
		check(t, err)
	}
	check(t, db.Close())
}

// schema is what is in a database, as text.
func schema(t *testing.T, address string) (text string) {
	t.Helper()
	query := "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY name"
	if IsPostgres(address) {
		query = "SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1"
	}
	db := raw(t, address)
	defer db.Close()
	rows, err := db.Query(query)
	check(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		check(t, rows.Scan(&line))
		text += line + "\n"
	}
	check(t, rows.Err())
	return text
}

// The version before opens what this one has made of a database, and what it writes is there
// for the next.
func TestOneVersionAndTheOther(t *testing.T) {
	next := later(t, "CREATE TABLE more (n BIGINT NOT NULL);\nALTER TABLE visits ADD COLUMN more TEXT NOT NULL DEFAULT '';")
	storetest.Each(t, func(t *testing.T, address string) {
		for i, version := range []fs.FS{migrations(), next, migrations(), next} {
			s, err := open(t.Context(), address, version)
			check(t, err)
			l := begin(t, s, "one")
			check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, fmt.Sprint("member ", i), 0, 1)}, Seen: at(1)}))
			check(t, l.End(t.Context(), at(2)))
			want(t, "visits", len(visits(t, s, "lobby", at(0), at(9), at(9))), i+1)
			check(t, s.Close())
		}
	})
}

func TestAVersionThatIsTooNew(t *testing.T) {
	next := later(t, "ALTER TABLE visits RENAME COLUMN room TO place;\nUPDATE rollcall SET least = 99999;")
	storetest.Each(t, func(t *testing.T, address string) {
		s, err := open(t.Context(), address, next)
		check(t, err)
		check(t, s.Close())
		before := schema(t, address)
		fails(t, address, migrations(), "newer version")
		want(t, "the schema", schema(t, address), before)
	})
}

// What a migration has done before it fails is undone.
func TestAMigrationThatFails(t *testing.T) {
	broken := later(t, "CREATE TABLE more (n BIGINT NOT NULL);\nDROP TABLE gaps;\nSELECT nonsense FROM nowhere;")
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		check(t, begin(t, s, "one").Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 0, 1)}, Seen: at(1)}))
		before := schema(t, address)
		fails(t, address, broken, "can't be brought up to date")
		want(t, "the schema", schema(t, address), before)
		want(t, "visits", len(visits(t, s, "lobby", at(0), at(9), at(9))), 1)
		must(t, address)
	})
}

// fails opens a database and demands an error of one line.
func fails(t *testing.T, address string, version fs.FS, text string) {
	t.Helper()
	s, err := open(t.Context(), address, version)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %v, want %q in one line", address, err, text)
	}
}

// A read does not fail because the server has ended the connections from before.
func TestConnectionsThatHaveEnded(t *testing.T) {
	address := storetest.Postgres(t)
	s := must(t, address)
	other := raw(t, address)
	defer other.Close()
	for range 3 {
		want(t, "visits", visits(t, s, "lobby", at(0), at(9), at(9)), []string(nil))
		for n := 1; n > 0; time.Sleep(time.Millisecond) { // between looks
			check(t, other.QueryRow("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Scan(&n))
		}
	}
	want(t, "visits", visits(t, s, "lobby", at(0), at(9), at(9)), []string(nil))
}

// What is not ours is refused, and stays as it is to the byte.
func TestDatabasesOfOthers(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	do(t, in("foreign"), "CREATE TABLE visits (n INTEGER)", "INSERT INTO visits VALUES (7)")
	check(t, os.WriteFile(in("text"), []byte(strings.Repeat("not a database\n", 99)), 0o600))
	check(t, os.WriteFile(in("short"), []byte("SQLite"), 0o600))
	for name, text := range map[string]string{"foreign": "another program", "text": "not a database", "short": "not a database"} {
		before, err := os.ReadFile(in(name))
		check(t, err)
		fails(t, in(name), migrations(), text)
		after, err := os.ReadFile(in(name))
		check(t, err)
		want(t, name, string(after), string(before))
	}
	fails(t, dir, migrations(), "not a regular file")
	fails(t, in("text/under"), migrations(), "not a directory")
	fails(t, in("missing/under"), migrations(), "no such file")
	fails(t, "mysql://localhost/rollcall", migrations(), "not a kind of database")

	address := storetest.Postgres(t)
	do(t, address, "CREATE TABLE visits (n INTEGER)")
	fails(t, address, migrations(), "can't be brought up to date")
	if got := schema(t, address); strings.Contains(got, "lives") || !strings.Contains(got, "visits n") {
		t.Errorf("it is %s", got)
	}
}

// An address of PostgreSQL that can't be used is one line, without its password.
func TestUnusableAddresses(t *testing.T) {
	for _, address := range []string{
		"postgres://ada:hunter2@[::1/rollcall", "postgres://ada:hunter2@127.0.0.1:1/rollcall", "postgres://ada:hunter2@127.0.0.1:port/rollcall",
		"postgres://ada:hunter2@127.0.0.1/x?sslmode=sometimes", "postgresql://ada:hunter2@/x?host=%2Fnowhere&connect_timeout=1",
	} {
		_, err := Open(t.Context(), address)
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A new file is for its owner alone, and so are those beside it. Characters that mean
// something in an address mean nothing in the name of a file.
func TestANewFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "of ?mode=ro&x#y %41.db")
	s := must(t, file)
	begin(t, s, "one")
	entries, err := os.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		info, err := e.Info()
		check(t, err)
		if !strings.HasPrefix(e.Name(), filepath.Base(file)) || info.Mode().Perm() != 0o600 {
			t.Errorf("there is %v", info)
		}
	}
	want(t, "files", len(entries), 3)
}

// A file of another user is refused.
func TestAFileWithoutRights(t *testing.T) {
	file := storetest.File(t)
	check(t, must(t, file).Close())
	refused := make(chan error)
	go func() {
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // the thread, which has another user now, ends with the goroutine
			if _, _, no := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); no != 0 {
				refused <- no
				return
			}
		} else if err := os.Chmod(file, 0); err != nil {
			refused <- err
			return
		}
		_, err := checkFile(file)
		refused <- err
	}()
	if err := <-refused; !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

// A file that another process has locked is waited for, and then refused.
func TestALockedFile(t *testing.T) {
	t.Parallel()
	file := storetest.File(t)
	db := raw(t, file+"?_pragma=locking_mode(EXCLUSIVE)&_txlock=exclusive")
	db.SetMaxOpenConns(1)
	_, err := db.Exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	check(t, err)
	tx, err := db.Begin()
	check(t, err)
	began := time.Now()
	fails(t, file, migrations(), "locked")
	if took := time.Since(began); took < time.Second {
		t.Errorf("after %v", took)
	}
	check(t, tx.Rollback())
	check(t, db.Close())
	must(t, file)
}

// A transaction that finds no space is undone, and is written when there is.
func TestAFullDisk(t *testing.T) {
	file := storetest.File(t)
	s := must(t, file)
	s.db.SetMaxOpenConns(1) // the bound is one of a connection
	pages := func(n int) {
		_, err := s.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n))
		check(t, err)
	}
	l := begin(t, s, "one")
	var rows []Visit
	for i := range 1000 {
		rows = append(rows, visit(int64(i), fmt.Sprint("member ", i), float64(i), float64(i+1)))
	}
	check(t, l.Write(t.Context(), Batch{New: rows[:10], Seen: at(10)}))
	pages(1) // as many as there are
	if err := l.Write(context.Background(), Batch{New: rows[10:], Seen: at(1000)}); err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("%v", err)
	}
	want(t, "visits while it is full", len(visits(t, s, "lobby", at(0), at(9999), at(10))), 10)
	pages(1 << 20)
	check(t, l.Write(t.Context(), Batch{New: rows, Seen: at(1000)}))
	want(t, "visits afterwards", len(visits(t, s, "lobby", at(0), at(9999), at(1000))), 1000)
}
