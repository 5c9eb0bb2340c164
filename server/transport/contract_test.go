package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// What the assumptions are about.
const (
	library = "coder/websocket v1.8.15"
	netHTTP = "net/http"
)

// assumption is one thing that code relies on and that another package's documentation
// does not promise, or not in these words.
type assumption struct {
	of, to  string // which package is assumed to do what
	relying string // the files that rely on it, and what breaks without it
	check   func(*testing.T)
}

// TestContract tests each assumption about the libraries that are reached below, against
// the libraries themselves. If an upgrade breaks one, the failure names it.
func TestContract(t *testing.T) {
	for _, group := range [][]assumption{handshakes, reading, writing, pings, closing, dialing, hijacking, sockets} {
		for _, a := range group {
			t.Run(a.to, func(t *testing.T) {
				defer func() {
					if t.Failed() {
						t.Errorf("%s is assumed to %s; %s", a.of, a.to, a.relying)
					}
				}()
				a.check(t)
			})
		}
	}
}

var handshakes = []assumption{
	{library, "call Hijack of the ResponseWriter that it is given, and to use the connection and the buffers of that",
		"server/transport/hijack.go relies on it: an idle connection would cost 8 KiB more", alone(func(t *testing.T, p *pair) {
			p.script(errIdle, wiretest.TextFrame("hello"))
			if _, got, err := p.ws.Read(t.Context()); err != nil || string(got) != "hello" {
				t.Errorf("read %q, %v", got, err)
			}
			if got := p.under.reads; len(got) != 1 || got[0] != readBuffer {
				t.Errorf("the connection was asked for %v bytes, want one time %d", got, readBuffer)
			}
		})},
	{library, "answer a request that it can't upgrade itself, and to return an error",
		"Endpoint.Accept in server/transport/transport.go relies on it: the client would get no answer", func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
			w := httptest.NewRecorder() // which can't be hijacked
			if _, err := websocket.Accept(w, r, &New(Config{}).options); err == nil || w.Code != http.StatusNotImplemented {
				t.Errorf("status %d, %v", w.Code, err)
			}
		}},
	{library, "check no origin with InsecureSkipVerify, and to grant no extension with CompressionDisabled",
		"Endpoint.New in server/transport/transport.go relies on it: allowed origins would be refused, or frames be compressed", func(t *testing.T) {
			handler, conns := upgrading(t, New(Config{}))
			_, res := wiretest.Start(t, handler).Request(wiretest.Upgrade("/", "Origin: http://elsewhere.test\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"))
			if got := res.Header.Get("Sec-WebSocket-Extensions"); res.StatusCode != http.StatusSwitchingProtocols || got != "" {
				t.Fatalf("%s with extensions %q", res.Status, got)
			}
			_ = (<-conns).ws.CloseNow()
		}},
	{library, "name Upgrade in its answer to a request of HTTP/2 that is no handshake",
		"CheckUpgrade in server/transport/upgrade.go answers instead, and need not any more once this fails (docs/upstream.md)", func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
			w := httptest.NewRecorder()
			if _, err := websocket.Accept(w, r, nil); err == nil || w.Header().Get("Upgrade") == "" {
				t.Errorf("%v, header %v", err, w.Header())
			}
		}},
}

