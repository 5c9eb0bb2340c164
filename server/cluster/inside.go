package cluster

import "log/slog"

// Inside says how the NATS servers inside several nodes find each other.
type Inside struct {
	// Listen is where the others connect to.
	Listen string
	// Join are addresses of others, HOST:PORT. One that is reached tells of the
	// rest. A first node has none.
	Join []string
	// Secret is known to all nodes: who has it is one of them.
	Secret string
	// Name must be the same on all; rollcall if it is empty.
	Name string
	Log  *slog.Logger
}

// MinSecret is the least length of a secret, in bytes.
const MinSecret = 16
