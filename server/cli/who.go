package cli

import (
	"cmp"

	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/roomname"
)

// Who is the command that lists the people in a room.
type Who struct {
	Room string `arg:"" help:"The room; that of the first page is lobby."`
	server
	output
}

// Help returns an example.
func (*Who) Help() string {
	return "Example:\n\n  rollcall who standup\n\nROLLCALL_API_KEY must have a key with the scope read. " + exitCodes
}

// Validate returns an error if the name or a flag is not valid.
func (c *Who) Validate() error { return cmp.Or(roomname.Check(c.Room), c.server.Validate()) }

var memberList = list[shared.User]{
	header: []string{"name", "status", "joined", "note", "id"},
	row: func(u shared.User, at func(int64) string) []string {
		return []string{u.Name, string(u.Status), at(u.JoinedAt), u.Note, u.ID}
	},
}

// Run prints the members, sorted by arrival.
func (c *Who) Run(e *Env) error {
	var all []shared.User
	missing, err := c.all(e, func(client *api.Client, p api.Page) (api.More, api.Incomplete, error) {
		answer, err := client.Members(e.Context, c.Room, p)
		all = append(all, answer.Members...)
		return answer.More, answer.Incomplete, err
	})
	if err != nil {
		return err
	}
	if err := memberList.print(e.Stdout, c.output, all); err != nil {
		return err
	}
	return without(missing)
}
