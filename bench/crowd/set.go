package crowd

import (
	"math/bits"
	"slices"
)

// set is a set of members, with a bit for each.
type set []uint64

// add adds a member and reports whether it is new.
func (s *set) add(member int) bool {
	for member/64 >= len(*s) {
		*s = append(*s, 0)
	}
	word, bit := &(*s)[member/64], uint64(1)<<(member%64)
	is := *word&bit == 0
	*word |= bit
	return is
}

// remove removes a member and reports whether it was in the set.
func (s set) remove(member int) bool {
	was := s.has(member)
	if was {
		s[member/64] &^= 1 << (member % 64)
	}
	return was
}

// has reports whether a member, which may be negative, is in the set.
func (s set) has(member int) bool {
	return member >= 0 && member/64 < len(s) && s[member/64]&(1<<(member%64)) != 0
}

// common returns how many members are in both sets.
func (s set) common(other set) (n int) {
	for i := range min(len(s), len(other)) {
		n += bits.OnesCount64(s[i] & other[i])
	}
	return n
}

// len returns the number of members.
func (s set) len() int { return s.common(s) }

// equal reports whether both sets have the same members.
func (s set) equal(other set) bool {
	n := s.len()
	return n == other.len() && n == s.common(other)
}

// each calls do with each member of s that is not in except.
func (s set) each(except set, do func(member int)) {
	for i, word := range slices.Clone(s) {
		if i < len(except) {
			word &^= except[i]
		}
		for ; word != 0; word &= word - 1 {
			do(64*i + bits.TrailingZeros64(word))
		}
	}
}
