package site

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"rollcall/server/hub"
	"rollcall/shared"
)

// serve serves h on a socket of its own until the test ends.
func serve(t testing.TB, h http.Handler) *rig {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &rig{t: t, dial: dialer(srv)}
}

// accepting hands over each connection that it accepts, without a session.
func accepting(t testing.TB, endpoint *sockets) (http.Handler, chan *conn) {
	conns := make(chan *conn, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		l := &lean{ResponseWriter: w}
		ws, err := websocket.Accept(l, req, nil)
		if err != nil {
			t.Error(err)
			return
		}
		conns <- newConn(ws, l.stream, endpoint)
	}), conns
}

// accepted is a conn without a session, and who is at its other end.
func accepted(t testing.TB) (*conn, *wire) {
	t.Helper()
	endpoint := newSockets(Config{Log: discard})
	handler, conns := accepting(t, endpoint)
	w := serve(t, handler).enter("x")
	c := <-conns
	t.Cleanup(func() {
		_ = c.ws.CloseNow()
		endpoint.running.Wait()
	})
	return c, w
}

func TestWriteMakesOneFrameOfItsParts(t *testing.T) {
	big := strings.Repeat("é", 40_000)
	c, w := accepted(t)
	for _, parts := range [][]string{
		{"one"}, {""}, {big},
		{"a", "b"}, {"head ", big, " tail"}, {strings.Repeat("x", 125)}, {strings.Repeat("x", 125), "y"},
		{strings.Repeat("x", 4<<10), "", strings.Repeat("y", 4<<10+1)}, {strings.Repeat("x", 1<<16-1)}, {strings.Repeat("x", 1<<16)},
	} {
		written := make(chan error, 1)
		go func() { written <- c.Write(bytesOf(parts)) }()
		first, message, err := w.frame()
		if err != nil || first != fin|opText {
			t.Fatalf("the frame begins with %#x, %v", first, err)
		}
		if err := <-written; err != nil || string(message) != strings.Join(parts, "") {
			t.Errorf("%d parts: %d bytes, %v", len(parts), len(message), err)
		}
	}
}

func bytesOf(parts []string) (b [][]byte) {
	for _, p := range parts {
		b = append(b, []byte(p))
	}
	return b
}

// Every diff that somebody is sent comes through here.
func TestWriteDoesNotAllocate(t *testing.T) {
	c, w := accepted(t)
	go func() { _, _ = io.Copy(io.Discard, w) }()
	one := [][]byte{bytes.Repeat([]byte("x"), 300)}
	several := [][]byte{[]byte("head"), bytes.Repeat([]byte("x"), 64<<10), []byte("tail")}
	for name, parts := range map[string][][]byte{"a diff": one, "a snapshot": several} {
		if got := testing.AllocsPerRun(200, func() {
			if err := c.Write(parts); err != nil {
				t.Fatal(err)
			}
		}); got > 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 4} {
		b.Run(fmt.Sprint(n, " parts"), func(b *testing.B) {
			c, w := accepted(b)
			go func() { _, _ = io.Copy(io.Discard, w) }()
			parts := slices.Repeat([][]byte{bytes.Repeat([]byte("x"), 300)}, n)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Write(parts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestClip(t *testing.T) {
	for _, s := range []string{"", "short", strings.Repeat("x", 124), strings.Repeat("é", 62), "x" + strings.Repeat("é", 62), strings.Repeat("👍", 60)} {
		got := clip(s)
		if len(got) > maxCloseReason || !strings.HasPrefix(s, got) || !utf8.ValidString(got) || len(s) <= maxCloseReason && got != s {
			t.Errorf("%q: %q", s, got)
		}
		if len(s) > maxCloseReason && len(got) < maxCloseReason-utf8.UTFMax+1 {
			t.Errorf("%q: only %d bytes are left", s, len(got))
		}
	}
}

func TestALongReasonKeepsItsCode(t *testing.T) {
	c, w := accepted(t)
	c.Close(shared.CloseFull, strings.Repeat("é", 100))
	if got, ok := w.next().(closed); !ok || got.code != shared.CloseFull || got.reason != strings.Repeat("é", 61) {
		t.Errorf("%+v", got)
	}
}

// A timer that goes on would keep all of a connection that has ended; a
// goroutine that begins then would be one that nobody waits for.
func TestNothingOutlivesAConnection(t *testing.T) {
	r := newRig(t, hub.Config{})
	conns := make(chan *conn, 1)
	r.dial = serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		l := &lean{ResponseWriter: w}
		ws, err := websocket.Accept(l, req, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := newConn(ws, l.stream, r.site.sockets)
		r.site.sockets.begin(c, "standup", nil)
		conns <- c
	})).dial
	w := r.join("standup", "Ada")
	c := <-conns
	_ = w.Close()
	r.site.Wait()
	if c.pinger.Stop() {
		t.Error("the connection was still to be pinged")
	}
	if got := testing.AllocsPerRun(10, func() { c.Close(shared.CloseNormal, "") }); got > 0 {
		t.Errorf("Close after the end still does something: %v allocations", got)
	}
	r.hub.Close()
}

func TestLost(t *testing.T) {
	for _, c := range []struct {
		err  error
		want shared.Reason
	}{
		{io.EOF, shared.ReasonClosed},
		{io.ErrUnexpectedEOF, shared.ReasonClosed},
		{websocket.CloseError{Code: websocket.StatusGoingAway}, shared.ReasonClosed},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, shared.ReasonClosed},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}, shared.ReasonTimeout},
		{fmt.Errorf("failed: %w", os.ErrDeadlineExceeded), shared.ReasonTimeout},
		{fmt.Errorf("failed: %w", net.ErrClosed), shared.ReasonTimeout},
	} {
		if got := lost(c.err); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}

// However a connection ends that the server did not end, the others are told
// within the grace, and as what it was.
func TestHowAConnectionEnds(t *testing.T) {
	for name, end := range map[string]func(*wire){
		"a close frame":      func(w *wire) { w.send(frame(fin|opClose, []byte{0x03, 0xE9})) },
		"an empty one":       func(w *wire) { w.send(frame(fin|opClose, nil)) },
		"the end of the TCP": func(w *wire) { _ = w.Close() },
	} {
		synctest.Test(t, func(t *testing.T) {
			r, stop := startPiped(t, hub.Config{Grace: time.Second})
			defer stop()
			witness, w := r.join("standup", "Witness"), r.join("standup", "Ada")
			w.deaf.Store(true)
			witness.until("new_user Ada")
			began := time.Now()
			go func() { _, _ = io.Copy(io.Discard, w) }()
			end(w)
			if got := witness.until("disconnect_user closed"); len(got) != 1 || time.Since(began) != time.Second {
				t.Errorf("%s: %q after %v", name, got, time.Since(began))
			}
		})
	}
}

// A peer that no longer answers pings is gone, although its connection is not.
func TestAPeerThatFallsSilentIsGone(t *testing.T) {
	for name, answering := range map[string]time.Duration{"from the first ping on": 0, "later": 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			const grace = time.Second
			r, stop := startPiped(t, hub.Config{Grace: grace})
			defer stop()
			witness, silent := r.join("standup", "Witness"), r.join("standup", "Ada")
			witness.until("new_user Ada")
			told, heard := make(chan string), make(chan []string)
			go func() { told <- short(silent.next()) }()
			go func() { heard <- witness.until("disconnect_user timeout") }()
			time.Sleep(answering)
			silent.deaf.Store(true)
			began := time.Now()
			if got := <-heard; len(got) != 1 {
				t.Errorf("%s: the witness heard %q", name, got)
			}
			if took := time.Since(began); took < shared.PongWithin || took > shared.PingEvery+shared.PongWithin+grace {
				t.Errorf("%s: gone after %v", name, took)
			}
			if got := <-told; got != "closed 4005" {
				t.Errorf("%s: the silent one heard %q", name, got)
			}
		})
	}
}

