//go:build !js

package client_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
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

// listen starts a server that accepts WebSockets and calls serve for each, until the
// test ends. It returns the server's URL.
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{Name: "Ada", Room: "standup"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, ws *websocket.Conn, events ...shared.Event) {
	t.Helper()
	if err := ws.Write(t.Context(), websocket.MessageText, shared.Encode(events...)); err != nil {
		t.Errorf("sending %v: %v", events, err)
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
			var got clientEvents
			if err := shared.ReadClient(frame, &got); err != nil {
				t.Error(err)
				return
			}
			switch e := got[0].(type) {
			case shared.GotANewUser:
				send(t, ws, snapshot(r))
			case shared.UpdateUser:
				if e.Name != nil { // the first only sets the status
					send(t, ws, apply(r, change(r, you, renamed(*e.Name))))
				}
			case shared.Leave:
			}
		}
	})
	c := dial(t, url)
	wantRoster(t, c, r)
	must(t, c.Rename(t.Context(), "Countess"))
	for u := next(t, c); u.Events == nil || u.Events[0].Event() != shared.EventUserUpdated; {
		u = next(t, c)
	}
	wantRoster(t, c, r)
	must(t, c.Leave(t.Context()))
	if code := <-parted; code != websocket.StatusNormalClosure {
		t.Errorf("parted with %d", code)
	}
}

// The client accepts frames of up to MaxServerFrame bytes, far more than the
// library's default limit.
func TestLargestFrameIsRead(t *testing.T) {
	r := room("e1")
	frame := shared.Encode(snapshot(r))
	frame = append(frame, strings.Repeat(" ", shared.MaxServerFrame-len(frame))...)
	url := listen(t, func(_ *http.Request, ws *websocket.Conn) {
		ws.Read(t.Context())
		ws.Write(t.Context(), websocket.MessageText, frame)
		ws.Read(t.Context())
	})
	wantRoster(t, dial(t, url), r)
}

// A message that a server must not send ends the connection at once, and the client
// reconnects.
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
					send(t, ws, snapshot(room("e1")))
					ws.Read(t.Context()) // until the client goes
					return
				}
				ws.Write(t.Context(), c.kind, c.frame)
				<-again // does not answer the close frame
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
		send(t, ws, snapshot(room("e1")))
		ws.Close(websocket.StatusCode(shared.CloseLeft), "left elsewhere")
	})
	var log strings.Builder
	c, err := client.Open(url, client.Options{Name: "Ada", Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	must(t, err)
	waitFor(t, c, client.Reconnecting)
	c.Close()
	want := client.CloseError{Code: shared.CloseLeft, Reason: "left elsewhere"}
	if !strings.Contains(log.String(), want.Error()) {
		t.Errorf("%q does not say %q", log.String(), want)
	}
}

// A server, or a proxy, that accepts the TCP connection but does not answer the
// handshake is given up, and no connection to it is left open.
func TestHangingHandshake(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	taken := make(chan net.Conn, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			taken <- conn
		}
	}()
	before := goleak.IgnoreCurrent()
	c, err := client.Open("ws://"+l.Addr().String()+"/ws", client.Options{Name: "Ada"})
	must(t, err)
	defer c.Close()
	first := <-taken
	must(t, first.SetReadDeadline(time.Now().Add(time.Minute)))
	closed := make(chan error)
	go func() {
		_, err := io.Copy(io.Discard, first)
		closed <- err
	}()
	for over := false; !over; { // it is given up once it is older than impatientAfter
		select {
		case err := <-closed:
			if over = true; err != nil {
				t.Errorf("the connection that was given up is open: %v", err)
			}
		case <-time.After(50 * time.Millisecond):
			c.RetryNow()
		}
	}
	second := <-taken
	c.Close()
	if _, err := io.Copy(io.Discard, second); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

// A client tries again after its handshake was rejected, and leaves no connection
// open when it is closed.
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
		waitForPause(t, c)
		c.RetryNow()
	}
	c.Close()
	goleak.VerifyNone(t, before)
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	ctx, cancel := context.WithCancel(t.Context())
	c, err := client.Open("ws://"+address+"/ws", client.Options{Name: "Ada"})
	must(t, err)
	waitFor(t, c, client.Reconnecting)
	c.Close()
	go cancel()
	if _, err := client.Dial(ctx, "ws://"+address+"/ws", client.Options{Name: "Ada"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial gave %v", err)
	}
}

// The client tries again when a proxy answers the handshake in the server's place,
// and when the server rejects it for a reason that passes.
func TestRejectionsThatAreNotFinal(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"a proxy's 401":     {401, "<h1>Sign in to the network</h1>"},
		"a proxy's 403":     {403, ""},
		"another API's 403": {403, `{"code":"forbidden","data":{"code":"forbidden","message":"no"}}`},
		"a full server":     {429, string(shared.Encode(shared.Errorf(shared.CodeServerFull, "full")))},
		"a newer server":    {400, string(shared.Encode(shared.Errorf("of_a_newer_server", "?")))},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(answer.status)
				_, _ = io.WriteString(w, answer.body)
			}))
			defer server.Close()
			c, err := client.Open("ws"+strings.TrimPrefix(server.URL, "http"), client.Options{Name: "Ada", Token: "secret"})
			must(t, err)
			defer c.Close()
			waitFor(t, c, client.Reconnecting)
		})
	}
}

// A token is sent in the Authorization header, which servers do not log, and its
// rejection ends the client.
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
