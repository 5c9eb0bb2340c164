package shared

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hues is the number of colours of faces. The style sheet has a class for each.
const Hues = 24

// Hue returns the colour of a member's face, 0 to Hues-1. It depends on the id
// alone, so it is the same on every screen and stays after a rename.
func Hue(id string) int {
	return int(uint64(HashUser(User{ID: id})) % Hues)
}

// Tag returns two characters that tell a member from others of the same name. It
// depends on the id alone, so it is the same on every screen.
func Tag(id string) string { return id[:min(len(id), tagLen)] }

const tagLen = 2

// Initials returns the text of a member's face: the first letters of the first
// and the last word of the name, or one character for scripts that are not
// written with capitals and for names that begin with a symbol.
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first := firstGrapheme(words[0])
	last := firstGrapheme(words[len(words)-1])
	if len(words) == 1 || !cased(first) || !cased(last) {
		return strings.ToTitle(first)
	}
	return strings.ToTitle(first + last) // not ToUpper: Georgian names are not written with its capitals
}

func cased(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r)
}

// firstGrapheme returns the first character of s as a reader counts them: a
// rune with the marks, joiners and modifiers that belong to it. It covers
// the cases that occur in names (UAX #29 without Hangul jamo and prepended marks).
func firstGrapheme(s string) string {
	joined, flag := false, false
	for i, r := range s {
		extends := unicode.In(r, unicode.M) || r == '\u200d' || r == '\u200c' ||
			r >= 0x1F3FB && r <= 0x1F3FF || r >= 0xE0020 && r <= 0xE007F
		secondOfFlag := flag && regional(r)
		secondOfFamily := joined && unicode.IsSymbol(r) // a joiner between letters joins no character
		if i > 0 && !extends && !secondOfFamily && !secondOfFlag {
			return s[:i]
		}
		flag = regional(r) && !secondOfFlag
		joined = r == '\u200d'
	}
	return s
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
