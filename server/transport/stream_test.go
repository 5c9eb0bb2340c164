//go:build unix

package transport

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/server/transport/wiretest"
)

// Wherever a stream of frames is cut, the tracker knows whether that is between frames.
func TestFrameTracker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		between := map[int]bool{0: true} // offsets between messages
		open := false
		for range rapid.IntRange(1, 8).Draw(t, "frames") {
			var first byte
			if rapid.Bool().Draw(t, "control") {
				first = wiretest.Fin | wiretest.Ping
			} else {
				first = wiretest.Continuation
				if !open {
					first = wiretest.Text
				}
				open = rapid.Bool().Draw(t, "more")
				if !open {
					first |= wiretest.Fin
				}
			}
			size := rapid.SampledFrom([]int{0, 1, 125, 126, 127, 300, 65535, 65536}).Draw(t, "size")
			all = append(all, wiretest.Frame(first, make([]byte, size))...)
			between[len(all)] = !open
		}
		var f frameTracker
		for at := 0; at < len(all); {
			n := rapid.SampledFrom([]int{1, 2, 5, 14, 131, 70_000}).Draw(t, "cut")
			n = min(n, len(all)-at)
			f.advance(all[at : at+n])
			at += n
			if f.between() != between[at] {
				t.Fatalf("after %d of %d bytes: between frames is %v", at, len(all), f.between())
			}
		}
	})
}

// A stream is idle between frames only: within a frame, Read waits for the rest.
func TestAStreamIsIdleBetweenFrames(t *testing.T) {
	near, far := tcpPair(t)
	s := newStream(near, nil)
	if !s.parks() {
		t.Fatal("a TCP connection of this system does not park")
	}
	buf := make([]byte, 64)
	quiet := func(what string) {
		t.Helper()
		if n, err := s.Read(buf); n != 0 || !errors.Is(err, errIdle) {
			t.Fatalf("%s: read %d, %v", what, n, err)
		}
	}
	quiet("at the beginning")
	message := wiretest.TextFrame("hello")
	for i, b := range message {
		if _, err := far.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := s.park(); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Read(buf); n != 1 || err != nil || buf[0] != b { // blocks until it is there
			t.Fatalf("byte %d: read %d, %v", i, n, err)
		}
	}
	quiet("behind a message")

	s.closing.Store(true) // the library waits for an answer, and Read blocks
	answered := make(chan error, 1)
	go func() {
		_, err := s.Read(buf)
		answered <- err
	}()
	if _, err := far.Write(wiretest.Frame(wiretest.Fin|wiretest.Close, nil)); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	_ = far.Close()
	s.closing.Store(false)
	for range len(wiretest.Frame(wiretest.Fin|wiretest.Close, nil)) { // what the read above may have left
		if _, err := s.Read(buf); err != nil && !errors.Is(err, errIdle) {
			break
		}
	}
	if err := s.park(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(buf); !errors.Is(err, io.EOF) {
		t.Fatalf("the end: %v", err)
	}
}

// A pong that is alone is taken from a stream, whose state is as if the library had read it;
// but not while the library waits for a close frame.
func TestALonePongIsTaken(t *testing.T) {
	near, far := tcpPair(t)
	s := newStream(near, nil)
	for _, payload := range []string{"", "pong", strings.Repeat("p", 125)} {
		for _, closing := range []bool{false, true} {
			s.closing.Store(closing)
			if _, err := far.Write(wiretest.Frame(wiretest.Fin|wiretest.Pong, []byte(payload))); err != nil {
				t.Fatal(err)
			}
			if err := s.pollable.Read(hasData); err != nil {
				t.Fatal(err)
			}
			heard := "nothing"
			took, whole := s.lookAhead(func(p []byte) { heard = string(p) })
			if took == closing || whole != closing || !closing && (heard != payload || s.takeEvents() != 1) {
				t.Errorf("closing %v: took %v, whole %v, heard %q of %q", closing, took, whole, heard, payload)
			}
			if closing {
				_, _ = s.Read(make([]byte, 200))
				s.unlimit()
				s.takeEvents()
			}
		}
	}
	s.closing.Store(false)
	if _, err := far.Write(wiretest.TextFrame("after")); err != nil {
		t.Fatal(err)
	}
	if err := s.pollable.Read(hasData); err != nil {
		t.Fatal(err)
	}
	if _, whole := s.lookAhead(nil); !whole {
		t.Error("the message behind it is not whole")
	}
}

// A stream that is limited to whole messages never blocks: it is idle before the first
// message that is incomplete, even if part of it is there.
func TestALimitedStreamGivesWholeMessagesOnly(t *testing.T) {
	begun := wiretest.Frame(wiretest.Text, []byte("begun")) // and to be continued
	for _, c := range []struct {
		name         string
		early, there []byte
		whole        int
	}{
		{name: "nothing whole", there: wiretest.TextFrame("hello")[:3]},
		{name: "a message", there: wiretest.TextFrame("hello"), whole: len(wiretest.TextFrame("hello"))},
		{name: "and a part of another", there: append(wiretest.TextFrame("hello"), wiretest.TextFrame("again")[:1]...), whole: len(wiretest.TextFrame("hello"))},
		{name: "a ping and a part", there: append(wiretest.Frame(wiretest.Fin|wiretest.Ping, nil), 0x81), whole: len(wiretest.Frame(wiretest.Fin|wiretest.Ping, nil))},
		{name: "a pong and a part", there: append(wiretest.Frame(wiretest.Fin|wiretest.Pong, []byte("pong")), 0x81), whole: len(wiretest.Frame(wiretest.Fin|wiretest.Pong, []byte("pong")))},
		{name: "a part of a pong", there: wiretest.Frame(wiretest.Fin|wiretest.Pong, []byte("pong"))[:9]},
		{name: "a message without its end", there: begun},
		{name: "more than is looked at", there: wiretest.TextFrame(strings.Repeat("x", messageBuffer))},
		{name: "what came with the handshake", early: wiretest.TextFrame("early"), there: wiretest.TextFrame("hello"), whole: len(wiretest.TextFrame("early"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			near, far := tcpPair(t)
			s := newStream(near, c.early)
			if _, err := far.Write(c.there); err != nil {
				t.Fatal(err)
			}
			if err := s.pollable.Read(hasData); err != nil {
				t.Fatal(err)
			}
			if took, limited := s.lookAhead(func([]byte) { t.Error("a pong") }); took || limited != (c.whole > 0) {
				t.Fatalf("limited is %v, taken %v", limited, took)
			} else if !limited {
				return
			}
			var got []byte
			buf := make([]byte, 4)
			for {
				n, err := s.Read(buf)
				got = append(got, buf[:n]...)
				if errors.Is(err, errIdle) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if want := append(c.early, c.there...)[:c.whole]; !bytes.Equal(got, want) {
				t.Errorf("read %q, want %q", got, want)
			}
			s.unlimit()
			if n, err := s.Read(buf); c.whole < len(c.early)+len(c.there) && (n == 0 || err != nil) {
				t.Errorf("no longer limited, read %d, %v", n, err)
			}
		})
	}
}
