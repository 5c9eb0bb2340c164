package client

import (
	"context"
	"fmt"

	"rollcall/shared"
)

// Conn is a connection that frames travel on, in order and whole.
//
// Read is called by one goroutine at a time, Write by one goroutine at a time,
// Close from anywhere, while the others are blocked too.
type Conn interface {
	// Read returns the next frame. The error of a connection that the peer
	// closed is a CloseError if the close code is known; frames that came before
	// the close are returned first. When ctx ends, Read returns at once and the
	// connection is good for nothing but Close.
	Read(ctx context.Context) ([]byte, error)
	// Write sends one frame; it must not keep it. When ctx ends, Write returns
	// at once. After an error the connection is lost: Read returns what has come,
	// then how it ended.
	Write(ctx context.Context, frame []byte) error
	// Close tells the peer why, once, and makes Read and Write return soon. It
	// may wait for the peer's answer for as long as Read is allowed to.
	Close(code shared.CloseCode, reason string) error
}

// CloseError says that the peer closed the connection.
type CloseError struct {
	Code   shared.CloseCode
	Reason string
}

func (e CloseError) Error() string {
	return fmt.Sprintf("the server closed the connection (%d %s)", e.Code, e.Reason)
}
