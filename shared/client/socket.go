//go:build !js

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// socket is a WebSocket (RFC 6455) as a Conn.
type socket struct{ ws *websocket.Conn }

// handshakes makes the HTTP requests that become WebSockets. It keeps no
// connection of a refused one, because nobody would ever use or close it.
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
	ws, res, err := websocket.Dial(ctx, url, options)
	if err != nil {
		return nil, refusal(res, err)
	}
	ws.SetReadLimit(shared.MaxServerFrame)
	return socket{ws}, nil
}

// refusal is the error that a server has answered a handshake with, if it has.
func refusal(res *http.Response, err error) error {
	var answer struct{ Data shared.Error }
	if res == nil || json.NewDecoder(res.Body).Decode(&answer) != nil || answer.Data.Code == "" {
		return err
	}
	return answer.Data
}

func (s socket) Read(ctx context.Context) ([]byte, error) {
	kind, frame, err := s.ws.Read(ctx)
	if err == nil && kind == websocket.MessageText {
		return frame, nil
	}
	s.ws.CloseNow() // or Close would wait for a server that nobody reads from
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

func (s socket) Close(code shared.CloseCode, reason string) error {
	return s.ws.Close(websocket.StatusCode(code), reason)
}
