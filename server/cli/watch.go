package cli

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/client"
	"rollcall/shared/roomname"
)

// Watch is the command that prints people as they come to a room and leave it.
type Watch struct {
	Room string `arg:"" help:"The room; that of the first page is lobby."`
	server
	output
}

// Help returns an example.
func (*Watch) Help() string {
	return "Example:\n\n  rollcall watch standup -o json\n\nIt prints who is there (here), and then who arrives (arrived), changes (changed) and leaves (left), until it is interrupted. With -o json each line is an object. A server with -auth=jwt needs a token in ROLLCALL_API_KEY; no other server needs a key."
}

// Validate returns an error if the name or a flag is not valid.
func (c *Watch) Validate() error { return cmp.Or(roomname.Check(c.Room), c.server.Validate()) }

// Run prints changes until e.Context is done, or until the server refuses the watcher.
func (c *Watch) Run(e *Env) error {
	address := "ws" + strings.TrimPrefix(strings.TrimSuffix(c.Server, "/"), "http") + shared.SocketPath("/")
	o := client.Options{Room: c.Room, Watch: shared.DetailRoster, Log: slog.New(slog.DiscardHandler)}
	if !strings.HasPrefix(e.Key, api.KeyPrefix) {
		o.Token = e.Key
	}
	session, err := client.Dial(e.Context, address, o)
	if e.Context.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Server, err)
	}
	defer session.Close()
	seen := sight{print: c.printer(e.Stdout)}
	for {
		update, err := session.Next(e.Context)
		if errors.Is(err, context.Canceled) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", c.Server, err)
		}
		for _, event := range update.Events {
			if err := seen.apply(event); err != nil {
				return err
			}
		}
	}
}

// change is a change of one member, as it is printed.
type change struct {
	Time   time.Time     `json:"time"`
	Event  string        `json:"event"` // here, arrived, changed or left
	Member shared.User   `json:"member"`
	Reason shared.Reason `json:"reason,omitempty"` // with left; "" if that happened while the connection was down
}

// sight turns events into changes. It keeps the members, since a snapshot after the
// connection was down does not say who has come and gone.
type sight struct {
	members map[string]shared.User // by id; nil before the first snapshot
	print   func(change) error
}

func (s *sight) apply(event shared.Event) error {
	switch event := event.(type) {
	case shared.NewUser:
		return s.show(event.User, "arrived")
	case shared.UserUpdated:
		return s.show(event.User, "changed")
	case shared.DisconnectUser:
		return s.left(event.ID, event.Reason)
	case shared.ExistingUsers:
		return s.snapshot(event.Users)
	}
	return nil
}

func (s *sight) show(u shared.User, event string) error {
	s.members[u.ID] = u
	return s.print(change{Time: time.Now(), Event: event, Member: u})
}

func (s *sight) left(id string, why shared.Reason) error {
	u := s.members[id]
	delete(s.members, id)
	return s.print(change{Time: time.Now(), Event: "left", Member: u, Reason: why})
}

func (s *sight) snapshot(users []shared.User) error {
	arrived := "arrived"
	if s.members == nil {
		arrived, s.members = "here", make(map[string]shared.User)
	}
	present := make(map[string]bool, len(users))
	for _, u := range users {
		present[u.ID] = true
		old, known := s.members[u.ID]
		var err error
		if !known {
			err = s.show(u, arrived)
		} else if old != u {
			err = s.show(u, "changed")
		}
		if err != nil {
			return err
		}
	}
	for id := range s.members {
		if !present[id] {
			if err := s.left(id, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// printer returns a function that prints a change.
func (c *Watch) printer(w io.Writer) func(change) error {
	switch c.Output {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return func(ch change) error { return e.Encode(ch) }
	case "csv":
		table := csv.NewWriter(w)
		_ = table.Write([]string{"time", "event", "id", "name", "status", "note", "reason"}) // Flush tells
		return func(ch change) error {
			m := ch.Member
			_ = table.Write(cells([]string{ch.Time.UTC().Format(time.RFC3339), ch.Event, m.ID, m.Name, string(m.Status), m.Note, string(ch.Reason)}))
			table.Flush()
			return table.Error()
		}
	}
	return func(ch change) error {
		text := ch.Member.Name
		switch {
		case ch.Reason != "":
			text += " (" + string(ch.Reason) + ")"
		case ch.Event != "left":
			text += " (" + string(ch.Member.Status) + ")"
		}
		_, err := fmt.Fprintf(w, "%s  %-7s  %s\n", ch.Time.Format(time.TimeOnly), ch.Event, printable(text))
		return err
	}
}
