package transport

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

func TestAnySubprotocolIsServedTheSame(t *testing.T) {
	r := start(t, hub.Config{})
	for _, c := range []struct {
		ask  []string
		want string
	}{
		{nil, ""},
		{[]string{shared.Subprotocol}, shared.Subprotocol},
		{[]string{"rollcall.v9", shared.Subprotocol}, shared.Subprotocol},
		{[]string{"chat"}, ""},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), wiretest.Within)
		defer cancel()
		ws, _, err := websocket.Dial(ctx, r.URL+"/ws?room=standup", &websocket.DialOptions{Subprotocols: c.ask})
		if err != nil {
			t.Fatalf("%q: %v", c.ask, err)
		}
		if ws.Subprotocol() != c.want {
			t.Errorf("%q: %q, want %q", c.ask, ws.Subprotocol(), c.want)
		}
		if err := ws.Write(ctx, websocket.MessageText, shared.Encode(wiretest.Member("Ada"))); err != nil {
			t.Fatal(err)
		}
		if _, message, err := ws.Read(ctx); err != nil || !strings.HasPrefix(string(message), `{"event":"existing_users"`) {
			t.Errorf("%q: %s, %v", c.ask, message, err)
		}
		if err := ws.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Errorf("%q: %v", c.ask, err)
		}
	}
}

// Clients offer compression by themselves. It would cost more memory than all the rest of
// a connection, and a small frame could become a large message.
func TestNoExtensionIsGranted(t *testing.T) {
	r := start(t, hub.Config{})
	_, res := r.Request(wiretest.Upgrade("/ws?room=standup", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"))
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("%s, extensions %q", res.Status, res.Header.Get("Sec-WebSocket-Extensions"))
	}
}

func TestTheHubsRefusalComesAsAnEvent(t *testing.T) {
	r := start(t, hub.Config{MaxSessions: 1})
	r.Join("standup", "Ada")
	refused := r.Enter("other")
	if got, want := refused.Until(""), []string{"error server_full", "closed 4003"}; !slices.Equal(got, want) {
		t.Errorf("over the limit: %q, want %q", got, want)
	}
	r.hub.Close()
	stopped := r.Enter("other")
	if got, want := stopped.Until(""), []string{"error stopping", "closed 1001"}; !slices.Equal(got, want) {
		t.Errorf("after the hub has closed: %q, want %q", got, want)
	}
}

// net/http reads as much as there is. What comes in the same segment as the handshake is
// in its buffer when the connection is hijacked, and must not be lost.
func TestFirstFrameInTheHandshakesSegment(t *testing.T) {
	long := shared.GotANewUser{Name: "Ada", Key: strings.Repeat("k", shared.MaxKeyBytes)}
	join := wiretest.Message(long)
	several := slices.Concat(wiretest.Frame(wiretest.Fin|wiretest.Ping, []byte("one")), join,
		bytes.Repeat(wiretest.Message(shared.UpdateUser{Note: new(strings.Repeat("n", 140))}), 20)) // far more than our own buffer holds
	for name, first := range map[string][]byte{
		"one frame":           join,
		"several frames":      several,
		"the first byte":      join[:1],
		"half a frame":        join[:len(join)/2],
		"all but a byte":      join[:len(join)-1],
		"more than a segment": several[:len(several)-1],
	} {
		r := start(t, hub.Config{})
		w := r.Enter("standup", first...)
		if rest, cut := bytes.CutPrefix(join, first); cut {
			w.Send(rest)
		}
		e, ok := w.Next().(shared.ExistingUsers)
		if !ok || len(e.Users) != 1 || e.Users[0].Name != "Ada" {
			t.Errorf("%s: %#v", name, e)
		}
	}
}

// An idle connection has one goroutine, and none of net/http.
func TestAnIdleConnectionCostsOneGoroutine(t *testing.T) {
	r := start(t, hub.Config{})
	const n = 20
	for i := range n {
		r.Join("standup", fmt.Sprint("Resident-", i))
	}
	var stacks string
	wiretest.Eventually(t, "one goroutine per connection", func() bool {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		return strings.Count(stacks, "transport.(*conn).serve(") > 0 && (!canPoll || strings.Count(stacks, "transport.(*stream).park(") >= n) && !strings.Contains(stacks, "http.(*conn).serve")
	})
	if got := strings.Count(stacks, "transport.(*conn).serve("); got != n {
		t.Errorf("%d read loops for %d connections", got, n)
	}
	// Blocked inside the library, a goroutine would need a larger stack.
	if got := strings.Count(stacks, "websocket.(*Conn).Reader("); canPoll && got > 0 {
		t.Errorf("%d connections block in the WebSocket library while nothing comes", got)
	}
}

func TestHijackedBuffersAreSmall(t *testing.T) {
	sizes := make(chan [2]int, 1)
	r := wiretest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := &hijacker{ResponseWriter: w}
		raw, rw, err := h.Hijack()
		if err != nil || h.stream != raw {
			t.Errorf("%v, %v is not %v", err, h.stream, raw)
			return
		}
		sizes <- [2]int{rw.Reader.Size(), rw.Writer.Size()}
		_ = raw.Close()
	}))
	r.Open().Send([]byte(wiretest.Upgrade("/")))
	if got, want := <-sizes, [2]int{readBuffer, writeBuffer}; got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// A peer that sends leave is closed with 1000: the code tells a client whether to come back.
func TestLeavingClosesNormally(t *testing.T) {
	r := start(t, hub.Config{})
	witness := r.Join("standup", "Witness")
	w := r.Join("standup", "Ada")
	w.Send(wiretest.Message(shared.Leave{}))
	if got := w.Until(""); !slices.Equal(got, []string{"closed 1000"}) {
		t.Errorf("%q", got)
	}
	if got := witness.Until("disconnect_user left"); !slices.Equal(got, []string{"new_user Ada", "disconnect_user left"}) {
		t.Errorf("the witness heard %q", got)
	}
}

func TestClosingTheHubEndsEveryConnection(t *testing.T) {
	r := start(t, hub.Config{})
	joined, silent := r.Join("standup", "Ada"), r.Enter("standup")
	go r.hub.Close()
	for _, w := range []*wiretest.Client{joined, silent} {
		if got, want := w.Until(""), []string{"error stopping", "closed 1001"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	done := make(chan struct{})
	go func() { r.endpoint.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(wiretest.Within):
		t.Error("Wait does not return")
	}
}

// The semaphore is held only for a message that is complete. A peer that sends part of a
// message, even after a complete one, keeps it from nobody.
func TestNobodyKeepsTheSemaphore(t *testing.T) {
	r := start(t, hub.Config{})
	var idle []*wiretest.Client
	for range 2 * cap(r.endpoint.reading) {
		w := r.Enter("standup", append(wiretest.Frame(wiretest.Fin|wiretest.Ping, nil), wiretest.TextFrame("never whole")[:1]...)...)
		idle = append(idle, w, r.Enter("standup", wiretest.TextFrame("nor this")[:5]...))
	}
	for _, w := range idle {
		w.Send(wiretest.TextFrame("{")[:1])
	}
	r.Join("standup", "Ada")
}
