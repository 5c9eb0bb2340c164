package wiretest

import (
	"encoding/binary"

	"rollcall/shared"
)

// The opcodes of RFC 6455 §5.2.
const (
	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xA
)

// Bits of the first two bytes of a frame.
const (
	Fin    = 0x80
	Masked = 0x80
)

// Frame is one frame of a client (RFC 6455 §5.2), masked with zeros, so that its last
// bytes are those of the payload. The first byte is an opcode and, for the last frame of
// a message, Fin.
func Frame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, Masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, Masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, Masked|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// TextFrame is a message in one frame.
func TextFrame(payload string) []byte { return Frame(Fin|Text, []byte(payload)) }

// Message is a message of events.
func Message(events ...shared.Event) []byte { return Frame(Fin|Text, shared.Encode(events...)) }
