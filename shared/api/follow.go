package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"mime"
	"net/http"
	"net/url"
)

// Follow yields what happens in a room, or with "" in all, as it happens, with the cursor
// after each event. It begins after the given cursor, which is one that it has yielded or
// Followed.EventsFrom, or with "" now. It ends with an error when the connection does, which
// it may at any time: continue with the last cursor. The first event, and the last where the
// server ends the stream, are about the stream itself. Unless HTTP says otherwise, it waits
// for as long as it takes.
func (c *Client) Follow(ctx context.Context, room, after string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := c.follow(ctx, room, after, func(e Event) bool { return yield(e, nil) })
		if err != nil {
			yield(Event{}, err)
		}
	}
}

func (c *Client) follow(ctx context.Context, room, after string, yield func(Event) bool) error {
	q := url.Values{}
	if room != "" {
		q.Set("room", room)
	}
	if after != "" {
		q.Set("last_event_id", after)
	}
	return c.patient().call(ctx, http.MethodGet, "events", q, nil, func(res *http.Response) error {
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
			return notThat(res, kind)
		}
		defer res.Body.Close()
		return readEvents(bufio.NewScanner(res.Body), yield)
	})
}

// maxEventLine bounds a line of a stream, in bytes. One with the longest note and the cursor
// of many nodes is shorter.
const maxEventLine = 64 << 10

// readEvents reads a stream of events as a server of Rollcall writes it: each field of an
// event is one line (HTML standard §9.2.6).
func readEvents(lines *bufio.Scanner, yield func(Event) bool) error {
	lines.Buffer(nil, maxEventLine)
	var e Event
	var cursor string
	for lines.Scan() {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch string(field) {
		case "id":
			cursor = string(value)
		case "data":
			if err := json.Unmarshal(value, &e); err != nil {
				return fmt.Errorf("an event can't be read: %w", err)
			}
		case "": // the end of an event, or a comment
			if len(value) > 0 {
				continue
			}
			if e.Cursor = cursor; e.Type != "" && !yield(e) {
				return nil
			}
			e = Event{}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return ErrStreamEnded
}