// One to whom nothing can be sent any more is gone as soon, whether a ping or a
// heartbeat finds out, which depends on when its first ping is.
func TestAPeerThatTakesNothingIsGone(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			const grace = time.Second
			r, stop := startPiped(t, hub.Config{Grace: grace})
			defer stop()
			witness := r.join("standup", "Witness")
			r.join("standup", "Ada") // and nobody reads there from now on
			began := time.Now()
			witness.until("new_user Ada")
			if e, ok := witness.next().(shared.DisconnectUser); !ok {
				t.Errorf("the witness heard %#v", e)
			}
			if took := time.Since(began); took > shared.PingEvery+shared.PongWithin+grace {
				t.Errorf("gone after %v", took)
			}
		})
	}
}

func TestAPeerThatAnswersPingsStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPiped(t, hub.Config{})
		w := r.join("standup", "Ada")
		last := make(chan string)
		go func() { last <- short(w.next()) }()
		time.Sleep(time.Hour)
		if v := r.hub.View("standup", 1); v.Count != 1 {
			t.Errorf("after an hour of silence there are %d", v.Count)
		}
		go stop()
		if got := <-last; got != "error stopping" {
			t.Errorf("the peer heard %q", got)
		}
		w.until("")
		synctest.Wait()
	})
}

// A write that is stuck must not keep Close from ending the connection, nor the caller.
func TestCloseCutsAStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint := newSockets(Config{Log: discard})
		handler, conns := accepting(t, endpoint)
		dial, stop := servePiped(handler)
		defer endpoint.running.Wait()
		defer stop()
		(&rig{t: t, dial: dial}).enter("x") // and reads nothing
		c := <-conns
		written := make(chan error)
		go func() { written <- c.Write([][]byte{make([]byte, 1<<20)}) }()
		synctest.Wait()
		began := time.Now()
		c.Close(shared.CloseTooSlow, "")
		if took := time.Since(began); took != 0 {
			t.Errorf("Close kept its caller for %v", took)
		}
		if err := <-written; err == nil || time.Since(began) > closeWithin {
			t.Errorf("the write ended after %v with %v", time.Since(began), err)
		}
		c.Close(shared.CloseNormal, "again, which says nothing")
	})
}

// A peer that does not answer the close frame, or goes on and on, is cut.
func TestCloseDoesNotWaitForThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPiped(t, hub.Config{})
		defer stop()
		w := r.enter("standup")
		w.deaf.Store(true)
		endless := frame(fin|opText, make([]byte, 1<<20))
		go func() { _, _ = w.Write(endless[:shared.MaxClientFrame*2]) }() // and then nothing
		began := time.Now()
		if got, want := w.until("closed 1009"), []string{"error frame_too_large", "closed 1009"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if end := w.next(); end.(closed).err == nil || time.Since(began) != closeWithin {
			t.Errorf("%#v after %v", end, time.Since(began))
		}
	})
}

func TestCloseAbnormalSaysNothing(t *testing.T) {
	c, w := accepted(t)
	c.Close(shared.CloseAbnormal, "")
	if got := short(w.next()); got != "closed without a word" {
		t.Error(got)
	}
	if err := c.Write([][]byte{[]byte("x")}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a write after it: %v", err)
	}
}