var reading = []assumption{
	{library, "return the connection's error from Reader, wrapped, and to go on with the next call if no byte of a frame had come",
		"server/transport/stream.go relies on it: no connection could wait outside the library", alone(func(t *testing.T, p *pair) {
			p.script(errIdle)
			for range 3 {
				if _, _, err := p.ws.Reader(t.Context()); !errors.Is(err, errIdle) {
					t.Fatalf("on an idle connection: %v", err)
				}
			}
			p.script(errIdle, wiretest.TextFrame("hello"))
			if _, got, err := p.ws.Read(t.Context()); err != nil || string(got) != "hello" {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})},
	{library, "ask the connection for more only after it has parsed all that it has",
		"server/transport/stream.go relies on it: a message in the library's buffer would wait until another comes", alone(func(t *testing.T, p *pair) {
			p.script(errIdle, append(wiretest.TextFrame("one"), wiretest.TextFrame("two")...))
			for _, want := range []string{"one", "two"} {
				if _, got, err := p.ws.Read(t.Context()); err != nil || string(got) != want || len(p.under.reads) != 1 {
					t.Fatalf("read %q after asking %d times, %v; want %q after one", got, len(p.under.reads), err, want)
				}
			}
		})},
	{library, "return from Reader as soon as the header of a message is there, with its kind",
		"server/transport/read.go relies on it: a message that is too large, or binary, would be read whole", alone(func(t *testing.T, p *pair) {
			p.script(errIdle, wiretest.Frame(wiretest.Fin|wiretest.Binary, make([]byte, 1<<20))[:14])
			if kind, _, err := p.ws.Reader(t.Context()); err != nil || kind != websocket.MessageBinary {
				t.Errorf("kind %v, %v", kind, err)
			}
		})},
	{library, "end a message with io.EOF, over fragments and control frames between them, at any size with SetReadLimit(-1)",
		"server/transport/read.go relies on it: it bounds messages itself, so that an error event says why", alone(func(t *testing.T, p *pair) {
			half := bytes.Repeat([]byte("x"), 1<<20)
			p.script(errIdle, wiretest.Frame(wiretest.Text, half), wiretest.Frame(wiretest.Fin|wiretest.Pong, nil), wiretest.Frame(wiretest.Fin|wiretest.Continuation, half))
			if _, got, err := p.ws.Read(t.Context()); err != nil || len(got) != 2<<20 || len(p.under.written()) > 0 {
				t.Errorf("read %d bytes, %v; wrote %q", len(got), err, p.under.written())
			}
		})},
	{library, "answer pings inside Reader, with the same payload in one Write, without returning",
		"maxUnseenFrames in server/transport/stream.go relies on it: pings would not be answered, or not counted", alone(func(t *testing.T, p *pair) {
			payload := strings.Repeat("p", 125)
			p.script(errIdle, wiretest.Frame(wiretest.Fin|wiretest.Ping, []byte(payload)))
			if _, _, err := p.ws.Reader(t.Context()); !errors.Is(err, errIdle) {
				t.Errorf("Reader returned %v", err)
			}
			if got := p.under.written(); len(got) != 1 || got[0] != string([]byte{wiretest.Fin | wiretest.Pong, 125})+payload {
				t.Errorf("wrote %q", got)
			}
		})},
	{library, "wait in Reader for as long as it takes, if its context never ends",
		"readBurst in server/transport/read.go relies on it: quiet connections would be closed", alone(func(t *testing.T, p *pair) {
			go func() {
				time.Sleep(40 * time.Minute)
				p.client.Send(wiretest.TextFrame("at last"))
			}()
			if _, _, err := p.ws.Reader(context.Background()); err != nil {
				t.Error(err)
			}
		})},
	{library, "answer what breaks the rules of framing with a close frame 1002",
		"server/transport/conn.go relies on it, and sends one itself only for a length in too many bytes", func(t *testing.T) {
			for name, sent := range map[string][]byte{
				"a reserved bit":            wiretest.Frame(wiretest.Fin|0x40|wiretest.Text, nil),
				"a reserved opcode":         wiretest.Frame(wiretest.Fin|0x3, nil),
				"a continuation of nothing": wiretest.Frame(wiretest.Fin|wiretest.Continuation, nil),
				"a ping in fragments":       wiretest.Frame(wiretest.Ping, nil),
				"a ping of 126 bytes":       wiretest.Frame(wiretest.Fin|wiretest.Ping, make([]byte, 126)),
			} {
				alone(func(t *testing.T, p *pair) {
					p.script(errIdle, sent)
					_, _, err := p.ws.Reader(t.Context())
					if got := p.under.written(); err == nil || len(got) != 1 || got[0][0] != wiretest.Fin|wiretest.Close || got[0][2:4] != "\x03\xea" {
						t.Errorf("%s: %v, wrote %q", name, err, got)
					}
				})(t)
			}
		}},
	{library, "leave it to others whether text is UTF-8, and whether a length is written in too many bytes",
		"server/transport/read.go relies on the first, so that an error event says why; server/transport/frames.go checks the second, and need not any more once this fails (docs/upstream.md)", alone(func(t *testing.T, p *pair) {
			p.script(errIdle, []byte{wiretest.Fin | wiretest.Text, wiretest.Masked | 126, 0, 2, 0, 0, 0, 0, '\xc3', '\x28'})
			if _, got, err := p.ws.Read(t.Context()); err != nil || string(got) != "\xc3\x28" {
				t.Errorf("read %q, %v", got, err)
			}
		})},
}

var writing = []assumption{
	{library, "write each control frame of its own, unmasked and whole, with one Write",
		"Write in server/transport/stream.go relies on it: frames would break into messages", alone(func(t *testing.T, p *pair) {
			p.under.mute()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_ = p.ws.Ping(ctx)
			reason := strings.Repeat("r", maxCloseReason)
			_ = p.ws.Close(websocket.StatusGoingAway, reason)
			got := p.under.written()
			if len(got) != 2 || got[0][:2] != string([]byte{wiretest.Fin | wiretest.Ping, byte(len(got[0]) - 2)}) ||
				got[1] != string([]byte{wiretest.Fin | wiretest.Close, 125, 0x03, 0xe9})+reason {
				t.Errorf("wrote %q", got)
			}
		})},
	{library, "return a peer's close frame with the reason unchanged, and to close the connection after that Write",
		"server/transport/stream.go and writer.go rely on it; 1007 for what is not UTF-8 is in place of that frame (docs/upstream.md)", alone(func(t *testing.T, p *pair) {
			p.script(errIdle, wiretest.Frame(wiretest.Fin|wiretest.Close, []byte{0x03, 0xe8, 'a', 0xff}))
			_, _, err := p.ws.Reader(t.Context())
			if got := p.under.written(); len(got) != 1 || got[0] != "\x88\x04\x03\xe8a\xff" {
				t.Errorf("wrote %q", got)
			}
			if !p.under.isClosed() || lossReason(err) != shared.ReasonClosed || websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("closed: %v; Reader returned %v", p.under.isClosed(), err)
			}
		})},
	{library, "close the connection when a control frame is not written within 5 s, and to have Reader return net.ErrClosed then",
		"lossReason in server/transport/conn.go relies on it: a peer that takes nothing would count as gone by itself", alone(func(t *testing.T, p *pair) {
			began := time.Now()
			go func() { _ = p.ws.Ping(context.Background()) }() // which nobody reads
			if _, _, err := p.ws.Reader(context.Background()); !errors.Is(err, net.ErrClosed) || time.Since(began) != 5*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})},
	{library, "keep the network's error in the chain of Reader's",
		"lossReason in server/transport/conn.go relies on it: members would leave with another reason", func(t *testing.T) {
			for err, want := range map[error]shared.Reason{
				io.EOF: shared.ReasonClosed,
				&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}: shared.ReasonClosed,
				&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}:  shared.ReasonTimeout,
			} {
				alone(func(t *testing.T, p *pair) {
					p.script(err)
					if _, _, got := p.ws.Reader(t.Context()); !errors.Is(got, err) || lossReason(got) != want {
						t.Errorf("%v became %v", err, got)
					}
				})(t)
			}
		}},
}

