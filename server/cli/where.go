package cli

import (
	"cmp"

	"rollcall/shared"
	"rollcall/shared/api"
)

// Where is the command that lists the rooms that a person is in.
type Where struct {
	ID string `arg:"" help:"Their id, as 'rollcall who' prints it."`
	server
	output
}

// Help returns an example.
func (*Where) Help() string {
	return "Example:\n\n  rollcall where MFZWIZTHNBVGWMJU\n\nROLLCALL_API_KEY must have a key with the scope read. " + exitCodes
}

// Validate returns an error if the id or a flag is not valid.
func (c *Where) Validate() error { return cmp.Or(shared.CheckID(c.ID), c.server.Validate()) }

var placeList = list[api.Place]{
	header: []string{"room", "name", "status", "joined", "note"},
	row: func(p api.Place, at func(int64) string) []string {
		return []string{p.Room, p.Member.Name, string(p.Member.Status), at(p.Member.JoinedAt), p.Member.Note}
	},
}

// Run prints the rooms, sorted by name.
func (c *Where) Run(e *Env) error {
	var all []api.Place
	missing, err := c.all(e, func(client *api.Client, p api.Page) (api.More, api.Incomplete, error) {
		answer, err := client.RoomsOf(e.Context, c.ID, p)
		all = append(all, answer.Rooms...)
		return answer.More, answer.Incomplete, err
	})
	if err != nil {
		return err
	}
	if err := placeList.print(e.Stdout, c.output, all); err != nil {
		return err
	}
	return without(missing)
}
