package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
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
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

func TestWriteMakesOneFrameOfItsParts(t *testing.T) {
	big := strings.Repeat("é", 40_000)
	c, w := upgraded(t)
	for _, parts := range [][]string{
		{"one"}, {""}, {big},
		{"a", "b"}, {"head ", big, " tail"}, {strings.Repeat("x", 125)}, {strings.Repeat("x", 125), "y"},
		{strings.Repeat("x", 4<<10), "", strings.Repeat("y", 4<<10+1)}, {strings.Repeat("x", 1<<16-1)}, {strings.Repeat("x", 1<<16)},
	} {
		written := make(chan error, 1)
		go func() { written <- c.Write(bytesOf(parts)) }()
		first, message, err := w.ReadFrame()
		if err != nil || first != wiretest.Fin|wiretest.Text {
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

// Every diff to every client comes through Write.
func TestWriteDoesNotAllocate(t *testing.T) {
	c, w := upgraded(t)
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
			c, w := upgraded(b)
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
	c, w := upgraded(t)
	c.Close(shared.CloseFull, strings.Repeat("é", 100))
	if got, ok := w.Next().(wiretest.Closed); !ok || got.Code != shared.CloseFull || got.Reason != strings.Repeat("é", 61) {
		t.Errorf("%+v", got)
	}
}

// A timer that goes on would keep the memory of a connection that has ended, and Wait
// would not wait for a goroutine that begins then.
func TestNothingOutlivesAConnection(t *testing.T) {
	e := New(Config{Hub: hub.New(hub.Config{})})
	handler, conns := upgrading(t, e)
	client := wiretest.Start(t, handler).Enter("standup")
	c := <-conns
	e.begin(c, Admission{Room: "standup"})
	client.Send(wiretest.Message(wiretest.Member("Ada")))
	client.Until("existing_users")
	_ = client.Close()
	e.Wait()
	if c.pulse.timer.Stop() {
		t.Error("the connection was still to be pinged")
	}
	if got := testing.AllocsPerRun(10, func() { c.Close(shared.CloseNormal, "") }); got > 0 {
		t.Errorf("Close after the end still does something: %v allocations", got)
	}
	e.hub.Close()
}

func TestLossReason(t *testing.T) {
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
		if got := lossReason(c.err); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}

// However the client ends a connection, the others in the room are told after the grace,
// with the right reason.
func TestHowAConnectionEnds(t *testing.T) {
	for name, end := range map[string]func(*wiretest.Client){
		"a close frame":      func(w *wiretest.Client) { w.Send(wiretest.Frame(wiretest.Fin|wiretest.Close, []byte{0x03, 0xE9})) },
		"an empty one":       func(w *wiretest.Client) { w.Send(wiretest.Frame(wiretest.Fin|wiretest.Close, nil)) },
		"the end of the TCP": func(w *wiretest.Client) { _ = w.Close() },
	} {
		synctest.Test(t, func(t *testing.T) {
			r, stop := startPiped(t, hub.Config{Grace: time.Second})
			defer stop()
			witness, w := r.Join("standup", "Witness"), r.Join("standup", "Ada")
			w.Deaf.Store(true)
			witness.Until("new_user Ada")
			began := time.Now()
			go func() { _, _ = io.Copy(io.Discard, w) }()
			end(w)
			if got := witness.Until("disconnect_user closed"); len(got) != 1 || time.Since(began) != time.Second {
				t.Errorf("%s: %q after %v", name, got, time.Since(began))
			}
		})
	}
}

// A peer that no longer answers pings counts as gone, although its connection is open.
func TestAPeerThatFallsSilentIsGone(t *testing.T) {
	for name, answering := range map[string]time.Duration{"from the first ping on": 0, "later": 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			const grace = time.Second
			r, stop := startPiped(t, hub.Config{Grace: grace})
			defer stop()
			witness, silent := r.Join("standup", "Witness"), r.Join("standup", "Ada")
			witness.Until("new_user Ada")
			told, heard := make(chan string), make(chan []string)
			go func() { told <- wiretest.Brief(silent.Next()) }()
			go func() { heard <- witness.Until("disconnect_user timeout") }()
			time.Sleep(answering)
			silent.Deaf.Store(true)
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

// A peer that answers one ping late, and then none, counts as gone no later than if it had
// not answered that one.
func TestAPeerThatAnswersLateAndThenNeverIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const grace = time.Second
		r, stop := startPiped(t, hub.Config{Grace: grace})
		defer stop()
		witness, late := r.Join("standup", "Witness"), r.Join("standup", "Ada")
		witness.Until("new_user Ada")
		cut := make(chan time.Time, 1)
		go func() {
			for len(cut) == 0 {
				first, payload, err := late.ReadFrame()
				if err != nil {
					return
				}
				if first&^wiretest.Fin == wiretest.Ping {
					cut <- time.Now()
					time.Sleep(shared.PongWithin - time.Second)
					late.Send(wiretest.Frame(wiretest.Fin|wiretest.Pong, payload))
				}
			}
			_, _ = io.Copy(io.Discard, late)
		}()
		witness.Until("disconnect_user timeout")
		if took := time.Since(<-cut); took > shared.PingEvery+shared.PongWithin+grace {
			t.Errorf("gone after %v", took)
		}
	})
}

// A peer that goes on sending, but answers no ping, reads nothing, and counts as gone.
func TestAPeerThatOnlySendsIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const grace = time.Second
		r, stop := startPiped(t, hub.Config{Grace: grace})
		defer stop()
		witness, sender := r.Join("standup", "Witness"), r.Join("standup", "Ada")
		sender.Deaf.Store(true)
		began := time.Now()
		go func() { _, _ = io.Copy(io.Discard, sender) }()
		go func() {
			ask := wiretest.Message(shared.GotANewUser{Name: "Ada", Key: wiretest.Member("Ada").Key, Resume: &shared.Resume{}})
			for time.Since(began) < 5*time.Minute {
				if _, err := sender.Write(ask); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		witness.Until("disconnect_user timeout")
		if took := time.Since(began); took > shared.PingEvery+shared.PongWithin+2*grace {
			t.Errorf("gone after %v", took)
		}
	})
}

// A peer that takes no more data counts as gone in the same time, whether a ping or a
// heartbeat finds out. That depends on when its first ping is, which is random.
func TestAPeerThatTakesNothingIsGone(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			const grace = time.Second
			r, stop := startPiped(t, hub.Config{Grace: grace})
			defer stop()
			witness := r.Join("standup", "Witness")
			r.Join("standup", "Ada") // whose client reads nothing from now on
			began := time.Now()
			witness.Until("new_user Ada")
			if e, ok := witness.Next().(shared.DisconnectUser); !ok {
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
		w := r.Join("standup", "Ada")
		last := make(chan string)
		go func() { last <- wiretest.Brief(w.Next()) }()
		time.Sleep(time.Hour)
		if v := r.hub.View("standup", 1); v.Count != 1 {
			t.Errorf("after an hour of silence there are %d", v.Count)
		}
		go stop()
		if got := <-last; got != "error stopping" {
			t.Errorf("the peer heard %q", got)
		}
		w.Until("")
		synctest.Wait()
	})
}

