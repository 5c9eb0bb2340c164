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

// browser is a stand-in for a browser's WebSocket class, strict where browsers
// are strict. Its sockets do what a test tells them to.
const browser = `(class extends EventTarget {
	static made = []
	constructor(url, protocols) {
		super()
		Object.assign(this, {url, protocol: protocols[0], sent: [], closes: "", refused: ""})
		this.constructor.made.push(this)
	}
	tell(type, fields) { this.dispatchEvent(Object.assign(new Event(type), fields)) }
	send(data) { this.sent.push(data) }
	close(code) {
		if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
			this.refused += code + " "
			throw new DOMException("a script may not close with " + code, "InvalidAccessError")
		}
		this.closes += code + " "
	}
})`

// fake puts browser in the place of the real class until the test ends, and
// returns a function that waits for the next socket to be made.
func fake(t *testing.T) (made func() js.Value) {
	class, real := js.Global().Call("eval", browser), js.Global().Get("WebSocket")
	js.Global().Set("WebSocket", class)
	t.Cleanup(func() {
		js.Global().Set("WebSocket", real)
		for i := range class.Get("made").Length() {
			ws := class.Get("made").Index(i)
			if refused := ws.Get("refused").String(); refused != "" {
				t.Errorf("closes that browsers refuse: %s", refused)
			}
			close1006(ws) // the browser gives up, and what waited for it ends
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

func tell(ws js.Value, event string, fields map[string]any) { ws.Call("tell", event, fields) }

func close1006(ws js.Value) {
	tell(ws, "close", map[string]any{"code": 1006, "reason": "", "wasClean": false})
}

func message(ws js.Value, data any) { tell(ws, "message", map[string]any{"data": data}) }

// yield lets every other goroutine run, and the event loop.
func yield() {
	done := make(chan struct{})
	f := js.FuncOf(func(js.Value, []js.Value) any { close(done); return nil })
	defer f.Release()
	js.Global().Call("setTimeout", f, 0)
	<-done
}

// dialFake returns a connection over a fake socket, and that.
func dialFake(t *testing.T) (Conn, js.Value) {
	t.Helper()
	made := fake(t)
	conns := make(chan Conn)
	go func() {
		conn, err := dialSocket(t.Context(), "ws://fake/ws", "")
		if err != nil {
			t.Error(err)
		}
		conns <- conn
	}()
	ws := made()
	tell(ws, "open", nil)
	return <-conns, ws
}

func TestFramesBeforeACloseAreRead(t *testing.T) {
	conn, ws := dialFake(t)
	const frames = 40 // a loss of each is even odds if nothing is done against it
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
	if frame, err := conn.Read(t.Context()); err == nil {
		t.Errorf("read %q after the end", frame)
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
	message(ws, "too late") // keeps nobody waiting: the leak check of this package sees to that
	yield()
	if got := ws.Get("closes").String(); got != "4005 " {
		t.Errorf("closed with %q", got)
	}
}

// Close does not wait for a server that may be gone, and frees a Read.
func TestCloseReturnsAtOnce(t *testing.T) {
	conn, ws := dialFake(t)
	ended := make(chan error)
	go func() { _, err := conn.Read(t.Context()); ended <- err }()
	conn.Close(shared.CloseNormal, "")
	yield()
	if got := ws.Get("closes").String(); got != "1000 " {
		t.Errorf("closed with %q", got)
	}
	tell(ws, "close", map[string]any{"code": 1000, "reason": "", "wasClean": true})
	if err := <-ended; err == nil {
		t.Error("reads on")
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
	class := fake(t)
	failed := make(chan error)
	go func() { _, err := dialSocket(t.Context(), "ws://fake/ws", ""); failed <- err }()
	close1006(class())
	if err := <-failed; err == nil {
		t.Error("dialed")
	}
}

// A socket that opens when nobody waits any more is not left open.
func TestAbandonedConnectionIsClosed(t *testing.T) {
	made := fake(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { _, err := dialSocket(ctx, "ws://fake/ws", ""); failed <- err }()
	ws := made()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	tell(ws, "open", nil)
	yield()
	if got := ws.Get("closes").String(); got != "1000 " {
		t.Errorf("closed with %q", got)
	}
}

// A client in a browser: joins, learns why it ends though the browser does not
// tell the close code, and closes.
func TestClientInABrowser(t *testing.T) {
	made := fake(t)
	c, err := Open("ws://fake/ws", Options{Name: "Ada", Room: "standup"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ws := made()
	tell(ws, "open", nil)
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
	tell(ws, "close", map[string]any{"code": 4001, "reason": "", "wasClean": true})
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
