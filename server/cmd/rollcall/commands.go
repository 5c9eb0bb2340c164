package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"rollcall/server/cli"
)

// commands is the command line: a field for each command.
type commands struct {
	Serve      serve          `cmd:"" help:"Serve rooms until interrupted."`
	Config     config         `cmd:"" help:"Print the settings that serve would use, and where each comes from, as a configuration file."`
	Token      token          `cmd:"" help:"Print a token, for trying out a server with -auth=jwt and a secret."`
	Rooms      cli.Rooms      `cmd:"" group:"Ask a server" help:"List the rooms that somebody is in."`
	Who        cli.Who        `cmd:"" group:"Ask a server" help:"List the people in a room."`
	Where      cli.Where      `cmd:"" group:"Ask a server" help:"List the rooms that one person is in."`
	Watch      cli.Watch      `cmd:"" group:"Ask a server" help:"Print people as they come to a room and leave it."`
	Kick       cli.Kick       `cmd:"" group:"Ask a server" help:"Remove somebody from a room."`
	Ban        cli.Ban        `cmd:"" group:"Ask a server" help:"Remove somebody from a room, and keep them out for some time."`
	Unban      cli.Unban      `cmd:"" group:"Ask a server" help:"End a ban."`
	Bans       cli.Bans       `cmd:"" group:"Ask a server" help:"List who is banned from a room."`
	Lock       cli.Lock       `cmd:"" group:"Ask a server" help:"Let nobody new into a room."`
	Unlock     cli.Unlock     `cmd:"" group:"Ask a server" help:"Let everybody into a room again."`
	Announce   cli.Announce   `cmd:"" group:"Ask a server" help:"Show everybody in a room a line."`
	Attendance cli.Attendance `cmd:"" group:"Ask a server" help:"Print who was in a room, from when to when, and who should have been."`
	Erase      cli.Erase      `cmd:"" group:"Use a database" help:"Delete what is kept of one person."`
	Webhooks   cli.Webhooks   `cmd:"" group:"Use a database" help:"List the endpoints that are told what happens, and try them."`
	Backup     cli.Backup     `cmd:"" group:"Use a database" help:"Copy a database that is a file."`
	Key        cli.Key        `cmd:"" help:"Add a key for the HTTP API to a file, and print it."`
	Nodes      nodes          `cmd:"" help:"List the servers that share rooms, as the one on this machine knows them."`
	Completion completion     `cmd:"" help:"Print a script that completes commands and flags in a shell."`
	Version    version        `cmd:"" help:"Print the version."`
}

// parse reads the command line, the environment and the configuration file.
// Where it only asked for help, help has been printed and the result is nil.
func (p *program) parse(args []string) (*kong.Context, error) {
	helped := false
	parser, err := kong.New(new(commands), defaults(),
		kong.Name("rollcall"),
		kong.Description("Rooms on the web that show who is in them. A flag may be written -addr or --addr; the environment may say the same as ROLLCALL_ADDR, and a configuration file as addr."),
		kong.DefaultEnvars(envPrefix),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { helped = true }),
		kong.Bind(p, &cli.Env{Context: p.ctx, Stdout: p.stdout, Key: os.Getenv(cli.KeyVariable)}),
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

// version is the command that prints what was built from what.
type version struct{}

func (version) Run(p *program) error {
	_, err := fmt.Fprintf(p.stdout, "rollcall %s %s %s/%s\n", built(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// built is the version that the program was built from.
func built() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(unknown)"
}
