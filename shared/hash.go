package shared

import (
	"fmt"
	"strconv"
)

// Hash is an order-free hash of a roster: the XOR of HashUser over its
// members, 0 for none. It proves agreement between honest peers; it is no
// defence against one who wants a collision. It travels as 16 hex digits,
// because a JSON number of 64 bits loses its low bits in JavaScript.
type Hash uint64

// HashUser hashes all that is shown of u: FNV-1a (64 bits) over the id, name,
// status, note and joined_at (decimal), each ended by a zero byte, then the
// finalizer of SplitMix64, because an XOR of bare FNV values of similar inputs
// cancels too easily.
func HashUser(u User) Hash {
	h := uint64(fnvOffset)
	for _, field := range [...]string{u.ID, u.Name, string(u.Status), u.Note} {
		h = fnvString(h, field)
	}
	var digits [20]byte
	h = fnvString(h, string(strconv.AppendInt(digits[:0], u.JoinedAt, 10)))
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return Hash(h ^ h>>31)
}

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

func (h Hash) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// MarshalText gives the 16 hex digits of h.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText takes exactly 16 hex digits.
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
