package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/roomname"
)

// moderated is what the help of commands for moderation ends with.
const moderated = "\n\nROLLCALL_API_KEY must have a key with the scope moderate. " + exitCodes

// inRoom is the argument and the flag of a command about a room.
type inRoom struct {
	Room string `arg:"" help:"The room; that of the first page is lobby."`
	server
}

// Validate returns an error if the name or the flag is not valid.
func (c *inRoom) Validate() error { return cmp.Or(roomname.Check(c.Room), c.server.Validate()) }

// ofPerson are the arguments and the flag of a command about somebody in a room.
type ofPerson struct {
	inRoom
	ID string `arg:"" help:"Their id, as 'rollcall who' prints it."`
}

// Validate returns an error if an argument or the flag is not valid.
func (c *ofPerson) Validate() error { return cmp.Or(c.inRoom.Validate(), shared.CheckID(c.ID)) }

// ask makes one call, and names the nodes that may not have heard of it.
func (s *server) ask(e *Env, call func(*api.Client) (api.Incomplete, error)) error {
	if e.Key == "" {
		return errNoKey
	}
	lacks, err := call(&api.Client{Server: s.Server, Key: e.Key})
	if err != nil {
		return fmt.Errorf("%s: %w", s.Server, err)
	}
	return without(lacks.MissingNodes)
}

// Kick is the command that removes somebody from a room.
type Kick struct {
	ofPerson
	Reason string `env:"-" placeholder:"TEXT" help:"What they are told about it."`
}

// Help returns an example.
func (*Kick) Help() string {
	return "Example:\n\n  rollcall kick standup MFZWIZTHNBVGWMJU -reason loud\n\nThey may join again; see 'rollcall ban'." + moderated
}

// Run removes them, and prints nothing.
func (c *Kick) Run(e *Env) error {
	return c.ask(e, func(client *api.Client) (api.Incomplete, error) {
		answer, err := client.Kick(e.Context, c.Room, c.ID, c.Reason)
		return answer.Incomplete, err
	})
}

// Ban is the command that bans somebody from a room.
type Ban struct {
	ofPerson
	For     time.Duration `env:"-" required:"" placeholder:"TIME" help:"How long, as in 90s, 1h or 24h30m; at most ten years."`
	Reason  string        `env:"-" placeholder:"TEXT" help:"What they are told about it."`
	Address bool          `env:"-" help:"Also keep out whoever is new in the room and comes from an address that they came from, which may be a whole class."`
}

// Help returns an example.
func (*Ban) Help() string {
	return "Example:\n\n  rollcall ban standup MFZWIZTHNBVGWMJU -for 1h -reason loud\n\nThey need not be in the room. In a room without tokens, whoever clears their browser's data is somebody else; see 'rollcall lock'." + moderated
}

// Validate returns an error if an argument or a flag is not valid.
func (c *Ban) Validate() error {
	if c.For < time.Second || c.For > shared.BanWithin {
		return errors.New("--for: that is not from one second to ten years")
	}
	return c.ofPerson.Validate()
}

// Run bans them, and prints nothing.
func (c *Ban) Run(e *Env) error {
	return c.ask(e, func(client *api.Client) (api.Incomplete, error) {
		answer, err := client.Ban(e.Context, c.Room, c.ID, c.For, api.BanOptions{Reason: c.Reason, Address: c.Address})
		return answer.Incomplete, err
	})
}

// Unban is the command that ends a ban.
type Unban struct{ ofPerson }

// Help returns an example.
func (*Unban) Help() string {
	return "Example:\n\n  rollcall unban standup MFZWIZTHNBVGWMJU" + moderated
}

// Run ends the ban, and prints nothing.
func (c *Unban) Run(e *Env) error {
	return c.ask(e, func(client *api.Client) (api.Incomplete, error) {
		answer, err := client.Unban(e.Context, c.Room, c.ID)
		return answer.Incomplete, err
	})
}

// Bans is the command that lists who is banned from a room.
type Bans struct {
	inRoom
	output
}

// Help returns an example.
func (*Bans) Help() string { return "Example:\n\n  rollcall bans standup -o csv" + moderated }

var banList = list[api.Ban]{
	header: []string{"name", "until", "by", "reason", "address", "from", "id"},
	row: func(b api.Ban, at func(int64) string) []string {
		return []string{b.Name, at(b.Until), b.By, b.Reason, strconv.FormatBool(b.Address), at(b.From), b.ID}
	},
}

// Run prints the bans that are in force, sorted by id.
func (c *Bans) Run(e *Env) error {
	var all []api.Ban
	missing, err := c.all(e, func(client *api.Client, p api.Page) (api.More, api.Incomplete, error) {
		answer, err := client.Bans(e.Context, c.Room, p)
		all = append(all, answer.Bans...)
		return answer.More, answer.Incomplete, err
	})
	if err != nil {
		return err
	}
	if err := banList.print(e.Stdout, c.output, all); err != nil {
		return err
	}
	return without(missing)
}

// Lock is the command that lets nobody new into a room.
type Lock struct{ inRoom }

// Help returns an example.
func (*Lock) Help() string {
	return "Example:\n\n  rollcall lock standup\n\nWho is in the room stays." + moderated
}

// Run locks the room, and prints nothing.
func (c *Lock) Run(e *Env) error { return c.lock(e, true) }

// Unlock is the command that ends what Lock has begun.
type Unlock struct{ inRoom }

// Help returns an example.
func (*Unlock) Help() string { return "Example:\n\n  rollcall unlock standup" + moderated }

// Run unlocks the room, and prints nothing.
func (c *Unlock) Run(e *Env) error { return c.lock(e, false) }

func (c *inRoom) lock(e *Env, locked bool) error {
	return c.ask(e, func(client *api.Client) (api.Incomplete, error) {
		answer, err := client.ChangeRoom(e.Context, c.Room, api.RoomChange{Locked: &locked})
		return answer.Incomplete, err
	})
}

// Announce is the command that shows everybody in a room a line.
type Announce struct {
	inRoom
	Text string `arg:"" help:"The text, of at most 280 characters. After -- it may begin with a hyphen."`
}

// Help returns an example.
func (*Announce) Help() string {
	return "Example:\n\n  rollcall announce standup 'The fire drill begins in five minutes.'" + moderated
}

// Run announces the text, and prints nothing.
func (c *Announce) Run(e *Env) error {
	return c.ask(e, func(client *api.Client) (api.Incomplete, error) {
		answer, err := client.Announce(e.Context, c.Room, c.Text)
		return answer.Incomplete, err
	})
}
