package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"rollcall/server"
	"rollcall/server/attendance"
	"rollcall/server/keeper"
	"rollcall/server/metrics"
	"rollcall/server/store"
	"rollcall/server/webhook"
	"rollcall/shared"
)

// memory is what is kept longer than the program runs.
type memory struct {
	Database        string        `placeholder:"FILE-OR-URL" help:"Keep what must outlive the program here: a file (SQLite), or for several servers 'postgres://user@host/name'. An address with a password is taken from the configuration file only."`
	Attendance      bool          `help:"Keep who was in a room from when to when, with --database. The page says so before one joins."`
	AttendanceKeep  time.Duration `default:"2160h" placeholder:"TIME" help:"How long a visit is kept, from its beginning; at least 24h. (${default})"`
	WebhooksFile    string        `placeholder:"FILE" help:"Tell other programs what happens in rooms: the endpoints in this file (TOML). Needs --database."`
	AttendanceNames bool          `default:"true" placeholder:"BOOL" help:"Keep names with visits; false keeps members' ids alone. (${default})"`
}

func (m *memory) check(clustered bool) error {
	switch {
	case m.Attendance && m.Database == "":
		return errors.New("--attendance needs --database")
	case m.WebhooksFile != "" && m.Database == "":
		return errors.New("--webhooks-file needs --database: events are kept there until they are delivered")
	case m.AttendanceKeep < attendance.MinKeep:
		return fmt.Errorf("--attendance-keep: %v is below %v", m.AttendanceKeep, attendance.MinKeep)
	case m.Database == "":
		return nil
	}
	if err := store.CheckAddress(m.Database); err != nil {
		return about("database", err)
	}
	if clustered && !store.IsPostgres(m.Database) {
		return errors.New("--database: a file is for one server: with --nats or --cluster it must be postgres://")
	}
	return nil
}

// attendanceKept is for how long it is kept who was in a room; 0 if it is not.
func (m *memory) attendanceKept() time.Duration {
	if !m.Attendance {
		return 0
	}
	return m.AttendanceKeep
}

// records is the database, and who writes to it.
type records struct {
	store  *store.Store         // nil without a database
	rooms  *keeper.Keeper       // nil without a database
	visits *attendance.Recorder // nil if no attendance is taken
	roll   *attendance.Roll     // the same
	hooks  []*webhook.Hook      // the endpoints that are told what happens
	told   *webhook.Sender      // nil if there are none
}

// openRecords opens the database, if there is one.
func (m *memory) openRecords(ctx context.Context) (r records, err error) {
	if m.Database != "" {
		r.store, err = store.Open(ctx, m.Database)
	}
	if m.Attendance && err == nil {
		r.roll = attendance.NewRoll(r.store)
	}
	return r, about("database", err)
}

// readHooks reads the file with the endpoints, if there is one.
func (m *memory) readHooks() (hooks []*webhook.Hook, err error) {
	if m.WebhooksFile != "" {
		hooks, err = webhook.Read(m.WebhooksFile)
	}
	return hooks, about("webhooks-file", err)
}

// tellHooks begins to tell endpoints what happens, if there are any.
func (s *settings) tellHooks(ctx context.Context, all *service, log *slog.Logger) (err error) {
	r := all.records
	if len(r.hooks) == 0 {
		return nil
	}
	r.told, err = webhook.Start(ctx, all.told, webhook.Config{
		Store: r.store, Hooks: r.hooks, Shared: all.others != nil || all.link != nil,
		Alone: all.link != nil && !all.link.Linked(), Here: all.here, Log: log,
	})
	return about("database", err)
}

// here returns who is in a room, on all nodes, and false if that is not known yet.
func (s *service) here(room string) ([]shared.User, bool) {
	if s.others == nil {
		return s.rooms.Hub().View(room, math.MaxInt).Users, s.link == nil || !s.link.Holds()
	}
	people := s.rooms.Hub().Preload(room, math.MaxInt).Users
	missing, err := s.others.cluster.Missing(room)
	return people, err == nil && len(missing) == 0
}

// keepRooms gives the rooms what was set for them before, and keeps what is set from now on,
// if there is a database.
func (s *settings) keepRooms(ctx context.Context, r *records, rooms *server.Server, log *slog.Logger) (err error) {
	if r.store == nil {
		return nil
	}
	r.rooms, err = keeper.Keep(ctx, rooms.Hub(), keeper.Config{Store: r.store, Shared: store.IsPostgres(s.Database) || s.Handover != "", Log: log})
	return about("database", err)
}

// recordVisits begins to take attendance, if that is wanted.
func (s *settings) recordVisits(ctx context.Context, r *records, rooms *server.Server, log *slog.Logger) (err error) {
	if !s.Attendance {
		return nil
	}
	identity := "typed"
	if s.Auth == "jwt" {
		identity = "token"
	}
	r.visits, err = attendance.Record(ctx, rooms.Hub(), attendance.Config{
		Store: r.store, Node: nodeName(), Identity: identity, NoNames: !s.AttendanceNames, Keep: s.AttendanceKeep, Log: log,
	})
	return about("database", err)
}

// measured returns what is measured of the programs that are told what happens.
func (s *service) measured() *metrics.Told {
	return &metrics.Told{Followers: s.calls.Followers, Endpoints: func() (all []metrics.Endpoint) {
		if s.records.told == nil {
			return nil
		}
		for _, status := range s.records.told.Statuses() {
			all = append(all, metrics.Endpoint(status))
		}
		return all
	}}
}

// erase deletes what is kept of a member.
func (r *records) erase(ctx context.Context, member string) (rows int64, err error) {
	if r.told != nil {
		r.told.Forget(member)
	}
	return r.store.Erase(ctx, member)
}

// stopping tells who takes attendance that clients are sent away.
func (r *records) stopping() {
	if r.visits != nil {
		r.visits.Stopping()
	}
}

// writeWithin bounds how long what is left to be written may take at the end.
const writeWithin = 5 * time.Second

// close writes what is left and closes the database.
func (r *records) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	if r.visits != nil {
		err = r.visits.Close(ctx)
	}
	if r.rooms != nil {
		err = errors.Join(err, r.rooms.Close(ctx))
	}
	if r.told != nil {
		err = errors.Join(err, r.told.Close(ctx))
	}
	if r.store != nil {
		err = errors.Join(err, r.store.Close())
	}
	return err
}
