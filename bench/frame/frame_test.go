package frame

import (
	"bytes"
	"encoding/binary"
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

func TestParse(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 7000)
	for _, want := range []Frame{
		{Text, true, []byte("short")},
		{Text, true, []byte{}},
		{Text, false, long[:126]},
		{Continuation, true, long},
		{Binary, true, long[:65535]},
		{Pong, true, long[:125]},
		{Close, true, []byte{3, 232}},
	} {
		stream := serverFrame(want.Fin, want.Op, want.Data)
		f, n, err := Parse(append(stream, "more"...))
		if err != nil || n != len(stream) || f.Op != want.Op || f.Fin != want.Fin || !bytes.Equal(f.Data, want.Data) {
			t.Errorf("a frame of %d bytes with opcode %d is parsed as %d bytes with opcode %d: %v", len(want.Data), want.Op, len(f.Data), f.Op, err)
		}
		for cut := range min(len(stream), 200) {
			if _, n, err := Parse(stream[:cut]); n != 0 || err != nil {
				t.Errorf("%d of %d bytes are parsed as a frame of %d: %v", cut, len(stream), n, err)
			}
		}
	}
}

func TestParseRefusesWhatNoServerSends(t *testing.T) {
	for name, b := range map[string][]byte{
		"a masked frame":      {0x81, 0x81, 1, 2, 3, 4, 5},
		"a reserved bit":      {0xc1, 0x00},
		"a ping in two parts": {0x09, 0x00},
		"a ping of 126 bytes": {0x89, 126, 0, 126},
	} {
		if f, _, err := Parse(b); err == nil {
			t.Errorf("%s is accepted: %v", name, f)
		}
	}
}
