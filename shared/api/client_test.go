package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a transport that gives one answer after the other.
type answers struct {
	t    *testing.T
	next []*http.Response
	got  []*http.Request
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(a.next) == 0 {
		a.t.Fatalf("one call too many: %s", r.URL)
	}
	a.got = append(a.got, r)
	res := a.next[0]
	a.next = a.next[1:]
	res.Request = r
	return res, nil
}

func answer(status int, kind, body string, headers ...string) *http.Response {
	res := &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		res.Header.Set(headers[i], headers[i+1])
	}
	return res
}

const (
	plain   = "application/json"
	problem = "application/problem+json"
)

func clientOf(t *testing.T, next ...*http.Response) (*Client, *answers) {
	a := &answers{t: t, next: next}
	return &Client{Server: "https://a.test/rollcall/", Key: "rollcall_K", HTTP: &http.Client{Transport: a}}, a
}

func TestWhatACallAsks(t *testing.T) {
	c, a := clientOf(t, answer(200, plain, `{"rooms":[{"room":"a","members":2}],"next":"x"}`), answer(200, plain, `{"room":"a"}`))
	rooms, err := c.Rooms(t.Context(), "st", Page{Cursor: "c", Limit: 5})
	if err != nil || len(rooms.Rooms) != 1 || rooms.Rooms[0].Members != 2 || rooms.Next != "x" {
		t.Errorf("%+v, %v", rooms, err)
	}
	if got := a.got[0]; got.URL.String() != "https://a.test/rollcall/api/v1/rooms?cursor=c&limit=5&prefix=st" || got.Header.Get("Authorization") != "Bearer rollcall_K" {
		t.Errorf("%s, %v", got.URL, got.Header)
	}
	if _, err := c.Room(t.Context(), "../x?y"); err != nil || a.got[1].URL.EscapedPath() != "/rollcall/api/v1/rooms/..%2Fx%3Fy" {
		t.Errorf("%s, %v", a.got[1].URL, err)
	}
}

// A call that was one too many is made again after the time that the server says, but not
// for ever.
func TestACallTooManyIsMadeAgain(t *testing.T) {
	late := func() *http.Response {
		return answer(429, problem, `{"type":"urn:rollcall:problem:too-many-calls","status":429}`, "Retry-After", "3")
	}
	synctest.Test(t, func(t *testing.T) {
		c, _ := clientOf(t, late(), late(), answer(200, plain, `{"room":"a"}`))
		began := time.Now()
		if room, err := c.Room(t.Context(), "a"); err != nil || room.Room.Room != "a" || time.Since(began) != 6*time.Second {
			t.Errorf("%+v, %v after %v", room, err, time.Since(began))
		}
		c, _ = clientOf(t, late())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Room(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestAnswersThatAreErrors(t *testing.T) {
	for _, c := range []struct {
		res  *http.Response
		want string
	}{
		{answer(403, problem, `{"type":"urn:rollcall:problem:forbidden","title":"No","status":403,"detail":"it lacks read"}`), "No: it lacks read"},
		{answer(422, problem, `{"type":"x","title":"No","errors":[{"location":"query.limit","message":"is low"}]}`), "No; query.limit: is low"},
		{answer(403, problem, `{`), "unexpected end"},
		{answer(200, "text/html", `<p>`), "no API of Rollcall"},
		{answer(404, plain, `{}`), "no API of Rollcall"},
		{answer(307, plain, ``, "Location", "https://b.test/"), "no API of Rollcall"},
		{answer(200, plain, `{`), "unexpected end"},
		{answer(200, plain, strings.Repeat(" ", maxAnswer+1)), "more than"},
	} {
		client, _ := clientOf(t, c.res)
		client.HTTP.CheckRedirect = defaultHTTP.CheckRedirect
		_, err := client.Room(t.Context(), "a")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "rollcall_K") {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// A report is passed on as it comes, whatever its size, and an answer of another kind is an
// error, of which nothing is passed on.
func TestReports(t *testing.T) {
	write := func(format string, res *http.Response) (string, error) {
		c, a := clientOf(t, res)
		var b strings.Builder
		err := c.WriteAttendance(t.Context(), &b, "a b", time.Unix(0, 0).UTC(), time.Unix(60, 0).UTC(), format)
		if got := a.got[0].URL.String(); got != "https://a.test/rollcall/api/v1/rooms/a%20b/attendance?format="+format+"&from=1970-01-01T00%3A00%3A00Z&to=1970-01-01T00%3A01%3A00Z" {
			t.Error(got)
		}
		return b.String(), err
	}
	long := strings.Repeat("=Ada\n", maxAnswer/4)
	for format, kind := range map[string]string{FormatCSV: "text/csv; charset=utf-8", FormatJSON: plain, FormatJSONL: "application/jsonl"} {
		if got, err := write(format, answer(200, kind, long)); got != long || err != nil {
			t.Errorf("%s: %d bytes, %v", format, len(got), err)
		}
		for _, res := range []*http.Response{answer(200, "text/html", "<p>"), answer(404, kind, "x"), answer(501, problem, `{"type":"x","title":"No"}`)} {
			if got, err := write(format, res); got != "" || err == nil {
				t.Errorf("%s: %q, %v", format, got, err)
			}
		}
	}
	if got, err := write(FormatCSV, answer(200, plain, "{}")); got != "" || err == nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A list without people is one that removes the list, and not null.
func TestWhatAListSends(t *testing.T) {
	c, a := clientOf(t, answer(200, plain, "{}"), answer(200, plain, "{}"))
	if _, err := c.SetExpected(t.Context(), "a", Expected{}); err != nil {
		t.Error(err)
	}
	if _, err := c.SetMark(t.Context(), "a", "~x/y", StatusExcused); err != nil {
		t.Error(err)
	}
	for i, want := range []string{`PUT /rollcall/api/v1/rooms/a/expected {"people":[]}`, `PUT /rollcall/api/v1/rooms/a/attendance/~x%2Fy {"mark":"excused"}`} {
		body, _ := io.ReadAll(a.got[i].Body)
		if got := a.got[i].Method + " " + a.got[i].URL.EscapedPath() + " " + string(body); got != want || a.got[i].Header.Get("Content-Type") != plain {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
