package server

import (
	"errors"
	"net/http"
	"testing"
	"testing/fstest"
	"time"
)

// No address has more than half of what all have together, whatever it may have
// otherwise; where an address has no limit, it has none here.
func TestTheShareOfAnAddress(t *testing.T) {
	for _, c := range []struct{ sessions, rooms, roomSessions, connections, want, wantRooms, wantShare int }{
		{1_000_000, 100_000, 100_000, 1000, 1000, 100, 50_000},
		{200, 20, 200, 1000, 100, 10, 100},
		{3, 1, 1, 1000, 2, 1, 1},
		{200, 20, 200, 0, 0, 10, 0},
	} {
		config := Config{MaxSessions: c.sessions, MaxRooms: c.rooms, MaxRoomSessions: c.roomSessions, Limits: &Limits{MaxAddressConnections: c.connections, MaxAddressRooms: 100}}
		if l := config.siteLimits(); l.Connections != c.want || l.Rooms != c.wantRooms || l.Share != c.wantShare {
			t.Errorf("%+v: %+v", c, l)
		}
	}
}

// Every value that can't be used is an error that names its field.
func TestUnusableFields(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		Config
	}{
		"below 0":             {"Grace", Config{Grace: -1}},
		"too long a grace":    {"Grace", Config{Grace: time.Hour + 1}},
		"a path":              {"Base", Config{Base: "presence"}},
		"a host with a path":  {"Host", Config{Host: []string{"a.test/x"}}},
		"an origin's path":    {"AllowOrigin", Config{AllowOrigin: []string{"https://a.test/"}}},
		"no time":             {"HSTS", Config{HSTS: -1}},
		"away at once":        {"AwayAfter", Config{AwayAfter: time.Millisecond}},
		"join at once":        {"JoinWithin", Config{JoinWithin: -1}},
		"rooms":               {"MaxRooms", Config{MaxRooms: -1}},
		"sessions":            {"MaxSessions", Config{MaxSessions: -1}},
		"sessions of a room":  {"MaxRoomSessions", Config{MaxRoomSessions: -1}},
		"a frame for no name": {"MaxFrameBytes", Config{MaxFrameBytes: 1}},
		"a log for nothing":   {"LogBytes", Config{LogBytes: 1}},
		"connections":         {"MaxAddressConnections", Config{Limits: &Limits{MaxAddressConnections: -1}}},
		"joins":               {"MaxAddressJoins", Config{Limits: &Limits{MaxAddressJoins: -1}}},
		"rooms of an address": {"MaxAddressRooms", Config{Limits: &Limits{MaxAddressRooms: -1}}},
		"messages":            {"MaxMessages", Config{Limits: &Limits{MaxMessages: -1}}},
		"two who decide": {"VerifyToken", Config{
			Authenticate: func(*http.Request, string) (*Identity, error) { return nil, nil },
			VerifyToken:  func(string, string) (*Identity, error) { return nil, nil },
		}},
		"a handler at our ws":   {"Handlers", Config{Handlers: map[string]http.Handler{"ws": http.NotFoundHandler()}}},
		"a handler of nothing":  {"Handlers", Config{Handlers: map[string]http.Handler{"api/": nil}}},
		"a handler at the base": {"Handlers", Config{Handlers: map[string]http.Handler{"": http.NotFoundHandler()}}},
		"a handler's method":    {"Handlers", Config{Handlers: map[string]http.Handler{"GET api/": http.NotFoundHandler()}}},
		"an empty build":        {"Assets", Config{Assets: fstest.MapFS{}}},
	} {
		_, err := New(c.Config)
		var of *FieldError
		if !errors.As(err, &of) || of.Field != c.field {
			t.Errorf("%s: %v, want one of %s", name, err, c.field)
		}
	}
}
