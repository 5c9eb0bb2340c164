package client

import (
	"context"
	"fmt"

	"rollcall/shared"
)

// Conn is a connection that carries whole frames in order: text messages, at
// most shared.MaxServerFrame bytes to the client, shared.MaxClientFrame from it.
//
// The client calls Read from one goroutine at a time and Write from one at a
// time. It may call Close at any time, also while Read or Write blocks.
type Conn interface {
	// Read returns the next frame. When the peer has closed the connection, it
	// returns the frames that came before the close and then a CloseError, or
	// another error if the close code is unknown. When ctx ends, Read returns at
	// once, and afterwards the connection can only be closed.
	Read(ctx context.Context) ([]byte, error)
	// Write sends one frame and must not retain it. When ctx ends, Write returns
	// at once. After an error the connection is unusable: Read returns the frames
	// that have come, then an error.
	Write(ctx context.Context, frame []byte) error
	// Close sends the peer a close frame with code and reason (RFC 6455 §5.5.1);
	// only the first call does. It makes Read and Write return soon. It may wait
	// for the peer's close frame until the context of Read ends.
	Close(code shared.CloseCode, reason string) error
}

// CloseError is the error of a connection that the peer closed, with the code
// and reason of its close frame. Find it with errors.As. It never ends a Client:
// only an error event of the server does.
type CloseError struct {
	Code   shared.CloseCode
	Reason string
}

// Error returns the code and the reason as text.
func (e CloseError) Error() string {
	return fmt.Sprintf("the server closed the connection (%d %s)", e.Code, e.Reason)
}
