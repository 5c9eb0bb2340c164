//go:build !js

package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
	"rollcall/shared/client"
)

// listen serves WebSockets on a port of its own, each with serve, until the
// test ends.
func listen(t *testing.T, serve func(*http.Request, *websocket.Conn)) (url string) {
	t.Helper()
	var serving sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serving.Add(1)
		defer serving.Done()
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{shared.Subprotocol}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		serve(r, ws)
	}))
	t.Cleanup(func() { server.Close(); serving.Wait() })
	return "ws" + strings.TrimPrefix(server.URL, "http") + shared.SocketPath
}

func dial(t *testing.T, url string) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{Name: "Ada", Room: "standup"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func say(t *testing.T, ws *websocket.Conn, events ...shared.Event) {
	t.Helper()
	if err := ws.Write(t.Context(), websocket.MessageText, shared.Encode(events...)); err != nil {
		t.Errorf("saying %v: %v", events, err)
	}
}

func TestWebSocket(t *testing.T) {
	r := room("e1", "Bea")
	parted := make(chan websocket.StatusCode, 1)
	url := listen(t, func(req *http.Request, ws *websocket.Conn) {
		if got := req.URL.Query()[shared.RoomParam]; len(got) != 1 || got[0] != "standup" || req.URL.Path != shared.SocketPath {
			t.Errorf("asked for %v", req.URL)
		}
		if ws.Subprotocol() != shared.Subprotocol {
			t.Errorf("speaks %q", ws.Subprotocol())
		}
		for {
			kind, frame, err := ws.Read(t.Context())
			if err != nil {
				parted <- websocket.CloseStatus(err)
				return
			}
			if kind != websocket.MessageText {
				t.Errorf("sent a %v", kind)
			}
			var heard heard
			if err := shared.ReadClient(frame, &heard); err != nil {
				t.Error(err)
				return
			}
			switch e := heard[0].(type) {
			case shared.GotANewUser:
				say(t, ws, snapshot(r))
			case shared.UpdateUser:
				say(t, ws, do(r, change(r, you, renamed(*e.Name))))
			case shared.Leave:
			}
		}
	})
	c := dial(t, url)
	same(t, c, r)
	must(t, c.Rename(t.Context(), "Countess"))
	for u := next(t, c); u.Events == nil || u.Events[0].Event() != shared.EventUserUpdated; {
		u = next(t, c)
	}
	same(t, c, r)
	must(t, c.Leave(t.Context()))
	if code := <-parted; code != websocket.StatusNormalClosure {
		t.Errorf("parted with %d", code)
	}
}

// The largest frame of the protocol is far above the library's own limit.
func TestLargestFrameIsRead(t *testing.T) {
	r := room("e1")
	frame := shared.Encode(snapshot(r))
	frame = append(frame, strings.Repeat(" ", shared.MaxServerFrame-len(frame))...)
	url := listen(t, func(_ *http.Request, ws *websocket.Conn) {
		ws.Read(t.Context())
		ws.Write(t.Context(), websocket.MessageText, frame)
		ws.Read(t.Context())
	})
	same(t, dial(t, url), r)
}

// What a server may not send ends the connection, and the next one is tried.
func TestUnusableMessages(t *testing.T) {
	for name, send := range map[string]func(context.Context, *websocket.Conn){
		"a binary one": func(ctx context.Context, ws *websocket.Conn) {
			ws.Write(ctx, websocket.MessageBinary, shared.Encode(snapshot(room("e1"))))
		},
		"one too large": func(ctx context.Context, ws *websocket.Conn) {
			ws.Write(ctx, websocket.MessageText, make([]byte, shared.MaxServerFrame+2))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var before atomic.Bool
			url := listen(t, func(_ *http.Request, ws *websocket.Conn) {
				ws.Read(t.Context())
				if !before.Swap(true) {
					send(t.Context(), ws)
				} else {
					say(t, ws, snapshot(room("e1")))
				}
				ws.Read(t.Context()) // until the client goes
			})
			dial(t, url)
		})
	}
}

func TestCloseCodeOfAWebSocket(t *testing.T) {
	url := listen(t, func(_ *http.Request, ws *websocket.Conn) {
		ws.Read(t.Context())
		say(t, ws, snapshot(room("e1")))
		ws.Close(websocket.StatusCode(shared.CloseLeft), "left elsewhere")
	})
	c := dial(t, url)
	if err := end(t, c); err != (client.CloseError{Code: shared.CloseLeft, Reason: "left elsewhere"}) {
		t.Errorf("ended with %v", err)
	}
}

// A server that refuses the handshake is tried again, and the connections to
// it do not outlive the client: the leak check of this package sees to that.
func TestRefusedHandshake(t *testing.T) {
	tried := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tried <- struct{}{}
		http.Error(w, "not here", http.StatusNotFound)
	}))
	defer server.Close()
	c, err := client.Open("ws"+strings.TrimPrefix(server.URL, "http"), client.Options{Name: "Ada"})
	must(t, err)
	defer c.Close()
	for range 3 {
		<-tried
		for next(t, c).RetryAt.IsZero() {
		}
		c.RetryNow()
	}
}

// Close does not wait for a server whose end of the connection is dead.
func TestCloseOfADeadWebSocket(t *testing.T) {
	release := make(chan struct{})
	url := listen(t, func(_ *http.Request, ws *websocket.Conn) {
		ws.Read(t.Context())
		say(t, ws, snapshot(room("e1")))
		<-release // reads no goodbye
	})
	defer close(release)
	c := dial(t, url)
	done := make(chan struct{})
	go func() { c.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(4 * time.Second): // the library alone takes 5
		t.Error("Close waits for the server")
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	ctx, cancel := context.WithCancel(t.Context())
	c, err := client.Open("ws://"+address+"/ws", client.Options{Name: "Ada"})
	must(t, err)
	until(t, c, client.Reconnecting)
	c.Close()
	go cancel()
	if _, err := client.Dial(ctx, "ws://"+address+"/ws", client.Options{Name: "Ada"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial gave %v", err)
	}
}
