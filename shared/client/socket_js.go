package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall/js"

	"rollcall/shared"
)

// Why a socket fails other than by the server's close frame.
var (
	errNoWebSocket = errors.New("this browser has no WebSocket")
	errUnread      = errors.New("the server sent more than is read")
	errUnsent      = errors.New("the server reads less than is sent")
	errEnded       = errors.New("the connection has ended")
)

// A browser buffers without bound what is not read and what can't be sent yet.
// These bounds, in bytes, end a socket instead. maxUnread fits a snapshot of a
// hundred thousand members; maxUnsent is more than a person's actions can fill.
const (
	maxUnread = 32 << 20
	maxUnsent = 8 * shared.MaxClientFrame
)

// socket is the browser's WebSocket (https://websockets.spec.whatwg.org) as a
// Conn. It does not use coder/websocket, which in a browser can do none of this:
//
//   - Close a socket that is still connecting. The library would use 1008, but
//     scripts may close with 1000 and 3000 to 4999 only. A socket left open keeps
//     Chromium from connecting to the same server for minutes.
//   - Return all frames that came before a close, and then the close code.
//   - Abandon a socket whose server is gone: a browser takes a minute to report
//     the close.
type socket struct {
	ws      js.Value
	opened  chan struct{} // closed when the handshake has succeeded
	ended   chan struct{} // closed when err is set: no more frames come
	filled  chan struct{} // there may be a frame
	release func()        // removes the listeners from ws

	mu     sync.Mutex // guards the rest
	frames []string
	unread int // bytes of frames
	err    error
}

func dialSocket(ctx context.Context, url, token string) (Conn, error) {
	protocols := []any{shared.Subprotocol}
	if token != "" {
		protocols = append(protocols, shared.TokenProtocol+token)
	}
	s, err := newSocket(url, protocols)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.opened:
		return s, nil
	case <-s.ended:
		err = s.err
	case <-ctx.Done():
		s.fail(context.Cause(ctx))
		return nil, context.Cause(ctx)
	}
	if token != "" {
		err = askWhy(ctx, url, token, err)
	}
	return nil, err
}

// newSocket starts to connect and does not wait.
func newSocket(url string, protocols []any) (*socket, error) {
	class := js.Global().Get("WebSocket")
	if class.Type() != js.TypeFunction {
		return nil, errNoWebSocket
	}
	s := &socket{opened: make(chan struct{}), ended: make(chan struct{}), filled: make(chan struct{}, 1)}
	if err := try(func() { s.ws = class.New(url, protocols) }); err != nil {
		return nil, err
	}
	var off []func()
	s.release = sync.OnceFunc(func() {
		for _, off := range off {
			off()
		}
	})
	on := func(event string, do func(js.Value)) {
		f := js.FuncOf(func(_ js.Value, args []js.Value) any {
			do(args[0])
			return nil
		})
		s.ws.Call("addEventListener", event, f)
		off = append(off, func() {
			s.ws.Call("removeEventListener", event, f)
			f.Release()
		})
	}
	on("open", func(js.Value) { close(s.opened) })
	on("message", func(e js.Value) { s.receive(e.Get("data")) })
	on("close", func(e js.Value) {
		s.end(CloseError{shared.CloseCode(e.Get("code").Int()), e.Get("reason").String()})
	})
	return s, nil
}

// try calls into JavaScript and returns the exception that it throws, if any.
func try(do func()) (err error) {
	defer func() {
		if thrown, ok := recover().(js.Error); ok {
			err = thrown
		}
	}()
	do()
	return nil
}

// receive queues a message for Read.
func (s *socket) receive(data js.Value) {
	if data.Type() != js.TypeString {
		s.fail(errors.New("the server sent a binary message"))
		return
	}
	frame := data.String()
	if len(frame) > shared.MaxServerFrame {
		s.fail(fmt.Errorf("the server sent a frame of %d bytes", len(frame)))
		return
	}
	s.mu.Lock()
	fits := s.unread+len(frame) <= maxUnread
	if fits {
		s.frames = append(s.frames, frame)
		s.unread += len(frame)
	}
	s.mu.Unlock()
	if !fits {
		s.fail(errUnread)
	}
	signal(s.filled)
}

// end sets the error that Read returns after the last frame. Only the first call
// has an effect.
func (s *socket) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = why
		close(s.ended)
		s.release()
	}
}

// fail closes the connection from this side, whatever its state.
func (s *socket) fail(why error) {
	s.end(why)
	_ = s.hangUp(shared.CloseNormal, "") // it is over either way
}

// hangUp has the browser close the connection, if it is still open.
func (s *socket) hangUp(code shared.CloseCode, reason string) error {
	return try(func() { s.ws.Call("close", int(code), reason) })
}

// next returns the next queued frame, and after the last one the error.
func (s *socket) next() (frame string, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.frames) == 0 {
		return "", false, s.err
	}
	frame, s.frames[0] = s.frames[0], ""
	s.frames = s.frames[1:]
	s.unread -= len(frame)
	return frame, true, nil
}

func (s *socket) Read(ctx context.Context) ([]byte, error) {
	for {
		if frame, ok, err := s.next(); ok || err != nil {
			return []byte(frame), err
		}
		select {
		case <-s.filled:
		case <-s.ended:
		case <-ctx.Done():
			s.end(context.Cause(ctx))
			return nil, context.Cause(ctx)
		}
	}
}

// Write never blocks: the browser buffers what it can't send yet.
func (s *socket) Write(_ context.Context, frame []byte) error {
	select {
	case <-s.ended:
		return errEnded
	default:
	}
	if s.ws.Get("bufferedAmount").Int() > maxUnsent {
		s.fail(errUnsent)
		return errUnsent
	}
	return try(func() { s.ws.Call("send", string(frame)) })
}

func (s *socket) Close(code shared.CloseCode, reason string) error { return s.hangUp(code, reason) }

// askWhy returns the reason why a handshake with a token failed. Scripts can't read
// the response to a handshake, so it makes a plain request for the same address.
func askWhy(ctx context.Context, url, token string, err error) error {
	abort := js.Global().Get("AbortController").New()
	answer := make(chan string, 1)
	var read, got, lost js.Func
	over := func(body string) {
		answer <- body
		for _, f := range []js.Func{read, got, lost} {
			f.Release()
		}
	}
	read = js.FuncOf(func(_ js.Value, args []js.Value) any {
		if args[0].Get("ok").Bool() {
			return ""
		}
		return args[0].Call("text")
	})
	got = js.FuncOf(func(_ js.Value, args []js.Value) any { over(args[0].String()); return nil })
	lost = js.FuncOf(func(js.Value, []js.Value) any { over(""); return nil })
	js.Global().Call("fetch", "http"+strings.TrimPrefix(url, "ws"), map[string]any{
		"headers": map[string]any{"Authorization": "Bearer " + token},
		"cache":   "no-store",
		"signal":  abort.Get("signal"),
	}).Call("then", read).Call("then", got, lost)
	select {
	case body := <-answer:
		return handshakeError([]byte(body), err)
	case <-ctx.Done():
		abort.Call("abort")
		return context.Cause(ctx)
	}
}
