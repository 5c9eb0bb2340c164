//go:build unix

package site

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Wherever a stream of frames is cut, what is said of the place is true.
func TestFramesAreFollowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		between := map[int]bool{0: true} // the places where nothing is under way
		open := false
		for range rapid.IntRange(1, 8).Draw(t, "frames") {
			var first byte
			if rapid.Bool().Draw(t, "control") {
				first = fin | opPing
			} else {
				first = opContinuation
				if !open {
					first = opText
				}
				open = rapid.Bool().Draw(t, "more")
				if !open {
					first |= fin
				}
			}
			size := rapid.SampledFrom([]int{0, 1, 125, 126, 127, 300, 65535, 65536}).Draw(t, "size")
			all = append(all, frame(first, make([]byte, size))...)
			between[len(all)] = !open
		}
		var f frames
		for at := 0; at < len(all); {
			n := rapid.SampledFrom([]int{1, 2, 5, 14, 131, 70_000}).Draw(t, "cut")
			n = min(n, len(all)-at)
			f.pass(all[at : at+n])
			at += n
			if f.between() != between[at] {
				t.Fatalf("after %d of %d bytes: between frames is %v", at, len(all), f.between())
			}
		}
	})
}

// A stream is quiet between frames only: within one it waits for the rest.
func TestAStreamRestsBetweenFrames(t *testing.T) {
	near, far := tcpPair(t)
	s := newStream(near, nil)
	if !s.rests() {
		t.Fatal("a TCP connection of this system does not rest")
	}
	buf := make([]byte, 64)
	quiet := func(what string) {
		t.Helper()
		if n, err := s.Read(buf); n != 0 || !errors.Is(err, errQuiet) {
			t.Fatalf("%s: read %d, %v", what, n, err)
		}
	}
	quiet("at the beginning")
	message := text("hello")
	for i, b := range message {
		if _, err := far.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := s.await(); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Read(buf); n != 1 || err != nil || buf[0] != b { // blocks until it is there
			t.Fatalf("byte %d: read %d, %v", i, n, err)
		}
	}
	quiet("behind a message")

	s.closing.Store(true) // the library waits for an answer: no rest for it
	answered := make(chan error, 1)
	go func() {
		_, err := s.Read(buf)
		answered <- err
	}()
	if _, err := far.Write(frame(fin|opClose, nil)); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	_ = far.Close()
	s.closing.Store(false)
	for range len(frame(fin|opClose, nil)) { // what the read above may have left
		if _, err := s.Read(buf); err != nil && !errors.Is(err, errQuiet) {
			break
		}
	}
	if err := s.await(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(buf); !errors.Is(err, io.EOF) {
		t.Fatalf("the end: %v", err)
	}
}

// Limited to what is there as a whole, a stream never blocks: it is quiet
// before the first frame that is not, however long that takes.
func TestALimitedStreamGivesWholeMessagesOnly(t *testing.T) {
	begun := frame(opText, []byte("begun")) // and to be continued
	for _, c := range []struct {
		name         string
		early, there []byte
		whole        int
	}{
		{name: "nothing whole", there: text("hello")[:3]},
		{name: "a message", there: text("hello"), whole: len(text("hello"))},
		{name: "and a part of another", there: append(text("hello"), text("again")[:1]...), whole: len(text("hello"))},
		{name: "a ping and a part", there: append(frame(fin|opPing, nil), 0x81), whole: len(frame(fin|opPing, nil))},
		{name: "a message without its end", there: begun},
		{name: "more than is looked at", there: text(strings.Repeat("x", messageBuffer))},
		{name: "what came with the handshake", early: text("early"), there: text("hello"), whole: len(text("early"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			near, far := tcpPair(t)
			s := newStream(near, c.early)
			if _, err := far.Write(c.there); err != nil {
				t.Fatal(err)
			}
			if err := s.idle.Read(readable); err != nil {
				t.Fatal(err)
			}
			if limited := s.limit(); limited != (c.whole > 0) {
				t.Fatalf("limited is %v", limited)
			} else if !limited {
				return
			}
			var got []byte
			buf := make([]byte, 4)
			for {
				n, err := s.Read(buf)
				got = append(got, buf[:n]...)
				if errors.Is(err, errQuiet) {
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

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (near, far net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}
