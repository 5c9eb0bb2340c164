package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall/js"
	"testing"

	"rollcall/shared"
)

// fakeWebSocket is a JavaScript class that replaces a browser's WebSocket. Like
// browsers, it rejects forbidden URLs and close codes. A test dispatches the events
// of its sockets.
const fakeWebSocket = `(class extends EventTarget {
	static made = []
	constructor(url, protocols) {
		if (url === "ws://forbidden/ws") throw new DOMException("not from here", "SecurityError")
		super()
		Object.assign(this, {url, protocol: protocols[0], sent: [], closes: "", refused: "", listeners: 0})
		Object.assign(this, {readyState: 0, bufferedAmount: 0})
		this.constructor.made.push(this)
	}
	addEventListener(...args) { this.listeners++; super.addEventListener(...args) }
	removeEventListener(...args) { this.listeners--; super.removeEventListener(...args) }
	dispatch(type, fields) {
		if (type === "open") this.readyState = 1
		if (type === "close") this.readyState = 3
		this.dispatchEvent(Object.assign(new Event(type), fields))
	}
	send(data) { if (this.readyState === 1) this.sent.push(data) }
	close(code) {
		if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
			this.refused += code + " "
			throw new DOMException("a script may not close with " + code, "InvalidAccessError")
		}
		if (this.readyState >= 2) return
		this.readyState = 2
		this.closes += code + " "
	}
})`

// replaceWebSocket puts fakeWebSocket in the place of the real class until the test
// ends. It returns a function that waits for the next socket to be made. After the
// test, no socket may be open, have listeners or have been closed with a code that
// browsers reject.
func replaceWebSocket(t *testing.T) (made func() js.Value) {
	class, real := js.Global().Call("eval", fakeWebSocket), js.Global().Get("WebSocket")
	js.Global().Set("WebSocket", class)
	t.Cleanup(func() {
		js.Global().Set("WebSocket", real)
		for i := range class.Get("made").Length() {
			ws := class.Get("made").Index(i)
			if refused := ws.Get("refused").String(); refused != "" {
				t.Errorf("closes that browsers refuse: %s", refused)
			}
			close1006(ws) // the browser gives up
			if n := ws.Get("listeners").Int(); n != 0 || ws.Get("readyState").Int() < 2 {
				t.Errorf("socket %d has %d listeners and is in state %v", i, n, ws.Get("readyState"))
			}
		}
	})
	seen := 0
	return func() js.Value {
		t.Helper()
		for range 1_000_000 {
			if class.Get("made").Length() > seen {
				seen++
				return class.Get("made").Index(seen - 1)
			}
			yield()
		}
		t.Fatal("no socket was made")
		return js.Value{}
	}
}

func dispatch(ws js.Value, event string, fields map[string]any) { ws.Call("dispatch", event, fields) }

func close1006(ws js.Value) {
	dispatch(ws, "close", map[string]any{"code": 1006, "reason": "", "wasClean": false})
}

func message(ws js.Value, data any) { dispatch(ws, "message", map[string]any{"data": data}) }

// yield lets all other goroutines and the event loop run.
func yield() {
	done := make(chan struct{})
	f := js.FuncOf(func(js.Value, []js.Value) any { close(done); return nil })
	defer f.Release()
	js.Global().Call("setTimeout", f, 0)
	<-done
}

// dialFake returns a connection over a fake socket, and the socket.
func dialFake(t *testing.T) (Conn, js.Value) {
	t.Helper()
	made := replaceWebSocket(t)
	conns := make(chan Conn)
	go func() {
		conn, err := dialSocket(t.Context(), "ws://fake/ws", "")
		if err != nil {
			t.Error(err)
		}
		conns <- conn
	}()
	ws := made()
	dispatch(ws, "open", nil)
	return <-conns, ws
}

