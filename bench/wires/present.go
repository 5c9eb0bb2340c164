package wires

import (
	"fmt"
	"slices"

	"rollcall/bench/crowd"
)

// present is whom one client believes to be in its room, for the protocols
// that number nothing and may tell a thing twice.
type present struct {
	client *crowd.Client
	bits   []uint64 // by member
}

func (p *present) arrived(member int) {
	if p.add(member) {
		p.client.Changed(member, 1)
	}
}

// listed is arrived for a member of a roster.
func (p *present) listed(member int) {
	if p.add(member) {
		p.client.Listed(member)
	}
}

// add reports whether the member is new.
func (p *present) add(member int) bool {
	for member/64 >= len(p.bits) {
		p.bits = append(p.bits, 0)
	}
	bit := uint64(1) << (member % 64)
	known := p.bits[member/64]&bit != 0
	p.bits[member/64] |= bit
	return !known
}

func (p *present) departed(member int) {
	if bit := uint64(1) << (member % 64); member/64 < len(p.bits) && p.bits[member/64]&bit != 0 {
		p.bits[member/64] &^= bit
		p.client.Changed(member, -1)
	}
}

// checkPresent finds a client of a room that believes anything but that
// exactly these clients are there.
func checkPresent(room []*crowd.Client, of func(*crowd.Client) *present) error {
	var truth present
	for _, c := range room {
		truth.add(c.Member)
	}
	for _, c := range room {
		if !slices.Equal(trimmed(of(c).bits), trimmed(truth.bits)) {
			return fmt.Errorf("%s does not believe the %d who are there to be there", c.Name, len(room))
		}
	}
	return nil
}

// trimmed returns bits without the zeros at the end.
func trimmed(bits []uint64) []uint64 {
	for len(bits) > 0 && bits[len(bits)-1] == 0 {
		bits = bits[:len(bits)-1]
	}
	return bits
}

// known is what texts mean that were decoded before: whom they name.
type known map[string]int

// member returns whom text names, by decode if it is new.
func (k known) member(text []byte, ids map[string]int, decode func(text []byte) (id string, err error)) (int, error) {
	if member, seen := k[string(text)]; seen {
		return member, nil
	}
	id, err := decode(text)
	if err != nil {
		return 0, fmt.Errorf("%.300q: %w", text, err)
	}
	member, ours := ids[id]
	if !ours {
		return 0, fmt.Errorf("nobody of us is %q: %.300q", id, text)
	}
	k[string(text)] = member
	return member, nil
}

// nobodyAsks is Ask for protocols without such a question: the truth is who
// has joined.
func nobodyAsks([]*crowd.Client) (func() bool, error) { return func() bool { return true }, nil }