var pings = []assumption{
	{library, "call OnPongReceived inside Reader, with the payload of each pong, whether it has sent a ping or not",
		"server/transport/ping.go relies on it: peers would be taken for silent", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, w, stop := upgradedPiped(t)
				defer stop()
				go func() { _, _, _ = c.ws.Reader(context.Background()) }()
				c.pulse.timer = time.NewTimer(time.Hour)
				for range 2 {
					ping, _ := c.pulse.beat(delivery{}, 0)
					w.Send(wiretest.Frame(wiretest.Fin|wiretest.Pong, []byte("another")))
					if synctest.Wait(); !c.pulse.awaited {
						t.Error("a pong without a ping is a sign of life")
					}
					w.Send(wiretest.Frame(wiretest.Fin|wiretest.Pong, ping[2:]))
					if synctest.Wait(); c.pulse.awaited {
						t.Error("a pong is not heard")
					}
				}
				_ = c.ws.CloseNow()
			})
		}},
}

var closing = []assumption{
	{library, "send a close frame in Close, to discard messages until the peer's close frame, and to close the connection then, with nobody in Reader",
		"closeHandshake in server/transport/conn.go relies on it: peers that send would see a reset instead of the reason", alone(func(t *testing.T, p *pair) {
			closed := make(chan error, 1)
			go func() { closed <- p.ws.Close(4000, "why") }()
			if first, payload, _ := p.client.ReadFrame(); first != wiretest.Fin|wiretest.Close || string(payload) != "\x0f\xa0why" {
				t.Errorf("got a frame %#x %q", first, payload)
			}
			p.client.Send(wiretest.TextFrame("on its way"))
			if synctest.Wait(); p.under.isClosed() {
				t.Error("the connection is closed before the peer's close frame")
			}
			p.client.Send(wiretest.Frame(wiretest.Fin|wiretest.Close, []byte("\x0f\xa0why")))
			if err := <-closed; err != nil || !p.under.isClosed() {
				t.Errorf("Close returned %v; closed: %v", err, p.under.isClosed())
			}
		})},
	{library, "let Close run beside a Reader, which then returns an error",
		"server/transport/conn.go relies on it: a session could not be ended while its peer sends", alone(func(t *testing.T, p *pair) {
			read := make(chan error, 1)
			go func() { _, _, err := p.ws.Reader(context.Background()); read <- err }()
			synctest.Wait()
			go func() { _ = p.ws.Close(4000, "") }()
			if got := p.client.Next(); got.(wiretest.Closed).Code != 4000 { // and answers
				t.Errorf("the client got %#v", got)
			}
			if err := <-read; err == nil {
				t.Error("Reader returned no error")
			}
		})},
	{library, "return from Close, and from CloseNow beside it, when the connection under them is closed, and not before",
		"closeHandshake and finish in server/transport/conn.go rely on it: they would take longer than closeWithin, or give the address back too early", alone(func(t *testing.T, p *pair) {
			p.under.mute()
			began := time.Now()
			var both sync.WaitGroup
			both.Go(func() { _ = p.ws.Close(4000, "") })
			synctest.Wait()
			both.Go(func() { _ = p.ws.CloseNow() })
			time.AfterFunc(closeWithin, func() { _ = p.under.Close() })
			both.Wait()
			if took := time.Since(began); took != closeWithin {
				t.Errorf("they returned after %v", took)
			}
		})},
	{library, "write nothing in CloseNow, nor in Close with 1006 or more than 123 bytes of reason, and to close the connection",
		"Close and clip in server/transport/conn.go rely on it", func(t *testing.T) {
			for name, end := range map[string]func(*websocket.Conn) error{
				"CloseNow":         (*websocket.Conn).CloseNow,
				"1006":             func(ws *websocket.Conn) error { return ws.Close(websocket.StatusAbnormalClosure, "") },
				"124 bytes of why": func(ws *websocket.Conn) error { return ws.Close(4000, strings.Repeat("r", maxCloseReason+1)) },
			} {
				alone(func(t *testing.T, p *pair) {
					p.under.mute()
					if _ = end(p.ws); len(p.under.written()) > 0 || !p.under.isClosed() {
						t.Errorf("%s: wrote %q; closed: %v", name, p.under.written(), p.under.isClosed())
					}
				})(t)
			}
		}},
}

