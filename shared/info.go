package shared

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Bounds of an Info.
const (
	MaxInfoPairs = 8
	MaxInfoBytes = 1 << 10 // UTF-8, of all keys and values together
)

// Info is what whoever signs people in says of a member beyond the name: pairs of a key
// and a value, such as a team. No client can set it. The zero Info has no pairs, and two
// with the same pairs are equal (==).
type Info struct {
	pairs string // keys and values, each ended by a zero byte, in the order of the keys
}

// NewInfo returns the Info with the given pairs. There are at most MaxInfoPairs with
// MaxInfoBytes together, and each key and value is a text as a note is, without space
// around it; only values may be empty. Otherwise the error says what is wrong.
func NewInfo(pairs map[string]string) (Info, error) {
	i, err := infoOf(pairs)
	if err == nil {
		err = i.Check()
	}
	if err != nil {
		return Info{}, err
	}
	return i, nil
}

// infoOf is NewInfo without its bounds.
func infoOf(pairs map[string]string) (Info, error) {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		if strings.Contains(key+pairs[key], "\x00") {
			return Info{}, Errorf(CodeBadEvent, "an info has a text with a zero byte")
		}
		b.WriteString(key + "\x00" + pairs[key] + "\x00")
	}
	return Info{b.String()}, nil
}

// All yields the pairs in the order of their keys' bytes.
func (i Info) All() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for rest := i.pairs; rest != ""; {
			var key, value string
			key, rest, _ = strings.Cut(rest, "\x00")
			value, rest, _ = strings.Cut(rest, "\x00")
			if !yield(key, value) {
				return
			}
		}
	}
}

// Get returns the value of a key, or "" if there is none.
func (i Info) Get(key string) string {
	for k, value := range i.All() {
		if k == key {
			return value
		}
	}
	return ""
}

// Check returns an Error with code bad_event unless NewInfo may return i: an Info that was
// decoded from JSON may break its rules.
func (i Info) Check() error {
	n := 0
	for key, value := range i.All() {
		n++
		for _, text := range [...]string{key, value} {
			if flaw, _ := textFlaw(text, MaxInfoBytes, MaxInfoBytes); flaw != NoFlaw || tidy(text) != text || key == "" {
				return Errorf(CodeBadEvent, "the info %.40q has a text that can't be shown as it is", key)
			}
		}
	}
	if bytes := len(i.pairs) - 2*n; n > MaxInfoPairs || bytes > MaxInfoBytes {
		return Errorf(CodeBadEvent, "an info has at most %d pairs of %d bytes together, not %d of %d", MaxInfoPairs, MaxInfoBytes, n, bytes)
	}
	return nil
}

// MarshalJSON returns an object of texts, in the order of its keys.
func (i Info) MarshalJSON() ([]byte, error) { return json.Marshal(maps.Collect(i.All())) }

// String returns the JSON of i.
func (i Info) String() string {
	text, _ := i.MarshalJSON() // which can't fail
	return string(text)
}

// UnmarshalJSON sets i from an object of texts. It does not check what
// Check does.
func (i *Info) UnmarshalJSON(data []byte) error {
	var pairs map[string]string
	err := json.Unmarshal(data, &pairs)
	if err == nil {
		*i, err = infoOf(pairs)
	}
	return err
}

// info consumes an Info.
func (p *plain) info() Info {
	var b strings.Builder
	p.want("{")
	for last := ""; !p.lost && !p.have("}"); {
		if b.Len() > 0 {
			p.want(",")
		}
		key := p.str()
		p.want(":")
		value := p.str()
		if key <= last || strings.Contains(key+value, "\x00") {
			p.lost = true // not as MarshalJSON has it
		}
		b.WriteString(key + "\x00" + value + "\x00")
		last = key
	}
	return Info{b.String()}
}

// fnvInfo is fnvString of each key and value, and of an empty text behind them.
func fnvInfo(h uint64, i Info) uint64 {
	return fnvString(h, i.pairs) // whose zero bytes end the texts
}
