package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

var recordedFrom = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// idOf is the id of somebody who enters.
func idOf(name string) string {
	return shared.MemberID("long-enough-for-" + strings.ReplaceAll(name, " ", "-"))
}

// recorded writes visits of a morning in a room: of Ada for ten minutes from the beginning,
// and of Bo for ten minutes from the seventh minute.
func (r *rig) recorded(room string) {
	r.t.Helper()
	l, err := r.store.Begin(r.t.Context(), "one", recordedFrom)
	if err != nil {
		r.t.Fatal(err)
	}
	visit := func(n int64, name string, from int) store.Visit {
		at := recordedFrom.Add(time.Duration(from) * time.Minute)
		return store.Visit{
			N: n, Room: room, Member: idOf(name), Name: name, Identity: "typed", Role: "member",
			Attached: at, Detached: at.Add(10 * time.Minute), Reason: "left",
		}
	}
	end := recordedFrom.Add(time.Hour)
	err = l.Write(r.t.Context(), store.Batch{New: []store.Visit{visit(1, "Ada", 0), visit(2, "Bo", 7)}, Seen: end})
	if err := errors.Join(err, l.End(r.t.Context(), end)); err != nil {
		r.t.Fatal(err)
	}
}

const morning = "?from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z"

// text is the answer of a call with the key for attendance, which succeeds.
func (r *rig) text(method, path, body string) string {
	r.t.Helper()
	res := r.do(method, path, r.keys[api.ScopeAttendance], body)
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("%s %s: %s, %s, %v", method, path, res.Status, got, err)
	}
	return string(got)
}

// A list is set, somebody is excused, and the report in each format says so.
func TestAttendance(t *testing.T) {
	r := newRig(t, nil)
	r.recorded("standup")
	var list api.ExpectedAnswer
	text := r.text("PUT", "rooms/standup/expected", `{"starts":"2026-03-01T09:00:00Z","late_after":"5m","people":[{"name":"ADA"},{"id":"`+idOf("Bo")+`"},{"name":"=Cy"}]}`)
	if err := json.Unmarshal([]byte(text), &list); err != nil || list.SetBy != "key for-attendance" || len(list.People) != 3 || text != r.text("GET", "rooms/standup/expected", "") {
		t.Errorf("%v, %s", err, text)
	}
	text = r.text("PUT", "rooms/standup/attendance/"+list.People[2].ID, `{"mark":"excused"}`)
	if !strings.Contains(text, `"mark":"excused","by":"key for-attendance"`) {
		t.Error(text)
	}
	var got []string
	for _, p := range decoded[api.Attendance](t, r.text("GET", "rooms/standup/attendance"+morning, "")).People {
		got = append(got, fmt.Sprint(p.Name, " ", p.Status, " ", p.Seconds))
	}
	if fmt.Sprint(got) != "[Ada left 600 Bo late 600 =Cy excused 0]" {
		t.Errorf("%q", got)
	}
	lines, err := csv.NewReader(strings.NewReader(r.text("GET", "rooms/standup/attendance"+morning+"&format=csv", ""))).ReadAll()
	if err != nil || len(lines) != 4 || lines[3][0] != "'=Cy" {
		t.Errorf("%q, %v", lines, err)
	}
	if text := r.text("GET", "rooms/standup/attendance"+morning+"&format=jsonl", ""); strings.Count(text, "\n") != 4 {
		t.Error(text)
	}
	r.text("PUT", "rooms/standup/attendance/"+list.People[2].ID, `{"mark":""}`)
	if text := r.text("GET", "rooms/standup/attendance"+morning, ""); !strings.Contains(text, "absent") || strings.Contains(text, "for-attendance") {
		t.Error(text)
	}
	o := decoded[api.Occupancy](t, r.text("GET", "rooms/standup/occupancy"+morning+"&step=6m", ""))
	if len(o.Steps) != 10 || o.Steps[1].Members != 1 || o.Steps[1].Seen != 2 {
		t.Errorf("%+v", o)
	}
	now := decoded[api.Attendance](t, r.text("GET", "rooms/standup/attendance", ""))
	if span := now.To.Sub(now.From); span != defaultSpan || time.Since(now.To) > time.Hour {
		t.Errorf("%+v", now.Span)
	}
	if log := r.log.String(); strings.Contains(log, "standup") || strings.Contains(log, "Cy") || !strings.Contains(log, "set-expected") {
		t.Error(log)
	}
}

func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestHeadersOfReports(t *testing.T) {
	r := newRig(t, nil)
	for format, want := range map[string][2]string{
		"json": {"application/json", ""}, "csv": {"text/csv; charset=utf-8", "attachment; filename=standup.csv"},
		"jsonl": {"application/jsonl", "attachment; filename=standup.jsonl"},
	} {
		res := r.get("rooms/standup/attendance?format="+format, r.keys[api.ScopeAttendance])
		if res.Header.Get("Content-Type") != want[0] || res.Header.Get("Content-Disposition") != want[1] {
			t.Errorf("%s: %v", format, res.Header)
		}
	}
	res := r.get("rooms/équipe/attendance?format=csv", r.keys[api.ScopeAttendance])
	if got := res.Header.Get("Content-Disposition"); got != "attachment; filename*=utf-8''%C3%A9quipe.csv" {
		t.Error(got)
	}
}

