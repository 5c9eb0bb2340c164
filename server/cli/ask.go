package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"rollcall/shared/api"
)

// KeyVariable is the environment variable with the key for the API. There is no flag for it,
// because other users of the machine could see that.
const KeyVariable = "ROLLCALL_API_KEY"

// Env is what a command runs with.
type Env struct {
	Context context.Context // done when the command is to stop
	Stdout  io.Writer
	Key     string // of KeyVariable
}

// server is the flag that says which server to ask.
type server struct {
	Server string `default:"http://localhost:8000" placeholder:"URL" help:"The server's address: that of its first page. (${default})"`
}

// Validate returns an error if Server is not valid. It does not repeat the address, which
// may contain a password. A command with a Validate of its own must call it.
func (s *server) Validate() error {
	u, err := url.Parse(s.Server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return errors.New("--server: that is not the address of a server, as in 'https://example.com/rollcall/'")
	}
	return nil
}

// page fetches a page of a list.
type page func(c *api.Client, p api.Page) (api.More, api.Incomplete, error)

// all fetches all pages of a list, and returns the names of the nodes that did not answer
// for one of them.
func (s *server) all(e *Env, fetch page) (missing []string, err error) {
	if e.Key == "" {
		return nil, errNoKey
	}
	c := &api.Client{Server: s.Server, Key: e.Key}
	for p := (api.Page{Limit: api.MaxLimit}); ; {
		more, lacks, err := fetch(c, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Server, err)
		}
		missing = append(missing, lacks.MissingNodes...)
		if p.Cursor = more.Next; p.Cursor == "" {
			slices.Sort(missing)
			return slices.Compact(missing), nil
		}
	}
}

// without returns an error that names the nodes that did not answer, or nil if all did.
func without(missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	return incomplete("this is incomplete, because some nodes did not answer: " + strings.Join(missing, ", "))
}
