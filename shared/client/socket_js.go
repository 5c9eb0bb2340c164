package client

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// socket is the browser's WebSocket as a Conn.
type socket struct{ ws *websocket.Conn }

func dialSocket(ctx context.Context, url string) (Conn, error) {
	type result struct {
		ws  *websocket.Conn
		err error
	}
	dialed := make(chan result, 1)
	go func() {
		ws, _, err := websocket.Dial(context.WithoutCancel(ctx), url, &websocket.DialOptions{
			Subprotocols: []string{shared.Subprotocol},
		})
		if ws != nil && ctx.Err() != nil {
			ws.Close(websocket.StatusNormalClosure, "")
		}
		dialed <- result{ws, err}
	}()
	select {
	case r := <-dialed:
		if r.err != nil {
			return nil, r.err
		}
		r.ws.SetReadLimit(shared.MaxServerFrame)
		return socket{r.ws}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s socket) Read(ctx context.Context) (frame []byte, err error) {
	var kind websocket.MessageType
	for range 64 {
		kind, frame, err = s.ws.Read(ctx)
		if !errors.Is(err, net.ErrClosed) {
			break
		}
	}
	if err == nil && kind != websocket.MessageText {
		return nil, fmt.Errorf("the server sent a %v", kind)
	}
	return frame, err
}

func (s socket) Write(ctx context.Context, frame []byte) error {
	return s.ws.Write(ctx, websocket.MessageText, frame)
}

func (s socket) Close(code shared.CloseCode, reason string) error {
	go s.ws.Close(websocket.StatusCode(code), reason)
	return nil
}
