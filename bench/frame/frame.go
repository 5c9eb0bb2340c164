// Package frame is the client's half of WebSocket framing (RFC 6455 §5), for a program
// with thousands of connections: it copies nothing and keeps no state.
package frame

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Op is the opcode of a frame (RFC 6455 §5.2).
type Op byte

// The opcodes.
const (
	Continuation Op = 0
	Text         Op = 1
	Binary       Op = 2
	Close        Op = 8
	Ping         Op = 9
	Pong         Op = 10
)

// control reports whether op is that of a control frame (RFC 6455 §5.5).
func (op Op) control() bool { return op >= Close }

// maxControl bounds the payload of a control frame, in bytes (RFC 6455 §5.5).
const maxControl = 125

// Frame is a frame that a server sent.
type Frame struct {
	Op   Op
	Fin  bool   // it is the last of its message
	Data []byte // into the buffer that was parsed
}

// Parse returns the frame at the beginning of b and its length in b with its header, 0 if
// b ends before the frame does.
func Parse(b []byte) (f Frame, n int, err error) {
	if len(b) < 2 {
		return f, 0, nil
	}
	f = Frame{Op: Op(b[0] & 0x0f), Fin: b[0]&0x80 != 0}
	if b[0]&0x70 != 0 || b[1]&0x80 != 0 {
		return f, 0, fmt.Errorf("a frame that begins with %x: reserved bits or a mask", b[:2])
	}
	if f.Op.control() && (b[1] > maxControl || !f.Fin) {
		return f, 0, fmt.Errorf("a control frame that begins with %x", b[:2])
	}
	n = 2
	length := uint64(b[1])
	switch {
	case length == 126 && len(b) >= 4:
		n, length = 4, uint64(binary.BigEndian.Uint16(b[2:]))
	case length == 127 && len(b) >= 10:
		n, length = 10, binary.BigEndian.Uint64(b[2:])
	case length >= 126:
		return f, 0, nil
	}
	if uint64(len(b)-n) < length {
		return f, 0, nil
	}
	end := n + int(length)
	f.Data = b[n:end]
	return f, end, nil
}

// Append appends a masked frame with a whole message (RFC 6455 §5.3).
func Append(dst []byte, op Op, payload []byte) []byte {
	const fin, masked = 0x80, 0x80
	dst = append(dst, fin|byte(op))
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, masked|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(n))
	}
	var mask [4]byte
	binary.NativeEndian.PutUint32(mask[:], rand.Uint32())
	dst = append(dst, mask[:]...)
	for i, c := range payload {
		dst = append(dst, c^mask[i&3])
	}
	return dst
}

// The key of the sample handshake of RFC 6455 §1.3 and the answer to it. All clients use
// it, because it only proves that the server speaks WebSocket.
const (
	key    = "dGhlIHNhbXBsZSBub25jZQ=="
	answer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// Request returns the client's opening handshake (RFC 6455 §4.1).
func Request(host, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", path, host, key)
}

// Response checks the server's handshake at the beginning of b and returns its length, 0
// if b ends inside it.
func Response(b []byte) (n int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil
	}
	head := b[:end]
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) || !bytes.Contains(head, []byte(answer)) {
		return 0, fmt.Errorf("the server does not upgrade: %q", b[:min(len(b), 300)])
	}
	return end + 4, nil
}
