//go:build !natsinside

package cluster

import (
	"errors"

	"github.com/nats-io/nats.go"
)

// Embedded is a NATS server in this process: none, in this build. The server is
// as large as all the rest of the program, and few need it.
type Embedded struct{}

// Embed says that there is no NATS server in this build.
func Embed(Inside) (*Embedded, error) {
	return nil, errors.New("this build has no NATS server inside: build it with -tags natsinside, or use --nats")
}

func (*Embedded) options() []nats.Option { return nil }

// Address is where other servers reach this one.
func (*Embedded) Address() string { return "" }

// Close stops the server.
func (*Embedded) Close() {}