// A blocked write must not keep Close from ending the connection, nor block its caller.
func TestCloseCutsAStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, stop := upgradedPiped(t) // whose client reads nothing
		defer stop()
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

// A peer that does not answer the close frame, or sends an endless message, is cut off.
func TestCloseDoesNotWaitForThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPiped(t, hub.Config{})
		defer stop()
		w := r.Enter("standup")
		w.Deaf.Store(true)
		endless := wiretest.Frame(wiretest.Fin|wiretest.Text, make([]byte, 1<<20))
		go func() { _, _ = w.Write(endless[:shared.MaxClientFrame*2]) }() // and then nothing
		began := time.Now()
		if got, want := w.Until("closed 1009"), []string{"error frame_too_large", "closed 1009"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if end := w.Next(); end.(wiretest.Closed).Err == nil || time.Since(began) != closeWithin {
			t.Errorf("%#v after %v", end, time.Since(began))
		}
	})
}

func TestCloseAbnormalSaysNothing(t *testing.T) {
	c, w := upgraded(t)
	c.Close(shared.CloseAbnormal, "")
	if got := wiretest.Brief(w.Next()); got != "closed without a word" {
		t.Error(got)
	}
	if err := c.Write([][]byte{[]byte("x")}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a write after it: %v", err)
	}
}