// What makes no sense is said, with the place and without what was sent.
func TestCallsAboutAttendanceThatMakeNoSense(t *testing.T) {
	r := newRig(t, nil)
	long := strings.Repeat(`{"name":"Ada"},`, api.MaxExpected) + `{"name":"Ada"}`
	for _, c := range [][4]string{
		{"GET", "rooms/standup/attendance?from=2026-03-01T10:00:00Z&to=2026-03-01T09:00:00Z", "", "query.to: is not after from"},
		{"GET", "rooms/standup/attendance?from=yesterday", "", "query.from: invalid date"},
		{"GET", "rooms/standup/attendance?format=xml", "", `query.format: expected value to be one of "json, csv, jsonl"`},
		{"GET", "rooms/standup/occupancy?step=0", "", "query.step: is not a duration"},
		{"GET", "rooms/standup/occupancy?step=1ms", "", "query.step: is not a duration of 1s or more"},
		{"GET", "rooms/standup/occupancy?from=2020-03-01T10:00:00Z&step=1m", "", "query.step: divides the time into more than 10000 steps"},
		{"GET", "rooms/Standup/occupancy", "", "path.room: "},
		{"PUT", "rooms/standup/expected", "", "body: request body is required"},
		{"PUT", "rooms/standup/expected", "{", "body: "},
		{"PUT", "rooms/standup/expected", `{"people":"Ada"}`, "body.people: expected array"},
		{"PUT", "rooms/standup/expected", `{"people":[` + long + `]}`, "body.people: expected array length <= 10000"},
		{"PUT", "rooms/standup/expected", `{"people":[{"name":"Secretá"},{"name":"secreta"}]}`, "body.people[1]: is the same as people[0]"},
		{"PUT", "rooms/standup/expected", `{"people":[{"id":"secret"}]}`, "body.people[0].id: expected string to match"},
		{"PUT", "rooms/standup/expected", `{"people":[],"late_after":"secret"}`, "body.late_after: is not a duration"},
		{"PUT", "rooms/standup/expected", `{"people":[],"starts":"secret"}`, "body.starts: expected string to be RFC 3339"},
		{"PUT", "rooms/standup/attendance/secret", `{"mark":"present"}`, "path.id: expected string to match"},
		{"PUT", "rooms/standup/attendance/MFZWIZTHNBVGWMJU", `{"mark":"secret"}`, "body.mark: expected value to be one of"},
	} {
		p := problemOf(t, r.do(c[0], c[1], r.keys[api.ScopeAttendance], c[2]))
		if p.Type != api.Invalid || !strings.Contains(p.Error(), "; "+c[3]) || strings.Contains(p.Error(), "ecret") {
			t.Errorf("%s %s %.60s: %v, want %q", c[0], c[1], c[2], &p, c[3])
		}
	}
	if p := problemOf(t, r.do("POST", "rooms/standup/expected", r.keys[api.ScopeAttendance], "{}")); p.Type != api.MethodNotAllowed {
		t.Errorf("%v", &p)
	}
}

// A token for one room may ask of that alone, and its member has set the list.
func TestAttendanceByToken(t *testing.T) {
	r := newRig(t, nil)
	r.tokens["t"] = Grant{ID: "MFZWIZTHNBVGWMJU", Scopes: []string{"attendance"}, Allows: func(room string) bool { return room == "standup" }}
	const list = `{"people":[{"name":"Ada"}]}`
	if res := r.do("PUT", "rooms/other/expected", "t", list); problemOf(t, res).Type != api.Forbidden {
		t.Errorf("%s", res.Status)
	}
	res := r.do("PUT", "rooms/standup/expected", "t", list)
	if text, _ := io.ReadAll(res.Body); !strings.Contains(string(text), `"set_by":"token MFZWIZTHNBVGWMJU"`) {
		t.Errorf("%s, %s", res.Status, text)
	}
}

// failingAfter is an Attendance.Write that fails after so many bytes.
func failingAfter(n int) func(context.Context, io.Writer, string, time.Time, time.Time, string) error {
	return func(_ context.Context, w io.Writer, _ string, _, _ time.Time, _ string) error {
		if n > 0 {
			if _, err := w.Write(bytes.Repeat([]byte(" "), n)); err != nil {
				return err
			}
		}
		return errors.New("the database is gone")
	}
}

// A report that fails before it has begun is a problem. One that fails later ends the
// connection, so that nobody takes it for complete.
func TestReportsThatFail(t *testing.T) {
	r := newRig(t, nil)
	srv := httptest.NewServer(r)
	defer srv.Close()
	c := &api.Client{Server: srv.URL, Key: r.keys[api.ScopeAttendance], HTTP: srv.Client()}
	for n, want := range map[int]string{0: "The database does not answer", 100_000: "unexpected EOF"} {
		r.config.Attendance.Write = failingAfter(n)
		var b bytes.Buffer
		err := c.WriteAttendance(t.Context(), &b, "standup", recordedFrom, recordedFrom.Add(time.Hour), api.FormatCSV)
		if err == nil || b.Len() > n || !strings.Contains(err.Error(), want) {
			t.Errorf("after %d bytes: %v, %d bytes", n, err, b.Len())
		}
		if p, ok := errors.AsType[*api.Problem](err); ok != (n == 0) || ok && p.Type != api.Unavailable {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if !strings.Contains(r.log.String(), "the database is gone") {
		t.Error(r.log)
	}
}

func TestThatAttendanceIsTaken(t *testing.T) {
	if got := into[api.RoomAnswer](t, newRig(t, nil), "rooms/standup").AttendanceKept; got != 86400 {
		t.Errorf("it is kept for %d s", got)
	}
	if got := New(Config{}).kept(); got.AttendanceKept != 0 {
		t.Errorf("a server that takes none keeps it for %d s", got.AttendanceKept)
	}
}