var dialing = []assumption{
	{library, "return from Dial, with the error, a response that has the beginning of the body of a refusal",
		"shared/client/socket.go relies on it: a client would not learn why it is refused", func(t *testing.T) {
			body := shared.Encode(shared.Errorf(shared.CodeForbidden, "not for you"))
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write(body)
			}))
			defer srv.Close()
			_, res, err := websocket.Dial(t.Context(), srv.URL, nil)
			if err == nil || res == nil {
				t.Fatalf("%v, response %v", err, res)
			}
			if got, err := io.ReadAll(res.Body); err != nil || !bytes.Equal(got, body) {
				t.Errorf("the body is %q, %v", got, err)
			}
		}},
	{library, "read a message of exactly the read limit, and to return the peer's close frame as a CloseError",
		"shared/client/socket.go relies on it: it could not read the largest frame of a server, or would not know why it is closed", func(t *testing.T) {
			handler, conns := upgrading(t, New(Config{}))
			ws, _, err := websocket.Dial(t.Context(), wiretest.Start(t, handler).URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer ws.CloseNow()
			ws.SetReadLimit(shared.MaxServerFrame)
			c := <-conns
			var end sync.WaitGroup
			defer end.Wait()
			end.Go(func() {
				_ = c.Write([][]byte{make([]byte, shared.MaxServerFrame)})
				c.closeHandshake(shared.CloseFull, "full")
			})
			if _, got, err := ws.Read(t.Context()); err != nil || len(got) != shared.MaxServerFrame {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			_, _, err = ws.Read(t.Context())
			if e, ok := errors.AsType[websocket.CloseError](err); !ok || e.Code != websocket.StatusCode(shared.CloseFull) || e.Reason != "full" {
				t.Errorf("the end is %v", err)
			}
		}},
}

var hijacking = []assumption{
	{library, "announce a 101 with its whole header before it calls Hijack, and to answer when that fails",
		"server/transport/hijack.go relies on it: it sends the 101 itself, and another answer where that is impossible", func(t *testing.T) {
			s := wiretest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h := &hijacker{ResponseWriter: struct{ http.ResponseWriter }{w}} // without Unwrap
				_, err := websocket.Accept(h, r, &New(Config{}).options)
				if !h.upgrade || h.Header().Get("Sec-WebSocket-Accept") == "" || h.err == nil || err == nil {
					t.Errorf("%+v, %v", h, err)
				}
			}))
			c := s.Open()
			c.Send([]byte(wiretest.Upgrade("/")))
			if res := c.Response(); res.StatusCode != http.StatusOK { // net/http's own for nothing
				t.Errorf("the answer is %s", res.Status)
			}
		}},
	{netHTTP, "send nothing when a connection is hijacked before there is an answer, and to leave the connection open, without deadlines, when the handler has returned",
		"server/transport/hijack.go relies on it: sessions would be cut by the server's timeouts", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hijacked := make(chan net.Conn, 1)
				srv := &http.Server{ReadTimeout: time.Second, WriteTimeout: time.Second, IdleTimeout: time.Second}
				srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X", "x")
					c, _, err := http.NewResponseController(w).Hijack()
					if err == nil {
						err = switchProtocols(c, http.Header{})
					}
					if err != nil {
						t.Error(err)
					}
					hijacked <- c
				})
				s, stop := wiretest.StartPipedServer(t, srv)
				defer stop()
				client := s.Enter("x")
				c := <-hijacked
				defer c.Close()
				time.Sleep(time.Minute)
				go client.Send([]byte("still"))
				if _, err := io.ReadFull(c, make([]byte, len("still"))); err != nil {
					t.Errorf("a minute later: %v", err)
				}
			})
		}},
	{netHTTP, "have in the reader that Hijack returns what came with the request, in whole",
		"server/transport/hijack.go relies on it: the first message would be lost", func(t *testing.T) {
			early := make(chan string, 1)
			s := wiretest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusSwitchingProtocols)
				c, rw, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				b, _ := rw.Peek(rw.Reader.Buffered())
				early <- string(b)
			}))
			s.Enter("x", []byte("the first message")...)
			if got := <-early; got != "the first message" {
				t.Errorf("it has %q", got)
			}
		}},
	{netHTTP, "hijack through the Hijack or Unwrap method of a ResponseWriter that wraps its own, and to report StateHijacked and no other end",
		"server/transport/hijack.go, server/site/response.go and Site.ConnState rely on it: the places of an address would be given back twice, or never", func(t *testing.T) {
			var mu sync.Mutex
			var states []http.ConnState
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				h := &hijacker{ResponseWriter: wrapper{w}}
				if _, _, err := http.NewResponseController(h).Hijack(); err != nil || h.stream == nil {
					t.Errorf("%v, stream %v", err, h.stream)
					return
				}
				h.close()
			}))
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				mu.Lock()
				defer mu.Unlock()
				states = append(states, s)
			}
			srv.Start()
			_, _ = http.Get(srv.URL)
			srv.Close()
			if last := states[len(states)-1]; last != http.StateHijacked || len(states) != 3 { // new, active
				t.Errorf("the states are %v", states)
			}
		}},
	{netHTTP, "end a blocked Write of an answer at the deadline of its ResponseController",
		"server/site/response.go relies on it: what nobody reads would be kept for ever", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took := make(chan time.Duration, 1)
				s, stop := wiretest.StartPiped(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					began := time.Now()
					_ = http.NewResponseController(w).SetWriteDeadline(began.Add(30 * time.Second))
					_, _ = w.Write(make([]byte, 1<<20))
					took <- time.Since(began)
				}))
				defer stop()
				s.Open().Send([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
				if got := <-took; got != 30*time.Second {
					t.Errorf("it ended after %v", got)
				}
			})
		}},
	{netHTTP, "hand over a connection of TLS as a *tls.Conn on a socket of the system",
		"newStream in server/transport/stream.go relies on it: it would wait for what TLS has read already", func(t *testing.T) {
			handler, conns := upgrading(t, New(Config{}))
			srv := httptest.NewTLSServer(handler)
			defer srv.Close()
			ws, _, err := websocket.Dial(t.Context(), srv.URL, &websocket.DialOptions{HTTPClient: srv.Client()})
			if err != nil {
				t.Fatal(err)
			}
			defer ws.CloseNow()
			c := <-conns
			defer c.ws.CloseNow()
			if encrypted, ok := c.raw.Conn.(*tls.Conn); !ok {
				t.Errorf("it is a %T", c.raw.Conn)
			} else if _, ok := encrypted.NetConn().(syscall.Conn); !ok || c.raw.parks() {
				t.Errorf("under it is a %T; it parks: %v", encrypted.NetConn(), c.raw.parks())
			}
		}},
}

var sockets = []assumption{
	{"net", "have sockets that never block, and to wait in RawConn.Read until its function is true or the connection is closed",
		"server/transport/stream_unix.go relies on it: a connection would keep a thread, or wait for ever", func(t *testing.T) {
			if !canPoll {
				t.Skip("not on this system")
			}
			near, far := tcpPair(t)
			s := newStream(near, nil)
			if _, err := readNow(s.pollable, make([]byte, 1)); !errors.Is(err, errIdle) {
				t.Errorf("a read of nothing: %v", err)
			}
			parked := make(chan error, 1)
			go func() { parked <- s.park() }()
			if _, err := far.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			if err := <-parked; err != nil {
				t.Errorf("with something to read: %v", err)
			}
			if n, err := readNow(s.pollable, make([]byte, 1)); n != 1 || err != nil {
				t.Errorf("read %d, %v", n, err)
			}
			go func() { parked <- s.park() }()
			_ = near.Close()
			if err := <-parked; !errors.Is(err, net.ErrClosed) {
				t.Errorf("closed: %v", err)
			}
		}},
}

// wrapper is a ResponseWriter that has only Unwrap beside its own methods.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }
