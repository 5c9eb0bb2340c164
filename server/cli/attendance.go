package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"rollcall/server/attendance"
	"rollcall/shared/api"
	"rollcall/shared/roomname"
)

// Attendance is the command that prints who was in a room.
type Attendance struct {
	Room     string `arg:"" help:"The room; that of the first page is lobby."`
	From     moment `env:"-" placeholder:"TIME" help:"From when: a date, 2026-11-28T09:00 in the time zone of this machine, or as RFC 3339 has it. (the beginning of today)"`
	To       moment `env:"-" placeholder:"TIME" help:"Until when. (now)"`
	Database string `placeholder:"FILE-OR-URL" help:"Read this database, as the server's -database says, and ask no server. The server may be running."`
	server
	output
}

// moment is a time on the command line; zero if nothing was said.
type moment struct{ time.Time }

// UnmarshalText parses a time.
func (m *moment) UnmarshalText(text []byte) (err error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if m.Time, err = time.ParseInLocation(form, string(text), time.Local); err == nil {
			return nil
		}
	}
	return errors.New("that is not a time, as in 2026-11-28, 2026-11-28T09:00 or 2026-11-28T09:00:00Z")
}

// Help returns an example.
func (*Attendance) Help() string {
	return "Example:\n\n  rollcall attendance standup -from 2026-11-28T09:00 -to 2026-11-28T10:00 -o csv\n\nROLLCALL_API_KEY must have a key with the scope attendance. When no server runs, -database FILE reads the file. It exits with 4 if visits may be missing, and says of which time. " + exitCodes
}

// Validate returns an error if an argument is not valid.
func (c *Attendance) Validate() error {
	source := c.server.Validate
	if c.Database != "" {
		source = (&database{c.Database}).Validate
	}
	if err := cmp.Or(roomname.Check(c.Room), source()); err != nil {
		return err
	}
	if from, to := c.span(time.Now()); !from.Before(to) {
		return errors.New("--to: it is not after --from")
	}
	return nil
}

// span returns the time that the report is about.
func (c *Attendance) span(now time.Time) (from, to time.Time) {
	from, to = c.From.Time, c.To.Time
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.Local)
	}
	return from, to
}

var personList = list[api.Attendee]{
	header: attendance.Header,
	row: func(p api.Attendee, at func(int64) string) []string {
		row := attendance.Line(&p)
		row[0], row[5], row[6] = p.Name, at(ms(p.FirstJoined)), at(ms(p.LastLeft))
		return row
	},
}

// ms returns a time in milliseconds since the Unix epoch; 0 if there is none.
func ms(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

// Run prints a line for each person.
func (c *Attendance) Run(e *Env) error {
	from, to := c.span(time.Now())
	if c.Database == "" {
		return c.ask(e, from, to)
	}
	d := database{c.Database}
	s, err := d.open(e.Context)
	if err != nil {
		return err
	}
	report, err := attendance.NewRoll(s).Report(e.Context, c.Room, from, to)
	if err != nil {
		return cmp.Or(fmt.Errorf("--database: %w", err), s.Close())
	}
	err = c.print(e, report.Span, report.People())
	report.Close()
	return cmp.Or(err, s.Close())
}

// ask prints what a server answers.
func (c *Attendance) ask(e *Env, from, to time.Time) error {
	if e.Key == "" {
		return errNoKey
	}
	client := &api.Client{Server: c.Server, Key: e.Key}
	answer, w := io.Pipe()
	defer answer.Close() // which ends the call
	go func() {
		_ = w.CloseWithError(client.WriteAttendance(e.Context, w, c.Room, from, to, api.FormatJSONL))
	}()
	lines := json.NewDecoder(answer)
	var about api.Span
	if err := lines.Decode(&about); err != nil {
		return fmt.Errorf("%s: %w", c.Server, err)
	}
	return c.print(e, about, func(yield func(api.Attendee, error) bool) {
		for {
			var p api.Attendee
			err := lines.Decode(&p)
			if errors.Is(err, io.EOF) || !yield(p, err) || err != nil {
				return
			}
		}
	})
}

// print prints a report as it comes, except that a table is printed at its end.
func (c *Attendance) print(e *Env, about api.Span, people iter.Seq2[api.Attendee, error]) error {
	var err error
	if c.Output != "table" {
		err = attendance.Write(e.Stdout, about, people, c.Output)
	} else {
		var all []api.Attendee
		if all, err = collect(people); err == nil {
			err = personList.print(e.Stdout, c.output, all)
		}
	}
	return cmp.Or(err, missing(about.Gaps))
}

// collect returns all people, without their intervals.
func collect(people iter.Seq2[api.Attendee, error]) (all []api.Attendee, err error) {
	for p, err := range people {
		if err != nil {
			return nil, err
		}
		p.Intervals = nil
		all = append(all, p)
	}
	return all, nil
}

// missing returns an error that names the gaps, or nil if there are none.
func missing(gaps []api.Gap) error {
	if len(gaps) == 0 {
		return nil
	}
	var times []string
	for _, g := range gaps {
		times = append(times, inUTC(g.From.UnixMilli())+" to "+inUTC(g.To.UnixMilli()))
	}
	return incomplete("visits may be missing of " + strings.Join(times, ", "))
}
