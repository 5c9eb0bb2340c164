package cli

import (
	"fmt"

	"rollcall/server/api/keys"
	"rollcall/shared/api"
)

// Key is the command that adds a key for the API to a file.
type Key struct {
	Name   string   `env:"-" required:"" placeholder:"NAME" help:"The name of the key, which the server logs."`
	Scopes []string `env:"-" default:"read" placeholder:"SCOPES" help:"What the key allows: read, attendance, moderate, admin, separated by commas. (${default})"`
	File   string   `env:"-" required:"" placeholder:"FILE" help:"The file of the server's -api-keys-file. It is created if it does not exist."`
}

// Help returns an example.
func (*Key) Help() string {
	return "Example:\n\n  ROLLCALL_API_KEY=$(rollcall key -name ci -scopes read -file keys)\n\nThe key can't be printed again: the file has only its SHA-256. A server that uses the file accepts the key within a second. To withdraw a key, remove its line."
}

// Run prints the key, alone on a line.
func (c *Key) Run(e *Env) error {
	scopes := make([]api.Scope, len(c.Scopes))
	for i, s := range c.Scopes {
		scopes[i] = api.Scope(s)
	}
	key, err := keys.Add(c.File, c.Name, scopes)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.Stdout, key)
	return err
}
