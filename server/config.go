package server

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"rollcall/server/hosts"
	"rollcall/server/hub"
	"rollcall/server/site"
	"rollcall/shared"
)

// Config says what a Server serves, and to whom. A zero field has the default named
// there.
type Config struct {
	// Assets is the browser's program as a build leaves it: web.Assets(), or a tree of
	// the same form. Without it there are no pages, only the WebSocket at Base + "ws"
	// and Base + "healthz".
	Assets fs.FS
	// Base is the path under which browsers find everything, as in "/presence/"; "/"
	// by default. Behind http.StripPrefix it is the path before that.
	Base string
	// Host lists the names that the server has, as in "rollcall.example.com"; a
	// request for another is answered with 421. By default it has every name. See
	// Listening.
	Host []string
	// AllowOrigin lists the origins whose pages may connect, beside the server's own:
	// a host as in "example.com" or "*.example.com", or with a scheme as in
	// "https://example.com".
	AllowOrigin []string
	// TrustedProxy lists the networks of proxies that are believed when they say for
	// whom they forward, with X-Forwarded-For, -Proto and -Host, or with Forwarded
	// (RFC 7239) if that is set. By default nobody is believed.
	TrustedProxy []netip.Prefix
	Forwarded    bool
	// HSTS is for how long a browser that has come by https comes by nothing else
	// (RFC 6797). It is not said by default, for it holds for the whole host.
	HSTS time.Duration

	// Authenticate says who the sender of a request is, and whether they may enter a
	// room. It is asked for each page of a room and for each WebSocket. Who may not enter gets
	// an error of type shared.Error, with code unauthorized, token_expired or forbidden,
	// which is sent to the client. After any other the client learns nothing, and tries
	// again. It is called by several goroutines at a time. By default everybody may
	// enter, under any name.
	Authenticate func(r *http.Request, room string) (*Identity, error)
	// VerifyToken is used in place of Authenticate where whoever enters brings a token:
	// in the Authorization header, or for browsers in the address of the page. A page
	// without one asks for it. The token is "" if a request had none.
	VerifyToken func(token, room string) (*Identity, error)

	// Grace is how long a member whose last connection closed is still shown, at most
	// an hour; shared.DefaultGrace by default.
	Grace time.Duration
	// AwayAfter is how long a page is hidden before its person is away: a second to a
	// day, shared.AwayAfter by default.
	AwayAfter time.Duration
	// AttendanceKept is how long an observer of the program keeps who was in a room. The
	// page says it, in days rounded up, before one joins. 0, the default, means that no
	// attendance is taken.
	AttendanceKept time.Duration
	// AttendancePage makes what answers at the path of a room followed by "/attendance", and
	// at Base + "attendance" for the lobby; see site.Config. By default nothing does.
	AttendancePage func(*site.Site) (http.Handler, error)
	// RememberRooms has what rooms say of themselves be remembered while nobody is there. An
	// observer can keep it for longer: see hub.Hub.RestoreRoom.
	RememberRooms bool
	// PublicNames has widgets and badges name people, and not only say how many there are.
	PublicNames bool
	// Badges lets pages of all origins show the badge of a room, without a token.
	Badges bool
	// JoinWithin is how long a session may take to its first message;
	// shared.JoinWithin by default.
	JoinWithin time.Duration

	MaxRooms        int // rooms at a time; hub.DefaultMaxRooms by default
	MaxSessions     int // connections at a time, of all rooms together; hub.DefaultMaxSessions by default
	MaxRoomSessions int // connections at a time, of one room; hub.DefaultMaxRoomSessions by default
	MaxFrameBytes   int // of a client's message; shared.MaxClientFrame by default
	// LogBytes bounds the changes that a room keeps for slow and returning clients;
	// hub.DefaultLogBytes by default.
	LogBytes int
	// Limits bounds what one client may have; DefaultLimits() by default.
	Limits *Limits

	// Handlers answer for paths relative to Base, as in "api/" for everything under it
	// or "status" for itself alone. They get the same security headers and checks of
	// the host as the pages.
	Handlers map[string]http.Handler
	// Mesh is told what other servers that share the rooms want to know; nobody is by
	// default. What they say in turn is for Server.Hub.
	Mesh *hub.Mesh
	// Log receives a line for each session that ended and for what went wrong; nothing
	// is logged by default.
	Log *slog.Logger
}

