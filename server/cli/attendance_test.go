package cli

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/server/store"
	"rollcall/shared/api"
)

// recorded makes a database with visits of a morning in it, and returns its name.
func recorded(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rollcall.db")
	s, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	at := func(minutes int) time.Time { return time.Date(2026, 3, 1, 9, minutes, 0, 0, time.UTC) }
	l, err := s.Begin(t.Context(), "one", at(0))
	if err != nil {
		t.Fatal(err)
	}
	visit := func(n int64, id, name string, from, to int, reason string) store.Visit {
		return store.Visit{N: n, Room: "standup", Member: id, Name: name, Identity: "typed", Role: "member", Attached: at(from), Detached: at(to), Reason: reason}
	}
	err = l.Write(t.Context(), store.Batch{New: []store.Visit{
		visit(1, "MFZWIZTHNBVGWMJU", "=cmd()", 0, 10, "closed"), visit(2, "MFZWIZTHNBVGWMJU", "Ada, \"Countess\"\n", 20, 30, "left"),
		visit(3, "NFZWIZTHNBVGWMJU", "عمر", 5, 15, store.Stopping), visit(4, "NFZWIZTHNBVGWMJU", "عمر", 15, 40, "timeout"),
	}, Gap: store.Gap{From: at(50), To: at(51)}, Seen: at(55)})
	if err == nil {
		err = l.End(t.Context(), at(55))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// asked is the command with a database and a time.
func asked(t *testing.T, file, form, from, to string) *Attendance {
	t.Helper()
	c := &Attendance{Room: "standup", Database: file, output: output{form}}
	for text, m := range map[string]*moment{from: &c.From, to: &c.To} {
		if err := m.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestAttendance(t *testing.T) {
	file := recorded(t)
	var b bytes.Buffer
	e := &Env{Context: t.Context(), Stdout: &b}
	if err := asked(t, file, "csv", "2026-03-01T09:05:00Z", "2026-03-01T09:45:00Z").Run(e); err != nil {
		t.Error(err)
	}
	const csv = "name,id,identity,role,status,first_joined,last_left,seconds,visits,reasons\n" +
		"\"Ada, \"\"Countess\"\"\n\",MFZWIZTHNBVGWMJU,typed,member,left,2026-03-01T09:00:00Z,2026-03-01T09:30:00Z,900,2,closed left\n" +
		"عمر,NFZWIZTHNBVGWMJU,typed,member,left,2026-03-01T09:05:00Z,2026-03-01T09:40:00Z,2100,1,timeout\n"
	if b.String() != csv {
		t.Errorf("it prints\n%s", &b)
	}
	b.Reset()
	if err := asked(t, file, "csv", "2026-03-01T09:00:00Z", "2026-03-01T09:15:00Z").Run(e); err != nil || !strings.Contains(b.String(), "\n'=cmd(),") {
		t.Errorf("%v\n%s", err, &b)
	}
	b.Reset()
	err := asked(t, file, "json", "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z").Run(e)
	var r api.Attendance
	if err := json.Unmarshal(b.Bytes(), &r); err != nil || len(r.People) != 2 || len(r.People[0].Intervals) != 2 || len(r.Gaps) != 1 || r.Room != "standup" {
		t.Errorf("%v\n%s", err, &b)
	}
	if ExitCode(err) != ExitIncomplete || !strings.Contains(err.Error(), "missing of 2026-03-01T09:50:00Z to 2026-03-01T09:51:00Z") {
		t.Errorf("of a time with a gap: %v", err)
	}
	b.Reset()
	if err := asked(t, file, "table", "2026-02-28T09:00:00Z", "2026-02-28T10:00:00Z").Run(e); err != nil || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("of a day on which nobody came: %v\n%s", err, &b)
	}
}

func TestErase(t *testing.T) {
	file := recorded(t)
	var b bytes.Buffer
	e := &Env{Context: t.Context(), Stdout: &b}
	if err := (&Erase{"MFZWIZTHNBVGWMJU", database{file}}).Run(e); err != nil || b.String() != "2 rows erased\n" {
		t.Errorf("%v, %s", err, &b)
	}
	b.Reset()
	if err := asked(t, file, "csv", "2026-03-01T09:00:00Z", "2026-03-01T09:45:00Z").Run(e); err != nil || strings.Contains(b.String(), "MFZWIZTHNBVGWMJU") {
		t.Errorf("%v\n%s", err, &b)
	}
}

func TestBackup(t *testing.T) {
	file := recorded(t)
	saved := filepath.Join(t.TempDir(), "saved")
	var b bytes.Buffer
	e := &Env{Context: t.Context(), Stdout: &b}
	if err := (&Backup{saved, database{file}}).Run(e); err != nil {
		t.Fatal(err)
	}
	if err := asked(t, saved, "csv", "2026-03-01T09:00:00Z", "2026-03-01T09:45:00Z").Run(e); err != nil || strings.Count(b.String(), "MFZWIZTHNBVGWMJU") != 1 {
		t.Errorf("%v\n%s", err, &b)
	}
	if err := (&Backup{saved, database{"postgres://a.test/x"}}).Run(e); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("%v", err)
	}
}

// What can't be used is said, without a password, and no database is made.
func TestDatabasesThatAreNone(t *testing.T) {
	for address, want := range map[string]string{
		"mysql://x": "not a kind of database", "postgres://a:hunter2@b/x": "passfile", "postgresql:///x?password=hunter2": "passfile",
		"postgres://a@b/x?sslpassword=hunter2": "passfile",
		"postgres://a@b/x":                     "", "rollcall.db": "",
	} {
		err := (&database{address}).Validate()
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v", address, err)
		}
	}
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	e := &Env{Context: t.Context(), Stdout: new(bytes.Buffer)}
	if err := asked(t, missing, "csv", "2026-03-01", "2026-03-02").Run(e); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("%v", err)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*")); len(found) > 0 {
		t.Errorf("there is %q", found)
	}
}

func TestTimes(t *testing.T) {
	for _, text := range []string{"", "today", "2026-02-30", "2026-03-01T25:00", "9:00"} {
		if err := new(moment).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a time", text)
		}
	}
	for _, c := range []struct {
		from, to string
		fine     bool
	}{{"2026-03-01", "2026-03-02", true}, {"2026-03-02", "2026-03-01", false}, {"2026-03-01", "2026-03-01T00:00", false}} {
		if err := asked(t, "x", "csv", c.from, c.to).Validate(); (err == nil) != c.fine {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := (&Attendance{Room: "../x"}).Validate(); err == nil {
		t.Error("that is a room")
	}
}
