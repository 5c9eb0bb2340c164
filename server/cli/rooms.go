package cli

import (
	"strconv"

	"rollcall/shared/api"
)

// Rooms is the command that lists the rooms that somebody is in.
type Rooms struct {
	Prefix string `env:"-" placeholder:"TEXT" help:"Only rooms whose names begin with this."`
	server
	output
}

// Help returns an example, and the exit codes.
func (*Rooms) Help() string {
	return "Example:\n\n  rollcall rooms -prefix stand -o json\n\nROLLCALL_API_KEY must have a key with the scope read. " + exitCodes
}

// exitCodes is the part of the help about exit codes.
const exitCodes = "Exit codes: 0; 1 if it fails; 3 if there is no key or the key does not allow it; 4 if nodes did not answer, so that the output is incomplete; 78 if the command line is wrong."

var roomList = list[api.Room]{
	header: []string{"room", "members", "sessions", "watchers", "since", "locked", "title"},
	row: func(r api.Room, at func(int64) string) []string {
		return []string{r.Room, strconv.Itoa(r.Members), strconv.Itoa(r.Sessions), strconv.Itoa(r.Watchers), at(r.Since), strconv.FormatBool(r.Locked), r.Title}
	},
}

// Run prints the rooms, sorted by name.
func (c *Rooms) Run(e *Env) error {
	var all []api.Room
	missing, err := c.all(e, func(client *api.Client, p api.Page) (api.More, api.Incomplete, error) {
		answer, err := client.Rooms(e.Context, c.Prefix, p)
		all = append(all, answer.Rooms...)
		return answer.More, answer.Incomplete, err
	})
	if err != nil {
		return err
	}
	if err := roomList.print(e.Stdout, c.output, all); err != nil {
		return err
	}
	return without(missing)
}
