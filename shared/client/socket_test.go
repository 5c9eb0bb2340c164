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
	"go.uber.org/goleak"

	"rollcall/shared"
	"rollcall/shared/client"
)

// patience is longer than anything here takes, and less than the 5 s that the
// library gives a server to answer a goodbye.
const patience = 4 * time.Second

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
	return "ws" + strings.TrimPrefix(server.URL, "http") + shared.SocketPath("/")
}

func dial(t *testing.T, url string) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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
		if got := req.URL.Query()[shared.RoomParam]; len(got) != 1 || got[0] != "standup" || req.URL.Path != shared.SocketPath("/") {
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

// What a server may not send ends the connection, at once, and the next one is tried.
func TestUnusableMessages(t *testing.T) {
	for name, c := range map[string]struct {
		kind  websocket.MessageType
		frame []byte
		want  websocket.StatusCode // -1: none
	}{
		"a binary one":  {websocket.MessageBinary, shared.Encode(snapshot(room("e1"))), -1},
		"one too large": {websocket.MessageText, make([]byte, shared.MaxServerFrame+2), websocket.StatusMessageTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			again, ended := make(chan struct{}), make(chan websocket.StatusCode, 1)
			var before atomic.Bool
			url := listen(t, func(_ *http.Request, ws *websocket.Conn) {
				ws.Read(t.Context())
				if before.Swap(true) {
					close(again)
					say(t, ws, snapshot(room("e1")))
					ws.Read(t.Context()) // until the client goes
					return
				}
				ws.Write(t.Context(), c.kind, c.frame)
				<-again // answers no goodbye
				_, _, err := ws.Read(context.Background())
				ended <- websocket.CloseStatus(err)
			})
			dial(t, url)
			if code := <-ended; code != c.want {
				t.Errorf("the client ended with %v, want %v", code, c.want)
			}
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

// A server that refuses the handshake is tried again, and no connection to it
// outlives the client.
func TestRefusedHandshake(t *testing.T) {
	tried := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tried <- struct{}{}
		http.Error(w, "not here", http.StatusNotFound)
	}))
	defer server.Close()
	before := goleak.IgnoreCurrent()
	c, err := client.Open("ws"+strings.TrimPrefix(server.URL, "http"), client.Options{Name: "Ada"})
	must(t, err)
	for range 3 {
		<-tried
		for next(t, c).RetryAt.IsZero() {
		}
		c.RetryNow()
	}
	c.Close()
	goleak.VerifyNone(t, before)
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
	case <-time.After(patience):
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

// A token goes in the header that nobody logs, and a refusal of it ends the client.
func TestToken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer secret" || strings.Contains(r.URL.String(), "secret") {
			t.Errorf("Authorization %q for %s", got, r.URL)
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write(shared.Encode(shared.Errorf(shared.CodeUnauthorized, "not valid here")))
	}))
	defer server.Close()
	url := "ws" + strings.TrimPrefix(server.URL, "http") + shared.SocketPath("/")
	_, err := client.Dial(t.Context(), url, client.Options{Name: "Ada", Token: "secret"})
	var e shared.Error
	if !errors.As(err, &e) || e.Code != shared.CodeUnauthorized {
		t.Errorf("%v", err)
	}
}