// Identity is what is known of somebody who may enter.
type Identity struct {
	// ID is the member's, which everybody in the room sees. All sessions with one ID
	// are one member. shared.SubjectID makes it of whatever the program itself knows
	// the person by.
	ID string
	// Name is the only one that the member may have; "" lets them choose.
	Name string
	// Role is shown to the room, and says what the member may do. The zero Role is
	// shared.RoleMember.
	Role shared.Role
	// Info is shown to the room; see shared.NewInfo.
	Info shared.Info
	// Until is when the session ends; the zero Time is never.
	Until time.Time
}

// Limits is how much one address, and one session, may have. 0 sets no limit.
type Limits struct {
	MaxAddressConnections int            // connections at a time, of one address (of version 6: of its /64)
	MaxAddressJoins       int            // sessions that an address may begin a second, on average; as many at once as it may have connections
	MaxAddressRooms       int            // rooms at a time, of one address
	MaxMessages           int            // events of one session a second, on average; five times as many at once
	Exempt                []netip.Prefix // networks whose addresses have no limits
}

// DefaultLimits returns the limits of a Config that says nothing of them. Addresses of
// loopback have none.
func DefaultLimits() *Limits {
	return &Limits{
		MaxAddressConnections: 1000,
		MaxAddressJoins:       20,
		MaxAddressRooms:       100,
		MaxMessages:           20,
		Exempt:                []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
	}
}

// The bounds of what a Config may have.
const (
	maxGrace = time.Hour      // a member who is gone for longer is not here
	maxAway  = 24 * time.Hour // nobody looks at a page that is hidden for longer
	minFrame = 4 << 10        // bytes: a name, a note and a key of any script, as JSON
)

// WithDefaults returns c with the defaults in fields that are zero.
func (c Config) WithDefaults() Config {
	c.Base = cmp.Or(c.Base, "/")
	c.Grace = cmp.Or(c.Grace, shared.DefaultGrace)
	c.AwayAfter = cmp.Or(c.AwayAfter, shared.AwayAfter)
	c.JoinWithin = cmp.Or(c.JoinWithin, shared.JoinWithin)
	c.MaxRooms = cmp.Or(c.MaxRooms, hub.DefaultMaxRooms)
	c.MaxSessions = cmp.Or(c.MaxSessions, hub.DefaultMaxSessions)
	c.MaxRoomSessions = cmp.Or(c.MaxRoomSessions, hub.DefaultMaxRoomSessions)
	c.MaxFrameBytes = cmp.Or(c.MaxFrameBytes, shared.MaxClientFrame)
	c.LogBytes = cmp.Or(c.LogBytes, hub.DefaultLogBytes)
	c.Limits = cmp.Or(c.Limits, DefaultLimits())
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c
}

// FieldError says which field of a Config or of its Limits can't be used, and why.
type FieldError struct {
	Field string
	Err   error
}

func (e *FieldError) Error() string { return "server: Config." + e.Field + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *FieldError) Unwrap() error { return e.Err }

// Validate returns a *FieldError for the first field with a value that can't be used.
// It takes c as it is: where zero stands for a default (see WithDefaults), zero itself
// can't be used.
func (c Config) Validate() error {
	return cmp.Or(c.checkNetwork(), c.checkRooms(), c.Limits.check())
}

func (c Config) checkNetwork() error {
	for _, origin := range c.AllowOrigin {
		if err := site.CheckOrigin(origin); err != nil {
			return &FieldError{"AllowOrigin", err}
		}
	}
	for _, host := range c.Host {
		if err := hosts.Check(host); err != nil {
			return &FieldError{"Host", err}
		}
	}
	if err := site.CheckBase(c.Base); err != nil {
		return &FieldError{"Base", err}
	}
	if err := site.CheckHandlers(c.Handlers); err != nil {
		return &FieldError{"Handlers", err}
	}
	if c.HSTS < 0 {
		return invalid("HSTS", "%v is below 0", c.HSTS)
	}
	if c.Authenticate != nil && c.VerifyToken != nil {
		return invalid("VerifyToken", "Authenticate is set too, and one of them decides")
	}
	return nil
}

