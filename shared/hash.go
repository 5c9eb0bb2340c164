package shared

import (
	"fmt"
	"strconv"
)

// Hash is an order-free hash of a roster: the XOR of HashUser over its members and of
// HashRoomInfo. It is 0 for a roster without members whose room says nothing. It shows
// agreement between honest peers and is not cryptographic: collisions can be made. It is
// encoded as 16 hex digits, because a JSON number of 64 bits loses its low bits in
// JavaScript.
type Hash uint64

const (
	fnvOffset = 0xcbf29ce484222325
	fnvPrime  = 0x100000001b3
)

func fnvString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h * fnvPrime // the zero byte
}

// fnvInt is fnvString of the decimal digits of n.
func fnvInt(h uint64, n int64) uint64 {
	var digits [20]byte
	return fnvString(h, string(strconv.AppendInt(digits[:0], n, 10)))
}

// finalize is the finalizer of SplitMix64. An XOR of bare FNV values of similar inputs
// cancels too easily.
func finalize(h uint64) Hash {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return Hash(h ^ h>>31)
}

// String returns the 16 hex digits of h, in lower case.
func (h Hash) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// MarshalText returns the 16 hex digits of h. The error is always nil.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText sets h from exactly 16 hex digits.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 16 {
		return fmt.Errorf("a hash has 16 hex digits, not %d characters", len(text))
	}
	v, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil {
		return fmt.Errorf("a hash has 16 hex digits: %w", err)
	}
	*h = Hash(v)
	return nil
}
