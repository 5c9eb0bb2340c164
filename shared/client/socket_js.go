package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall/js"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// socket is the browser's WebSocket as a Conn. What is peculiar about it, and
// what coder/websocket makes of that:
//
//   - Scripts may close with 1000 and 3000 to 4999 only. A context that ends
//     makes the library close with 1008, which fails and leaves the socket open,
//     a ghost in the room. So it never gets a context that can end.
//   - Its Close and Read wait for the server's answer, or until the browser
//     gives up: a minute in Chromium. So both have goroutines of their own, the
//     only ones that may outlive a Client: when the server is gone.
//   - Once closed, its Read picks at random between a frame that is still there
//     and net.ErrClosed, so that the error that explains the close could be
//     lost. And it never tells the close code.
//   - There are no pings, and the limit on a frame is checked too late to help.
type socket struct {
	ws     *websocket.Conn
	frames chan []byte
	ended  chan struct{} // closed when err is why there are no more frames
	err    error
	unread chan struct{} // closed when nobody wants frames any more
	ignore func()        // closes unread
}

func dialSocket(ctx context.Context, url, token string) (Conn, error) {
	protocols := []string{shared.Subprotocol}
	if token != "" {
		protocols = append(protocols, shared.TokenProtocol+token)
	}
	type result struct {
		ws  *websocket.Conn
		err error
	}
	dialed := make(chan result)
	go func() {
		ws, _, err := websocket.Dial(context.WithoutCancel(ctx), url, &websocket.DialOptions{
			Subprotocols: protocols,
		})
		if err != nil && token != "" {
			err = refusal(url, token, err)
		}
		select {
		case dialed <- result{ws, err}:
		case <-ctx.Done():
			if err == nil {
				ws.Close(websocket.StatusNormalClosure, "")
			}
		}
	}()
	select {
	case r := <-dialed:
		if r.err != nil {
			return nil, r.err
		}
		return newSocket(r.ws), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// refusal asks why a handshake with a token failed: a program is not shown the
// answer to that, but to a plain request for the same address.
func refusal(url, token string, err error) error {
	answer := make(chan error, 1)
	give := func(f func(js.Value) error) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			answer <- f(args[0])
			return nil
		})
	}
	lost := give(func(js.Value) error { return err })
	defer lost.Release()
	got := give(func(res js.Value) error {
		switch res.Get("status").Int() {
		case http401:
			return shared.Errorf(shared.CodeUnauthorized, "the token is not valid here")
		case http403:
			return shared.Errorf(shared.CodeForbidden, "the token is not for this room")
		}
		return err
	})
	defer got.Release()
	js.Global().Call("fetch", "http"+strings.TrimPrefix(url, "ws"), map[string]any{
		"headers": map[string]any{"Authorization": "Bearer " + token},
		"cache":   "no-store",
	}).Call("then", got, lost)
	return <-answer
}

// Of net/http, which is large, this is all that is used.
const (
	http401 = 401 // Unauthorized
	http403 = 403 // Forbidden
)

func newSocket(ws *websocket.Conn) *socket {
	ws.SetReadLimit(shared.MaxServerFrame)
	unread := make(chan struct{})
	s := &socket{
		ws: ws, frames: make(chan []byte), ended: make(chan struct{}),
		unread: unread, ignore: sync.OnceFunc(func() { close(unread) }),
	}
	go s.pump()
	return s
}

// pump hands over what the library reads, until the browser has closed the socket.
func (s *socket) pump() {
	defer close(s.ended)
	for {
		var frame []byte
		if frame, s.err = s.pull(); s.err != nil {
			return
		}
		select {
		case s.frames <- frame:
		case <-s.unread:
		}
	}
}

// pull returns the next frame. Whether a closed socket still has one is only
// found out by asking often: it says no half of the time.
func (s *socket) pull() (frame []byte, err error) {
	kind := websocket.MessageText
	for range 64 {
		kind, frame, err = s.ws.Read(context.Background())
		if !errors.Is(err, net.ErrClosed) {
			break
		}
	}
	if err == nil && kind != websocket.MessageText {
		return nil, fmt.Errorf("the server sent a message of kind %v", kind)
	}
	return frame, err
}

func (s *socket) Read(ctx context.Context) ([]byte, error) {
	select {
	case frame := <-s.frames:
		return frame, nil
	case <-s.ended:
		return nil, s.err
	case <-ctx.Done():
		s.ignore()
		return nil, context.Cause(ctx)
	}
}

// Write never waits: the browser keeps what it can't send yet.
func (s *socket) Write(_ context.Context, frame []byte) error {
	return s.ws.Write(context.Background(), websocket.MessageText, frame)
}

func (s *socket) Close(code shared.CloseCode, reason string) error {
	s.ignore()
	go s.ws.Close(websocket.StatusCode(code), reason)
	return nil
}
