//go:build unix

package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/server/store/storetest"
)

// A copy that is made while a server writes has what was written before, and is a database
// in the place of the other.
func TestBackup(t *testing.T) {
	file := storetest.File(t)
	s, err := Open(t.Context(), file)
	check(t, err)
	l := begin(t, s, "one")
	check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 0, 1)}, Seen: at(1)}))
	ctx, stop := context.WithCancel(t.Context())
	const before = 10
	under, written := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for n := int64(2); ctx.Err() == nil && err == nil; n++ {
			err = l.Write(context.Background(), Batch{New: []Visit{visit(n, "bo", float64(n), float64(n)+0.5)}, Seen: at(float64(n))})
			if n == before {
				close(under)
			}
		}
		written <- err
	}()
	select {
	case <-under:
	case err := <-written:
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "saved")
	check(t, Backup(t.Context(), file, saved))
	stop()
	check(t, <-written)
	check(t, s.Close())
	info, err := os.Stat(saved)
	check(t, err)
	want(t, "mode", info.Mode().Perm(), os.FileMode(0o600))

	// As docs/attendance.md has it: the server is stopped, and the copy takes the file's place.
	for _, beside := range []string{"-wal", "-shm"} {
		_ = os.Remove(file + beside)
	}
	check(t, os.Rename(saved, file))
	s = must(t, file)
	got := visits(t, s, "lobby", at(0), at(1e6), at(1))
	if len(got) < before || !strings.HasPrefix(got[0], "ada ") {
		t.Fatalf("%q", got)
	}
	for i, line := range got[1:] { // without a hole
		if want := fmt.Sprintf("bo Name of bo typed host one %d to %d.5 left", i+2, i+2); line != want {
			t.Errorf("%q, want %q", line, want)
		}
	}
	check(t, begin(t, s, "two").Write(t.Context(), Batch{New: []Visit{visit(1, "cy", 0, 1)}, Seen: at(1)}))
}

// PostgreSQL's own programs copy a database with everything in it, and bring it back, as
// docs/attendance.md has it. The time since the copy is a gap.
func TestBackupOfPostgres(t *testing.T) {
	address, restored := storetest.Postgres(t), storetest.Postgres(t)
	s := must(t, address)
	l := begin(t, s, "one")
	check(t, l.Write(t.Context(), Batch{New: []Visit{visit(1, "ada", 0, 1), visit(2, "bo", 0, 0)}, Seen: at(2)}))
	list := Expected{SetBy: "key ci", SetAt: at(1), People: []Listed{{"ADA", "Ada"}}, Marks: map[string]Mark{"ADA": {"excused", "key ci", at(1)}}}
	check(t, s.SetExpected(t.Context(), "lobby", list))
	check(t, s.SetMark(t.Context(), "lobby", "ADA", list.Marks["ADA"]))

	saved := filepath.Join(t.TempDir(), "saved")
	run := func(program string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), storetest.Program(t, program), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", program, err, out)
		}
	}
	run("pg_dump", "--format=custom", "--file="+saved, address)
	check(t, l.Write(t.Context(), Batch{New: []Visit{visit(3, "cy", 3, 4)}, Seen: at(5)}))
	run("pg_restore", "--exit-on-error", "--no-owner", "--dbname="+restored, saved)

	s = must(t, restored)
	next, err := s.Begin(t.Context(), "one", at(60))
	check(t, err)
	check(t, next.Write(t.Context(), Batch{New: []Visit{visit(1, "cy", 61, 62)}, Seen: at(62)}))
	want(t, "visits", visits(t, s, "lobby", at(0), at(99), at(62)), []string{
		"ada Name of ada typed host one 0 to 1 left", "bo Name of bo typed host one 0 to 2 node_lost", "cy Name of cy typed host one 61 to 62 left",
	})
	want(t, "the list", expected(t, s, "lobby"), list)
	gaps, err := s.Gaps(t.Context(), at(0), at(99), at(62))
	check(t, err)
	want(t, "gaps", gaps, []Gap{{at(2), at(60)}})
}

func TestBackupsThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	check(t, must(t, in("ours")).Close())
	do(t, in("foreign"), "CREATE TABLE visits (n INTEGER)")
	check(t, os.WriteFile(in("empty"), nil, 0o600))
	check(t, os.WriteFile(in("there"), []byte("precious"), 0o600))
	for _, c := range []struct{ from, to, want string }{
		{"missing", "copy", "no such file"}, {"foreign", "copy", "another program"}, {"empty", "copy", "is empty"},
		{"ours", "there", "exists"}, {"ours", "no/copy", "no such file"},
	} {
		if err := Backup(t.Context(), in(c.from), in(c.to)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		if _, err := os.Stat(in("copy")); err == nil {
			t.Errorf("%+v: there is a copy", c)
		}
	}
	if err := Backup(canceled(t), in("ours"), in("copy")); err == nil {
		t.Error("there is a copy though nobody waits for it")
	} else if _, err := os.Stat(in("copy")); err == nil {
		t.Error("there is half a copy")
	}
	if _, err := os.Stat(in("missing")); err == nil {
		t.Error("a database was made")
	}
	text, err := os.ReadFile(in("there"))
	check(t, err)
	want(t, "what was there", string(text), "precious")
}