func (c Config) checkRooms() error {
	for _, f := range []struct {
		name string
		n    int
	}{{"MaxRooms", c.MaxRooms}, {"MaxSessions", c.MaxSessions}, {"MaxRoomSessions", c.MaxRoomSessions}} {
		if f.n <= 0 {
			return invalid(f.name, "%d is not above 0", f.n)
		}
	}
	switch {
	case c.Grace <= 0 || c.Grace > maxGrace:
		return invalid("Grace", "%v is not above 0 and at most %v", c.Grace, maxGrace)
	case c.AwayAfter < time.Second || c.AwayAfter > maxAway:
		return invalid("AwayAfter", "%v is not between 1s and %v", c.AwayAfter, maxAway)
	case c.AttendanceKept < 0:
		return invalid("AttendanceKept", "%v is below 0", c.AttendanceKept)
	case c.JoinWithin <= 0:
		return invalid("JoinWithin", "%v is not above 0", c.JoinWithin)
	case c.MaxFrameBytes < minFrame || c.MaxFrameBytes > shared.MaxServerFrame:
		return invalid("MaxFrameBytes", "%d is not between %d and %d", c.MaxFrameBytes, minFrame, shared.MaxServerFrame)
	case c.LogBytes < hub.MinLogBytes || c.LogBytes > hub.MaxLogBytes:
		return invalid("LogBytes", "%d is not between %d and %d", c.LogBytes, hub.MinLogBytes, hub.MaxLogBytes)
	}
	return nil
}

func (l *Limits) check() error {
	if l == nil {
		return nil // the defaults
	}
	for _, f := range []struct {
		name string
		n    int
	}{
		{"MaxAddressConnections", l.MaxAddressConnections}, {"MaxAddressJoins", l.MaxAddressJoins},
		{"MaxAddressRooms", l.MaxAddressRooms}, {"MaxMessages", l.MaxMessages},
	} {
		if f.n < 0 {
			return invalid(f.name, "%d is below 0", f.n)
		}
	}
	return nil
}

func invalid(field, format string, args ...any) error {
	return &FieldError{field, fmt.Errorf(format, args...)}
}

// siteLimits are what one address may have: at most half of what all may have together,
// so that no address keeps all others out.
func (c Config) siteLimits() site.Limits {
	half := func(n, all int) int { return min(n, (all+1)/2) } // 0 stays 0, which sets no limit
	l := site.Limits{
		Connections: half(c.Limits.MaxAddressConnections, c.MaxSessions),
		Joins:       c.Limits.MaxAddressJoins,
		Rooms:       half(c.Limits.MaxAddressRooms, c.MaxRooms),
		Messages:    c.Limits.MaxMessages,
		Exempt:      c.Limits.Exempt,
	}
	if l.Connections > 0 {
		l.Share = (c.MaxRoomSessions + 1) / 2
	}
	return l
}

// admit returns what lets people in as the configuration says; nil lets in everybody.
func (c Config) admit() site.Admit {
	ask := c.Authenticate
	if ask == nil && c.VerifyToken == nil {
		return nil
	}
	return func(r *http.Request, token, room string) (_ *site.Pass, err error) {
		var known *Identity
		if c.VerifyToken != nil {
			known, err = c.VerifyToken(token, room)
		} else {
			known, err = ask(r, room)
		}
		if err != nil {
			return nil, err
		}
		return known.pass()
	}
}

// pass returns the identity as the site has it, or why it can't be anybody's. Its errors
// tell clients nothing: the mistake is that of whoever made it. None at all lets nobody
// in.
func (i *Identity) pass() (*site.Pass, error) {
	if i == nil {
		return nil, errors.New("neither an identity nor an error")
	}
	if err := shared.CheckID(i.ID); err != nil {
		return nil, fmt.Errorf("the id %q: %v", i.ID, err)
	}
	if !i.Role.Valid() {
		return nil, fmt.Errorf("the role %q", string(i.Role))
	}
	if err := i.Info.Check(); err != nil {
		return nil, fmt.Errorf("the info: %v", err)
	}
	p := site.Pass(*i)
	if i.Name != "" {
		name, err := shared.CleanName(i.Name)
		if err != nil {
			return nil, fmt.Errorf("the name %q: %v", i.Name, err)
		}
		p.Name = name
	}
	return &p, nil
}
