package site

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/hub"
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
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		ws, _, err := websocket.Dial(ctx, r.url+"/ws?room=standup", &websocket.DialOptions{Subprotocols: c.ask})
		if err != nil {
			t.Fatalf("%q: %v", c.ask, err)
		}
		if ws.Subprotocol() != c.want {
			t.Errorf("%q: %q, want %q", c.ask, ws.Subprotocol(), c.want)
		}
		if err := ws.Write(ctx, websocket.MessageText, shared.Encode(member("Ada"))); err != nil {
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

// Compression is what a client asks for by itself; granted, it would cost more
// memory than all the rest of a connection, and let a small frame be a large one.
func TestNoExtensionIsGranted(t *testing.T) {
	r := start(t, hub.Config{})
	w := r.open()
	w.send([]byte(upgrade("/ws?room=standup", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")))
	res := w.response()
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("%s, extensions %q", res.Status, res.Header.Get("Sec-WebSocket-Extensions"))
	}
}

func TestWhoMayConnect(t *testing.T) {
	r := start(t, hub.Config{}, "https://friend.test", "*.family.test", "localhost:*")
	for origin, want := range map[string]int{
		"":                        http.StatusSwitchingProtocols, // no browser
		"http://rollcall.test":    http.StatusSwitchingProtocols, // the site itself
		"https://ROLLCALL.test":   http.StatusSwitchingProtocols, // behind a proxy with TLS
		"https://friend.test":     http.StatusSwitchingProtocols,
		"http://friend.test":      http.StatusForbidden, // another scheme is another origin
		"https://x.friend.test":   http.StatusForbidden,
		"http://a.family.test":    http.StatusSwitchingProtocols,
		"http://family.test":      http.StatusForbidden,
		"http://localhost:5173":   http.StatusSwitchingProtocols,
		"http://rollcall.test:81": http.StatusForbidden,
		"http://evil.test":        http.StatusForbidden,
		"null":                    http.StatusForbidden, // a sandboxed frame, a file
		"http://%zz":              http.StatusForbidden,
	} {
		w := r.open()
		var header []string
		if origin != "" {
			header = append(header, "Origin: "+origin+"\r\n")
		}
		w.send([]byte(upgrade("/ws?room=standup", header...)))
		if res := w.response(); res.StatusCode != want {
			t.Errorf("Origin %q: %s, want %d", origin, res.Status, want)
		}
	}
}

func TestCheckOrigin(t *testing.T) {
	for _, pattern := range []string{"example.com", "https://example.com", "*.example.com", "https://*.example.com:8443", "*", "[::1]:8000"} {
		if err := CheckOrigin(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	for _, pattern := range []string{"", "https://", "https://example.com/", "example.com/x", "[a", "a b", "://x"} {
		if CheckOrigin(pattern) == nil {
			t.Errorf("%q passes", pattern)
		}
	}
}

func TestAHandshakeThatIsNone(t *testing.T) {
	r := start(t, hub.Config{})
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"a page's request": {"GET /ws?room=x HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusUpgradeRequired},
		"HTTP/1.0":         {strings.Replace(upgrade("/ws?room=x"), "1.1", "1.0", 1), http.StatusUpgradeRequired},
		"another version":  {strings.Replace(upgrade("/ws?room=x"), "Version: 13", "Version: 8", 1), http.StatusBadRequest},
		"no key":           {strings.Replace(upgrade("/ws?room=x"), "Key: AAAA", "Key: ", 1), http.StatusBadRequest},
		"POST":             {strings.Replace(upgrade("/ws?room=x"), "GET", "POST", 1), http.StatusMethodNotAllowed},
	} {
		w := r.open()
		w.send([]byte(c.request))
		if res := w.response(); res.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", name, res.Status, c.want)
		}
	}
}

func TestTheHubsRefusalComesAsAnEvent(t *testing.T) {
	r := start(t, hub.Config{MaxSessions: 1})
	r.join("standup", "Ada")
	refused := r.enter("other")
	if got, want := refused.until(""), []string{"error server_full", "closed 4003"}; !slices.Equal(got, want) {
		t.Errorf("over the limit: %q, want %q", got, want)
	}
	r.hub.Close()
	stopped := r.enter("other")
	if got, want := stopped.until(""), []string{"error stopping", "closed 1001"}; !slices.Equal(got, want) {
		t.Errorf("after the hub has closed: %q, want %q", got, want)
	}
}

// net/http reads as much as there is: what comes with the handshake is in its
// buffer when the connection is taken over, and must not be lost.
func TestFirstFrameInTheHandshakesSegment(t *testing.T) {
	long := shared.GotANewUser{Name: "Ada", Key: strings.Repeat("k", shared.MaxKeyBytes)}
	join := say(long)
	several := slices.Concat(frame(fin|opPing, []byte("one")), join,
		bytes.Repeat(say(shared.UpdateUser{Note: new(strings.Repeat("n", 140))}), 20)) // far more than our own buffer holds
	for name, first := range map[string][]byte{
		"one frame":           join,
		"several frames":      several,
		"the first byte":      join[:1],
		"half a frame":        join[:len(join)/2],
		"all but a byte":      join[:len(join)-1],
		"more than a segment": several[:len(several)-1],
	} {
		r := start(t, hub.Config{})
		w := r.enter("standup", first...)
		if rest, cut := bytes.CutPrefix(join, first); cut {
			w.send(rest)
		}
		e, ok := w.next().(shared.ExistingUsers)
		if !ok || len(e.Users) != 1 || e.Users[0].Name != "Ada" {
			t.Errorf("%s: %#v", name, e)
		}
	}
}

// A connection that is only open keeps one goroutine, and nothing of net/http.
func TestAnIdleConnectionCostsOneGoroutine(t *testing.T) {
	r := start(t, hub.Config{})
	const n = 20
	for i := range n {
		r.join("standup", fmt.Sprint("Resident-", i))
	}
	var stacks string
	eventually(t, "one goroutine per connection", func() bool {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		return strings.Count(stacks, "site.(*conn).serve(") > 0 && (!canWait || strings.Count(stacks, "site.(*stream).await(") >= n) && !strings.Contains(stacks, "http.(*conn).serve")
	})
	if got := strings.Count(stacks, "site.(*conn).serve("); got != n {
		t.Errorf("%d read loops for %d connections", got, n)
	}
	// The library's reading needs a larger stack than waiting does.
	if got := strings.Count(stacks, "websocket.(*Conn).Reader("); canWait && got > 0 {
		t.Errorf("%d connections block in the WebSocket library while nothing comes", got)
	}
}

func TestHijackedBuffersAreSmall(t *testing.T) {
	sizes := make(chan [2]int, 1)
	taken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		l := &lean{ResponseWriter: w}
		raw, rw, err := l.Hijack()
		if err != nil || l.stream != raw {
			t.Errorf("%v, %v is not %v", err, l.stream, raw)
			return
		}
		sizes <- [2]int{rw.Reader.Size(), rw.Writer.Size()}
		_ = raw.Close()
	})
	r := serve(t, taken)
	r.open().send([]byte(upgrade("/")))
	if got, want := <-sizes, [2]int{readBuffer, writeBuffer}; got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// The hub has a peer leave in its own words: the code says whether to come back.
func TestLeavingClosesNormally(t *testing.T) {
	r := start(t, hub.Config{})
	witness := r.join("standup", "Witness")
	w := r.join("standup", "Ada")
	w.send(say(shared.Leave{}))
	if got := w.until(""); !slices.Equal(got, []string{"closed 1000"}) {
		t.Errorf("%q", got)
	}
	if got := witness.until("disconnect_user left"); !slices.Equal(got, []string{"new_user Ada", "disconnect_user left"}) {
		t.Errorf("the witness heard %q", got)
	}
}

func TestClosingTheHubEndsEveryConnection(t *testing.T) {
	r := start(t, hub.Config{})
	joined, silent := r.join("standup", "Ada"), r.enter("standup")
	go r.hub.Close()
	for _, w := range []*wire{joined, silent} {
		if got, want := w.until(""), []string{"error stopping", "closed 1001"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	done := make(chan struct{})
	go func() { r.site.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(within):
		t.Error("Wait does not return")
	}
}

func TestRoomParam(t *testing.T) {
	for query, want := range map[string]string{"room=standup": "standup", "room=st%61ndup&x=1": "standup", "room=-": "-"} {
		u := &http.Request{URL: &url.URL{RawQuery: query}}
		if got, err := roomParam(u); got != want || err != nil {
			t.Errorf("%s: %q, %v", query, got, err)
		}
	}
}

// A message is read in turns only if it is there as a whole: who sends a part,
// and be it behind a whole one, keeps nobody else waiting.
func TestNobodyKeepsTheTurns(t *testing.T) {
	r := start(t, hub.Config{})
	var idle []*wire
	for range 2 * cap(r.site.sockets.turns) {
		w := r.enter("standup", append(frame(fin|opPing, nil), text("never whole")[:1]...)...)
		idle = append(idle, w, r.enter("standup", text("nor this")[:5]...))
	}
	for _, w := range idle {
		w.send(text("{")[:1])
	}
	r.join("standup", "Ada")
}
