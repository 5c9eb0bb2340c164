// Package roomname makes the name of a room, as its address has it, of any title in any
// script. The rule is documented in docs/protocol.md and does not change, since addresses
// must keep working. The browser's program has no use for it: a page asks the server at
// shared.OpenPath, which saves visitors the tables of Unicode.
//
// Where to look: roomname.go has the rule, fold.go what it compares titles by.
package roomname

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/shared"
)

// unnamed begins the name of a room whose title has no letter and no digit.
const unnamed = "room"

// sumLen is the length of the hash at the end of a name that alone does not tell its title
// from others: 8 characters of base32 hold 40 bits.
const sumLen = 8

// Of returns the name of the room that a title opens. Titles that differ only in case,
// spaces, punctuation that separates, compatibility forms (Unicode NFKC) or invisible
// characters open the same room. All others open different ones: a name that leaves out
// what distinguishes its title ends with a hash of it. A name is its own title.
//
// The error is a shared.Error with code bad_room for a title that has nothing to see.
func Of(title string) (string, error) {
	if plain(title) {
		return title, nil
	}
	text := fold(title)
	if text == "" {
		return "", shared.Errorf(shared.CodeBadRoom, "a room needs a name that can be seen")
	}
	if plain(text) {
		return text, nil
	}
	name, exact := split(text)
	if name != exact || name == "" || shared.CheckRoom(name) != nil {
		name = hashed(name, exact, text)
	}
	return finalSigmas(name), nil
}

// Check returns an error with code bad_room if name is not the name of a room. It says
// what name to use instead.
func Check(name string) error {
	if err := shared.CheckRoom(name); err != nil {
		return err
	}
	room, err := Of(name)
	if err == nil && room != name {
		err = shared.Errorf(shared.CodeBadRoom, "the name of this room is %q: use that", room)
	}
	return err
}

// plain reports whether s is a name of the kind that is its own title whatever hyphens it
// has: one in ASCII. Rooms had no other names before titles.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) && shared.CheckRoom(s) == nil
}

// split returns the name that a folded text makes, with hyphens for what separates words
// and for all that can't be in a name, and the same with what can't be in a name left in.
// They are equal for a text that needs no hash.
func split(text string) (name, exact string) {
	var short, whole strings.Builder
	gap, marks, last := false, 0, rune('-') // last is the last rune of whole
	put := func(r rune) {
		if gap && short.Len() > 0 {
			short.WriteByte('-')
		}
		if gap && (shared.RoomLetter(last) || shared.RoomMark(last)) {
			whole.WriteByte('-')
		}
		short.WriteRune(r)
		whole.WriteRune(r)
		gap, last = false, r
	}
	for _, r := range text {
		switch {
		case separates(r):
			gap = true
		case shared.RoomLetter(r):
			put(r)
			marks = 0
		case shared.RoomMark(r) && !gap && short.Len() > 0 && marks < shared.MaxMarks:
			put(r)
			marks++
		default:
			whole.WriteRune(r)
			gap, last = true, r
		}
	}
	return short.String(), whole.String()
}

// hashed returns a name with a hash of the exact text at its end, cut so that both fit. A
// text of separators alone has no exact text.
func hashed(name, exact, text string) string {
	if name == "" {
		name = unnamed
	}
	if exact == "" {
		exact = text
	}
	sum := sha256.Sum256([]byte(exact))
	code := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:sumLen]
	const rest = sumLen + len("-")
	return strings.TrimRight(cut(name, shared.MaxRoomRunes-rest, shared.MaxRoomBytes-rest), "-") + "-" + code
}

// cut returns the beginning of name that has at most as many code points and bytes. It
// leaves no letter without its marks.
func cut(name string, runes, bytes int) string {
	end, n := 0, 0 // of the last letter with its marks that fits, and its code points
	for i, r := range name {
		if !shared.RoomMark(r) {
			end = i
		}
		if n++; n > runes || i+utf8.RuneLen(r) > bytes {
			return name[:end]
		}
	}
	return name
}

// finalSigmas returns name with the form of the Greek sigma that ends a word. Folding
// takes it for the other form again.
func finalSigmas(name string) string {
	if !strings.Contains(name, "σ") {
		return name
	}
	text := []rune(name)
	for i, r := range text {
		ends := i == len(text)-1 || text[i+1] == '-'
		if r == 'σ' && ends && i > 0 && unicode.In(text[i-1], unicode.L, unicode.M) {
			text[i] = 'ς'
		}
	}
	return string(text)
}
