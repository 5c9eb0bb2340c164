package main

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"rollcall/server/hub"
	"rollcall/server/site"
	"rollcall/shared"
)

// commands is the command line: one field per command, one field of that per
// flag. Each flag is also read from the environment, as in ROLLCALL_ADDR.
type commands struct {
	Serve   serve   `cmd:"" help:"Serve rooms until interrupted."`
	Version version `cmd:"" help:"Print the version."`
}

// serve is the settings of the server.
type serve struct {
	Addr            string        `default:"localhost:8000" placeholder:"HOST:PORT" help:"Where to listen: ':8000' is every interface, port 0 any that is free. (${default})"`
	AllowOrigin     []string      `placeholder:"ORIGIN" help:"Let pages of another origin connect, as in 'https://example.com' or '*.example.com'. May be repeated."`
	Grace           time.Duration `default:"${grace}" placeholder:"TIME" help:"How long a member whose last connection closed is still shown. (${default})"`
	MaxRooms        int           `default:"${maxRooms}" placeholder:"N" help:"Rooms at a time. (${default})"`
	MaxSessions     int           `default:"${maxSessions}" placeholder:"N" help:"Connections at a time, of all rooms together. (${default})"`
	MaxRoomSessions int           `default:"${maxRoomSessions}" placeholder:"N" help:"Connections at a time, of one room. (${default})"`
	LogBytes        int           `default:"${logBytes}" placeholder:"N" help:"Bytes of changes that a room keeps for slow and returning clients; who needs more gets the whole roster. (${default})"`
	LogLevel        slog.Level    `default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error. (${default})"`
}

// defaults are the values that other packages own.
var defaults = kong.Vars{
	"grace":           shared.DefaultGrace.String(),
	"maxRooms":        strconv.Itoa(hub.DefaultMaxRooms),
	"maxSessions":     strconv.Itoa(hub.DefaultMaxSessions),
	"maxRoomSessions": strconv.Itoa(hub.DefaultMaxRoomSessions),
	"logBytes":        strconv.Itoa(hub.DefaultLogBytes),
}

// maxGrace bounds the grace: a member who is gone for longer is not here.
const maxGrace = time.Hour

// Validate finds values that parse but can't be used. Its error names the flag.
func (s *serve) Validate() error {
	if s.Grace <= 0 || s.Grace > maxGrace {
		return fmt.Errorf("--grace: %v is not above 0 and at most %v", s.Grace, maxGrace)
	}
	for flag, n := range map[string]int{
		"max-rooms": s.MaxRooms, "max-sessions": s.MaxSessions, "max-room-sessions": s.MaxRoomSessions,
	} {
		if n <= 0 {
			return fmt.Errorf("--%s: %d is not above 0", flag, n)
		}
	}
	if s.LogBytes < hub.MinLogBytes || s.LogBytes > hub.MaxLogBytes {
		return fmt.Errorf("--log-bytes: %d is not between %d and %d", s.LogBytes, hub.MinLogBytes, hub.MaxLogBytes)
	}
	for _, origin := range s.AllowOrigin {
		if err := site.CheckOrigin(origin); err != nil {
			return fmt.Errorf("--allow-origin: %w", err)
		}
	}
	return checkAddr(s.Addr)
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("--addr: %q is not HOST:PORT: %w", addr, err)
	}
	return nil
}

// parse reads the command line. Where it only asked for help, help has been
// printed and the result is nil.
func (p *program) parse(args []string) (*kong.Context, error) {
	helped := false
	parser, err := kong.New(new(commands), defaults,
		kong.Name("rollcall"),
		kong.Description("Rooms on the web that show who is in them. A flag may be written -addr or --addr; the environment may say the same as ROLLCALL_ADDR."),
		kong.DefaultEnvars("ROLLCALL"),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { helped = true }),
		kong.Bind(p),
	)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(goStyle(args))
	if helped {
		return nil, nil
	}
	return parsed, err
}

// goStyle rewrites what Go programs take and kong does not: -flag for --flag,
// and help as a command.
func goStyle(args []string) []string {
	var rewritten []string
	for i, arg := range args {
		if arg == "--" {
			return append(rewritten, args[i:]...)
		}
		if len(arg) > 2 && arg[0] == '-' && arg[1] >= 'a' && arg[1] <= 'z' {
			arg = "-" + arg
		}
		rewritten = append(rewritten, arg)
	}
	if len(args) > 0 && args[0] == "help" {
		return append(rewritten[1:], "--help")
	}
	return rewritten
}
