package frame

import (
	"encoding/binary"
	"math/rand/v2"
)

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
