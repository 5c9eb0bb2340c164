package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client calls the API of a server. Its methods are safe for concurrent use. If the server
// answers with a problem, their error is a *Problem. A call for which the server answers
// TooManyCalls is made again after the time that the server asks for.
type Client struct {
	Server string // its base URL, as in "https://example.org/rollcall/"
	Key    string // a key, or a token with the claim api
	// HTTP makes the requests; if nil, one that gives up after 30 s and follows no
	// redirects, so that the key goes to no other server.
	HTTP *http.Client
}

var defaultHTTP = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// maxAnswer bounds an answer, in bytes. A page of MaxLimit members with long notes is
// smaller.
const maxAnswer = 16 << 20

// Page selects a page of a list.
type Page struct {
	Cursor string // More.Next of the page before; "" for the first
	Limit  int    // 1 to MaxLimit; 0 is the server's default, 100
}

func (p Page) query() url.Values {
	q := url.Values{}
	if p.Cursor != "" {
		q.Set("cursor", p.Cursor)
	}
	if p.Limit != 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	return q
}

// Rooms returns the rooms that somebody is in and whose names begin with prefix, by name.
func (c *Client) Rooms(ctx context.Context, prefix string, p Page) (answer Rooms, err error) {
	q := p.query()
	if prefix != "" {
		q.Set("prefix", prefix)
	}
	return answer, c.get(ctx, "rooms", q, &answer)
}

// Room returns one room. A room that nobody is in has no members.
func (c *Client) Room(ctx context.Context, room string) (answer RoomAnswer, err error) {
	return answer, c.get(ctx, "rooms/"+url.PathEscape(room), nil, &answer)
}

// Members returns who is in a room, by arrival.
func (c *Client) Members(ctx context.Context, room string, p Page) (answer Members, err error) {
	return answer, c.get(ctx, "rooms/"+url.PathEscape(room)+"/members", p.query(), &answer)
}

// RoomsOf returns the rooms that a member is in, by name.
func (c *Client) RoomsOf(ctx context.Context, member string, p Page) (answer Places, err error) {
	return answer, c.get(ctx, "members/"+url.PathEscape(member)+"/rooms", p.query(), &answer)
}

// Attendance returns who was in a room within a time, [from, to). A report that is too large
// for this is an error; see WriteAttendance.
func (c *Client) Attendance(ctx context.Context, room string, from, to time.Time) (answer Attendance, err error) {
	return answer, c.get(ctx, roomPath(room, "attendance"), span(from, to), &answer)
}

// WriteAttendance writes a report of who was in a room within a time, [from, to), to w in a
// format, as it comes. After an error what was written is incomplete. Unless HTTP says
// otherwise, it takes as long as it takes.
func (c *Client) WriteAttendance(ctx context.Context, w io.Writer, room string, from, to time.Time, format string) error {
	q := span(from, to)
	q.Set("format", format)
	return c.patient().call(ctx, http.MethodGet, roomPath(room, "attendance"), q, nil, func(res *http.Response) error {
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode != http.StatusOK || kind != ContentType(format) {
			return notThat(res, kind)
		}
		defer res.Body.Close()
		_, err := io.Copy(w, res.Body)
		return err
	})
}

// patient returns a client that waits as long as it takes, unless HTTP says otherwise.
func (c *Client) patient() *Client {
	patient := *c
	if c.HTTP == nil {
		patient.HTTP = &http.Client{CheckRedirect: defaultHTTP.CheckRedirect}
	}
	return &patient
}

// notThat returns the error of an answer of another kind than it should be: the problem that
// it is, or else one that says so.
func notThat(res *http.Response, kind string) error {
	return cmp.Or(read(res, new(json.RawMessage)), fmt.Errorf("%s answers with %q", res.Request.URL.Path, kind))
}

// Occupancy returns how many people were in a room within a time, [from, to), in steps; see
// Occupancy.
func (c *Client) Occupancy(ctx context.Context, room string, from, to time.Time, step time.Duration) (answer Occupancy, err error) {
	q := span(from, to)
	q.Set("step", step.String())
	return answer, c.get(ctx, roomPath(room, "occupancy"), q, &answer)
}

// Expected returns the list of who should be in a room.
func (c *Client) Expected(ctx context.Context, room string) (answer ExpectedAnswer, err error) {
	return answer, c.get(ctx, roomPath(room, "expected"), nil, &answer)
}

// SetExpected sets the list of who should be in a room, and returns it as it is then.
func (c *Client) SetExpected(ctx context.Context, room string, e Expected) (answer ExpectedAnswer, err error) {
	if e.People == nil {
		e.People = []ExpectedPerson{}
	}
	return answer, c.send(ctx, http.MethodPut, roomPath(room, "expected"), e, &answer)
}

// SetMark corrects by hand what reports say of somebody: StatusPresent, StatusExcused, or "" for
// what was recorded.
func (c *Client) SetMark(ctx context.Context, room, id, mark string) (answer Marked, err error) {
	return answer, c.send(ctx, http.MethodPut, roomPath(room, "attendance/"+url.PathEscape(id)), MarkRequest{mark}, &answer)
}

// roomPath returns the path of a call about a room.
func roomPath(room, of string) string { return "rooms/" + url.PathEscape(room) + "/" + of }

// span returns the parameters that say which time a report is about.
func span(from, to time.Time) url.Values {
	return url.Values{"from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}
}

// get makes a call and decodes the answer.
func (c *Client) get(ctx context.Context, path string, query url.Values, answer any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, readInto(answer))
}

// send makes a call with a body and decodes the answer.
func (c *Client) send(ctx context.Context, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.call(ctx, method, path, nil, text, readInto(answer))
}

// call makes a call, and passes the answer to read. It repeats the call while that is one too
// many.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, body []byte, read func(*http.Response) error) error {
	address := strings.TrimSuffix(c.Server, "/") + "/" + Path + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	for {
		req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+c.Key)
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := cmp.Or(c.HTTP, defaultHTTP).Do(req)
		if err != nil {
			return err
		}
		err = read(res)
		if p, ok := errors.AsType[*Problem](err); !ok || p.Type != TooManyCalls {
			return err
		}
		if err := pause(ctx, res.Header.Get("Retry-After")); err != nil {
			return err
		}
	}
}

func readInto(answer any) func(*http.Response) error {
	return func(res *http.Response) error { return read(res, answer) }
}

// read decodes an answer, or returns the *Problem that it is.
func read(res *http.Response, answer any) error {
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case len(body) > maxAnswer:
		return fmt.Errorf("%s has more than %d bytes", res.Request.URL.Path, maxAnswer)
	case kind == "application/problem+json":
		p := new(Problem)
		if err := json.Unmarshal(body, p); err != nil {
			return fmt.Errorf("%s: %w", res.Status, err)
		}
		return p
	case res.StatusCode != http.StatusOK || kind != "application/json":
		return fmt.Errorf("%s is no API of Rollcall: it answers %s", res.Request.URL, res.Status)
	}
	return json.Unmarshal(body, answer)
}

// pause waits for so many seconds, between 1 and 10.
func pause(ctx context.Context, seconds string) error {
	n, _ := strconv.Atoi(seconds)
	timer := time.NewTimer(time.Duration(min(max(n, 1), 10)) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
