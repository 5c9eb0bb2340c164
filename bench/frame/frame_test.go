package frame

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// serverFrame is a frame as a server sends it, built by the letter of RFC 6455 §5.2.
func serverFrame(fin bool, op Op, payload []byte) []byte {
	b := []byte{byte(op), 0}
	if fin {
		b[0] |= 0x80
	}
	switch n := len(payload); {
	case n <= 125:
		b[1] = byte(n)
	case n <= 0xffff:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(b, payload...)
}

type message struct {
	op   Op
	data string
}

// collect feeds the stream in chunks as cut says, the way a socket would, and
// returns the messages and control frames in order of their ends.
func collect(t *testing.T, stream []byte, cut func() int) []message {
	t.Helper()
	var r Reader
	var got []message
	var rest, text []byte
	for len(stream) > 0 {
		n := min(cut(), len(stream))
		b := append(rest, stream[:n]...)
		stream = stream[n:]
		for len(b) > 0 {
			p, n, err := r.Next(b)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			b = b[n:]
			if p.Op.control() {
				got = append(got, message{p.Op, string(p.Data)})
				continue
			}
			text = append(text, p.Data...)
			if p.Last {
				got = append(got, message{p.Op, string(text)})
				text = nil
			}
		}
		if len(b) > MaxUncut {
			t.Fatalf("%d bytes left uncut", len(b))
		}
		rest = bytes.Clone(b)
	}
	return got
}

func TestReaderPutsPiecesTogetherHoweverTheyCome(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 7000)
	var stream []byte
	for _, f := range [][]byte{
		serverFrame(true, Text, []byte("short")),
		serverFrame(true, Text, nil),
		serverFrame(true, Ping, []byte("are you there")),
		serverFrame(false, Text, long[:300]),
		serverFrame(true, Pong, bytes.Repeat([]byte{'p'}, 125)),
		serverFrame(false, Continuation, nil),
		serverFrame(true, Continuation, long),
		serverFrame(true, Binary, long[:65535]),
		serverFrame(true, Close, []byte{3, 232}),
	} {
		stream = append(stream, f...)
	}
	want := []message{
		{Text, "short"}, {Text, ""}, {Ping, "are you there"}, {Pong, string(bytes.Repeat([]byte{'p'}, 125))},
		{Text, string(long[:300]) + string(long)}, {Binary, string(long[:65535])}, {Close, "\x03\xe8"},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for name, cut := range map[string]func() int{
		"at once":      func() int { return len(stream) },
		"byte by byte": func() int { return 1 },
		"at random":    func() int { return 1 + rng.IntN(400) },
	} {
		t.Run(name, func(t *testing.T) {
			got := collect(t, stream, cut)
			if len(got) != len(want) {
				t.Fatalf("%d messages, want %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("message %d is %d %.40q, want %d %.40q", i, got[i].op, got[i].data, want[i].op, want[i].data)
				}
			}
		})
	}
}

func TestReaderRefusesWhatNoServerSends(t *testing.T) {
	for name, stream := range map[string][]byte{
		"a masked frame":              {0x81, 0x81, 1, 2, 3, 4, 5},
		"a reserved bit":              {0xc1, 0x00},
		"a ping in two parts":         {0x09, 0x00},
		"a ping of 126 bytes":         {0x89, 126, 0, 126},
		"a continuation of nothing":   {0x80, 0x00},
		"a message inside of another": append(serverFrame(false, Text, []byte("a")), serverFrame(true, Text, nil)...),
	} {
		t.Run(name, func(t *testing.T) {
			var r Reader
			for b := stream; len(b) > 0; {
				_, n, err := r.Next(b)
				if err != nil {
					return
				}
				if n == 0 {
					break
				}
				b = b[n:]
			}
			t.Error("accepted")
		})
	}
}

func TestAppendIsUndoneByItsMask(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 65535, 65536} {
		payload := bytes.Repeat([]byte("xyz"), n)[:n]
		b := Append([]byte("before"), Text, payload)[len("before"):]
		if b[1]&0x80 == 0 {
			t.Fatal("not masked")
		}
		b[1] &^= 0x80
		h, at, err := parseHeader(b)
		if err != nil || h.op != Text || !h.fin || h.length != uint64(n) || len(b) != at+4+n {
			t.Fatalf("%d bytes: header %+v (%d bytes), frame of %d, %v", n, h, at, len(b), err)
		}
		mask, body := b[at:at+4], b[at+4:]
		for i := range body {
			body[i] ^= mask[i%4]
		}
		if !bytes.Equal(body, payload) {
			t.Errorf("%d bytes came out different", n)
		}
	}
}

func TestResponse(t *testing.T) {
	fine := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + answer + "\r\n\r\n"
	if n, err := Response([]byte(fine + "\x81\x00")); n != len(fine) || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := Response([]byte(fine[:len(fine)-1])); n != 0 || err != nil {
		t.Errorf("an unfinished answer gives %d, %v", n, err)
	}
	for _, bad := range []string{"HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"} {
		if _, err := Response([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}