func TestFramesBeforeACloseAreRead(t *testing.T) {
	conn, ws := dialFake(t)
	const frames = 40 // a select without priority would lose each with a probability of 1/2
	for i := range frames {
		message(ws, fmt.Sprint(i))
	}
	close1006(ws)
	for i := range frames {
		frame, err := conn.Read(t.Context())
		if err != nil || string(frame) != fmt.Sprint(i) {
			t.Fatalf("frame %d is %q, %v", i, frame, err)
		}
	}
	if frame, err := conn.Read(t.Context()); err != (CloseError{Code: shared.CloseAbnormal}) {
		t.Errorf("read %q, %v after the end", frame, err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	conn, ws := dialFake(t)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() { _, err := conn.Read(ctx); ended <- err }()
	yield()
	cancel(why)
	if err := <-ended; err != why {
		t.Errorf("got %v", err)
	}
	if err := conn.Close(shared.CloseSilent, ""); err != nil {
		t.Error(err)
	}
	message(ws, "too late") // blocks no goroutine: see TestMain
	yield()
	if got := ws.Get("closes").String(); got != "4005 " {
		t.Errorf("closed with %q", got)
	}
}

// Close does not wait for the server, which may be gone.
func TestCloseReturnsAtOnce(t *testing.T) {
	conn, ws := dialFake(t)
	ended := make(chan error)
	go func() { _, err := conn.Read(t.Context()); ended <- err }()
	conn.Close(shared.CloseNormal, "")
	yield()
	if got := ws.Get("closes").String(); got != "1000 " {
		t.Errorf("closed with %q", got)
	}
	dispatch(ws, "close", map[string]any{"code": 1000, "reason": "", "wasClean": true})
	if err := <-ended; err != (CloseError{Code: shared.CloseNormal}) {
		t.Errorf("read ends with %v", err)
	}
	if err := conn.Write(t.Context(), []byte("late")); err == nil {
		t.Error("writes to what is closed")
	}
}

// An empty message is read as an empty frame.
func TestEmptyMessageIsRead(t *testing.T) {
	conn, ws := dialFake(t)
	message(ws, "")
	message(ws, "more")
	for _, want := range []string{"", "more"} {
		if frame, err := conn.Read(t.Context()); err != nil || string(frame) != want {
			t.Errorf("read %q, %v, want %q", frame, err, want)
		}
	}
	close1006(ws)
}

// A browser buffers what is not read and what can't be sent. The connection ends when
// either exceeds its bound.
func TestUnreadAndUnsentAreBounded(t *testing.T) {
	conn, ws := dialFake(t)
	text := string(make([]byte, shared.MaxServerFrame))
	for range maxUnread/shared.MaxServerFrame + 1 {
		message(ws, text)
	}
	read := 0
	for {
		if _, err := conn.Read(t.Context()); err != nil {
			break
		}
		read++
	}
	if read != maxUnread/shared.MaxServerFrame || ws.Get("closes").String() != "1000 " {
		t.Errorf("read %d, closed with %q", read, ws.Get("closes").String())
	}
	conn, ws = dialFake(t)
	ws.Set("bufferedAmount", maxUnsent+1)
	if err := conn.Write(t.Context(), []byte("x")); err == nil || ws.Get("closes").String() != "1000 " {
		t.Errorf("wrote: %v, closed with %q", err, ws.Get("closes").String())
	}
	if _, err := conn.Read(t.Context()); err == nil {
		t.Error("reads on")
	}
}

func TestFrameOverTheLimitIsAnError(t *testing.T) {
	conn, ws := dialFake(t)
	message(ws, string(make([]byte, shared.MaxServerFrame+1)))
	if frame, err := conn.Read(t.Context()); err == nil {
		t.Errorf("read %d bytes", len(frame))
	}
}

// In a browser without WebSockets, or one that forbids the URL, dialing fails with an
// error and does not panic.
func TestNoWebSocket(t *testing.T) {
	replaceWebSocket(t)
	if _, err := dialSocket(t.Context(), "ws://forbidden/ws", ""); err == nil {
		t.Error("dialed what is forbidden")
	}
	class := js.Global().Get("WebSocket")
	defer js.Global().Set("WebSocket", class)
	js.Global().Set("WebSocket", js.Undefined())
	if _, err := dialSocket(t.Context(), "ws://fake/ws", ""); err != errNoWebSocket {
		t.Errorf("got %v", err)
	}
}

func TestBinaryMessageIsAnError(t *testing.T) {
	conn, ws := dialFake(t)
	message(ws, js.Global().Get("ArrayBuffer").New(1))
	if frame, err := conn.Read(t.Context()); err == nil {
		t.Errorf("read %q", frame)
	}
}

func TestRefusedConnection(t *testing.T) {
	made := replaceWebSocket(t)
	failed := make(chan error)
	go func() { _, err := dialSocket(t.Context(), "ws://fake/ws", ""); failed <- err }()
	close1006(made())
	if err := <-failed; err == nil {
		t.Error("dialed")
	}
}

// Only an error event from the server rejects a token: a proxy may answer with the
// same status.
func TestWhyATokenIsRefused(t *testing.T) {
	unauthorized := shared.Errorf(shared.CodeUnauthorized, "not valid here")
	for _, c := range []struct {
		status int
		body   string
		want   error // nil: not from the server
	}{
		{401, string(shared.Encode(unauthorized)), unauthorized},
		{401, "<h1>Sign in to the network</h1>", nil},
		{403, `{"data":{"code":"forbidden"}}`, nil},
		{200, string(shared.Encode(unauthorized)), nil},
	} {
		made := replaceWebSocket(t)
		real := js.Global().Get("fetch")
		fetch := js.FuncOf(func(js.Value, []js.Value) any {
			res := js.Global().Get("Response").New(c.body, map[string]any{"status": c.status})
			return js.Global().Get("Promise").Call("resolve", res)
		})
		js.Global().Set("fetch", fetch)
		failed := make(chan error)
		go func() { _, err := dialSocket(t.Context(), "ws://fake/ws", "secret"); failed <- err }()
		close1006(made())
		err := <-failed
		js.Global().Set("fetch", real)
		fetch.Release()
		if c.want != nil && err != c.want || c.want == nil && err != (CloseError{Code: shared.CloseAbnormal}) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
	}
}

// The request for the reason of a rejection ends when the attempt is cancelled.
func TestRequestForTheReasonIsCancelled(t *testing.T) {
	made := replaceWebSocket(t)
	ctx, cancel := context.WithCancel(t.Context())
	real := js.Global().Get("fetch")
	defer js.Global().Set("fetch", real)
	js.Global().Set("fetch", js.Global().Call("eval", `(url, {signal}) => new Promise((_, fail) => {
		signal.addEventListener("abort", () => fail(signal.reason))
	})`))
	failed := make(chan error)
	go func() { _, err := dialSocket(ctx, "ws://fake/ws", "secret"); failed <- err }()
	close1006(made())
	yield()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	yield()
}

// A socket whose attempt is cancelled is closed while it still connects: otherwise it
// would open later, and keep the next one from connecting until then.
func TestAbandonedConnectionIsClosed(t *testing.T) {
	made := replaceWebSocket(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { _, err := dialSocket(ctx, "ws://fake/ws", ""); failed <- err }()
	ws := made()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := ws.Get("closes").String(); got != "1000 " {
		t.Errorf("closed with %q", got)
	}
}

// A client in a browser joins, and learns from the error event why it ends.
func TestClientInABrowser(t *testing.T) {
	made := replaceWebSocket(t)
	c, err := Open("ws://fake/ws", Options{Name: "Ada", Room: "standup"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ws := made()
	dispatch(ws, "open", nil)
	for ws.Get("sent").Length() == 0 {
		yield()
	}
	if url := ws.Get("url").String(); url != "ws://fake/ws?room=standup" {
		t.Errorf("asked for %s", url)
	}
	message(ws, string(shared.Encode(shared.ExistingUsers{You: "A", Room: "standup", Epoch: "e", Rev: 1})))
	<-c.live
	left := shared.Errorf(shared.CodeLeft, "left elsewhere")
	message(ws, string(shared.Encode(left)))
	dispatch(ws, "close", map[string]any{"code": 4001, "reason": "", "wasClean": true})
	var said []shared.Event
	for {
		u, err := c.Next(t.Context())
		said = append(said, u.Events...)
		if err != nil {
			if err != left || !slices.Contains(said, shared.Event(left)) {
				t.Errorf("ended with %v, told %v", err, said)
			}
			break
		}
	}
}
