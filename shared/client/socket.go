//go:build !js

package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// socket is a WebSocket (RFC 6455) as a Conn.
type socket struct {
	ws   *websocket.Conn
	conn net.Conn // what carries it
}

// handshakes makes the HTTP requests that become WebSockets. It keeps no idle
// connection after a rejected handshake, because nothing would use or close it.
var handshakes = func() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport}
}()

func dialSocket(ctx context.Context, url, token string) (Conn, error) {
	options := &websocket.DialOptions{HTTPClient: handshakes, Subprotocols: []string{shared.Subprotocol}}
	if token != "" {
		options.HTTPHeader = http.Header{"Authorization": {"Bearer " + token}}
	}
	var conn net.Conn
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { conn = got.Conn }})
	ws, res, err := websocket.Dial(ctx, url, options)
	if err != nil {
		if res == nil {
			return nil, err
		}
		body, _ := io.ReadAll(res.Body) // the library keeps its beginning
		return nil, handshakeError(body, err)
	}
	ws.SetReadLimit(shared.MaxServerFrame)
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn() // whose Close sends nothing first
	}
	return socket{ws, conn}, nil
}

func (s socket) Read(ctx context.Context) ([]byte, error) {
	kind, frame, err := s.ws.Read(ctx)
	if err == nil && kind == websocket.MessageText {
		return frame, nil
	}
	s.ws.CloseNow() // a later Close would wait for the close frame, which nobody reads
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return nil, CloseError{shared.CloseCode(closed.Code), closed.Reason}
	case err == nil:
		return nil, fmt.Errorf("the server sent a message of kind %v", kind)
	}
	return nil, err
}

func (s socket) Write(ctx context.Context, frame []byte) error {
	return s.ws.Write(ctx, websocket.MessageText, frame)
}

// Close waits for the server's close frame for closeWithin at most. The library waits 5 s
// where nobody reads, and can't be told otherwise.
func (s socket) Close(code shared.CloseCode, reason string) error {
	late := time.AfterFunc(closeWithin, func() { s.conn.Close() })
	defer late.Stop()
	return s.ws.Close(websocket.StatusCode(code), reason)
}
